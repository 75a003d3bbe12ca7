"""What ``zoo train`` is asked for: the options that were typed, over those of a recipe file."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.cli.opening import listed
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import typer

    from zoo.recipes import Run
    from zoo.registry import Registry
    from zoo.weights import Weights

LOCAL = {"architecture", "out", "data_dir", "workdir", "device", "resume", "force"}
"""Parameters of ``zoo train`` that decide nothing of what is trained, or that stand apart in its command line."""


def run(context: typer.Context, recipe: Path | None) -> Run:
    """What a recipe file says, and what was typed in its place."""
    from zoo import recipes  # noqa: PLC0415 - keeps the surface light

    start = recipes.read(recipe) if recipe else recipes.Run()
    given = {name: value for name, value in context.params.items() if _is_typed(context, name)}
    if not (start.architecture or "architecture" in given):
        raise ZooError("nothing to train is named", hint="zoo list architectures, or --recipe FILE")
    changes = {**start.recipe, **_pairs("set", given.get("set_") or ())}
    changes |= {name: given[name] for name in ("steps", "batch", "learning_rate") if name in given}
    read = {"patch": _patch(given.get("patch", "")), "objective": _objective(given.get("objective", ""))}
    changes |= {name: value for name, value in read.items() if value}
    plain = ("architecture", "preset", "variant", "seed", "max_minutes")
    told: dict[str, Any] = {name: given[name] for name in plain if name in given}
    told |= {name: given[typed] for name, typed in (("start", "from_"), ("fields", "fields")) if typed in given}
    told |= {name: listed(given[name]) for name in ("inputs", "labels") if name in given}
    options = {**start.options, **_pairs("option", given.get("option") or ())}
    return replace(start, recipe=changes, options=options, **told)


def start(registry: Registry, reference: str) -> Weights | None:
    """The weights that a run starts from: an entry by its id, a weight file or a package; None without any."""
    if not reference:
        return None
    from zoo import weights  # noqa: PLC0415 - loads numpy

    path = registry.models.get(reference).weights if reference in registry.models else Path(reference)
    if path.suffix == weights.SUFFIX:
        return weights.read(path)
    if path.exists():
        from zoo.export import unpacked  # noqa: PLC0415 - loads the format's libraries

        return unpacked(path)
    raise ZooError(
        f"--from {reference}: neither an entry nor a file",
        hint="zoo list models, or the path of a file",
    )


def _is_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _objective(text: str) -> str | None:
    """Where a loss is found.

    >>> _objective("correlation"), _objective("mine:loss"), _objective("")
    ('zoo.objectives:correlation', 'mine:loss', None)
    """
    return (text if ":" in text else f"zoo.objectives:{text}") if text else None


def _patch(text: str) -> tuple[int, ...] | None:
    """Edges out of ``128x128``.

    >>> _patch("16x64x64")
    (16, 64, 64)
    """
    if not text:
        return None
    try:
        return tuple(int(edge) for edge in text.split("x"))
    except ValueError:
        raise ZooError(f"--patch is {text!r}, expected edges such as 128x128", hint="zoo train --help") from None


def _pairs(flag: str, given: Sequence[str]) -> dict[str, object]:
    """What ``NAME=VALUE`` says, by name; values are numbers, true, false, or text.

    >>> _pairs("option", ["width=24", "kind=wide"])
    {'width': 24, 'kind': 'wide'}
    """
    found: dict[str, object] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise ZooError(f"--{flag} is {pair!r}, expected NAME=VALUE", hint="zoo train --help")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def typed(context: typer.Context, dataset: str) -> dict[str, object]:
    """The options that decide what is trained, as declared; beside a recipe file those alone that were typed."""
    names = [str(parameter.name) for parameter in context.command.params if parameter.name not in LOCAL]
    if context.params["recipe"]:
        return {name: context.params[name] for name in names if _is_typed(context, name)}
    return {name: context.params[name] for name in names} | {"dataset": context.params["dataset"] or dataset}


def command(architecture: str, typed: Mapping[str, object], out: Path) -> str:
    """The command line that repeats the run anywhere: no folder of this machine is in it.

    >>> command("net", {"dataset": "my/cells", "max_minutes": 2.0, "labels": "", "set_": ["a=1"]}, Path("x.zip"))
    'zoo train net --dataset cells --max-minutes 2.0 --set a=1 -o x.zip'
    """
    words = ["zoo", "train", *([architecture] if architecture else [])]
    for name, given in typed.items():
        for value in given if isinstance(given, list | tuple) else [given]:
            if value is not None and value != "":
                text = Path(str(value)).name if name in {"dataset", "recipe", "from_"} else str(value)
                words += [f"--{name.strip('_').replace('_', '-')}", text]
    return shlex.join([*words, "-o", out.name])
