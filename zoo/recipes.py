"""Recipe files: all that decides a training run, as TOML that people read and ``zoo train --recipe`` runs again."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.weights import Header

SCHEMA = 1
"""Version of the file; raised when a reader of today could not understand it."""
WORDS = {str: "text", int: "a whole number", float: "a number", tuple: "a list", dict: "a table"}
"""What people call the kinds of values in a file."""
SUFFIX = ".recipe.toml"
"""How the name of a recipe file ends."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is trained on what, for how long, and how."""

    architecture: str = ""
    """Its id."""
    preset: str = "lite"
    variant: str = ""
    seed: int = 0
    max_minutes: float | None = None
    """None: until the steps of the recipe are done."""
    inputs: tuple[str, ...] = ()
    """Empty: the only one of the dataset."""
    labels: tuple[str, ...] = ()
    """Empty: all that were recorded."""
    start: str = ""
    """Id of the entry, or path of the weight file, that it starts from; empty: random numbers."""
    fields: int = 0
    """Only so many training fields are learnt from; 0: all."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the net, where they are not those of the preset."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """Fields of ``zoo.types.Recipe``, where they are not those of the preset; all of them in a file."""
    dataset: Mapping[str, str] = field(default_factory=dict)
    """``id``, ``version``, ``digest`` and ``scheme`` of what was trained on; empty where no file says it."""

    @property
    def reference(self) -> str:
        """``dataset[.scheme]``; empty where no file says it."""
        return ".".join(part for part in (self.dataset.get("id", ""), self.dataset.get("scheme", "")) if part)


def of(header: Header) -> Run:
    """The run that weights came from, as their header tells it."""
    account: Mapping[str, Any] = header.training
    name = header.id.partition("@")[0]
    return Run(
        architecture=header.architecture,
        preset=header.preset,
        variant=name.removeprefix(header.architecture).removeprefix("-"),
        seed=account["seed"],
        max_minutes=account["max_minutes"],
        inputs=tuple(channel.name for channel in header.inputs),
        labels=tuple(channel.name for channel in header.outputs if not channel.statistic),
        start=account.get("from", ""),
        fields=account.get("fields", 0),
        options=header.options,
        recipe=account["recipe"],
        dataset=account["dataset"],
    )


def text(run: Run) -> str:
    """A run as the text of a recipe file.

    >>> text(Run(architecture="net", recipe={"steps": 10})).splitlines()[0]
    '# To train it again: zoo train --recipe FILE -o weights.safetensors'
    """
    import tomli_w  # noqa: PLC0415 - only where a file is written

    known = {key: value for key, value in asdict(run).items() if value is not None}
    document = {"schema": SCHEMA, **known}
    return f"# To train it again: zoo train --recipe FILE -o weights.safetensors\n{tomli_w.dumps(document)}"


def read(path: Path) -> Run:
    """The run that a recipe file describes; fields that are left out are those of the preset."""
    if not path.is_file() and "=" in path.name:
        raise ZooError(f"--recipe {path}: no such recipe file", hint=f"a single field is changed with --set {path}")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ZooError(
            f"{path}: cannot read the recipe file: {error.strerror or error}",
            hint="zoo train writes one beside the weights; zoo info ID --recipe prints that of an entry",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZooError(f"{path}: not a recipe file: {error}", hint="it is written in TOML") from error
    if document.pop("schema", None) != SCHEMA:
        raise ZooError(f"{path}: not a recipe file of schema {SCHEMA}", hint=f"its first line is: schema = {SCHEMA}")
    return Run(**{name: _checked(path, name, value) for name, value in document.items()})


def _checked(path: Path, name: str, value: object) -> Any:  # noqa: ANN401 - as the field is
    """A value whose kind is that of the field, lists as tuples."""
    kinds = {one.name: type(getattr(Run(), one.name)) for one in fields(Run)} | {"max_minutes": float}
    if name not in kinds:
        raise ZooError(f"{path}: unknown field {name!r}", hint=f"known: schema, {', '.join(kinds)}")
    value = tuple(value) if isinstance(value, list) else value
    value = float(value) if kinds[name] is float and type(value) is int else value
    if type(value) is not kinds[name]:
        raise ZooError(
            f"{path}: {name} is {value!r}, expected {WORDS[kinds[name]]}",
            hint="zoo info ID --recipe shows what a recipe file looks like",
        )
    return value
