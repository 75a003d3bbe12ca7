"""What a run is asked to do: an architecture, a preset's recipe with changes, and a budget."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, get_type_hints

from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.types import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.types import Architecture
    from zoo.weights import Weights

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
RESUMABLE = frozenset({"learning_rate", "steps", "schedule", "clip"})
"""What of a recipe may change when a run is taken up again."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides a run beside its data. Made by ``plan``, which checks it."""

    architecture: Architecture
    preset: str
    recipe: Recipe
    """That of the preset, with changes."""
    options: Mapping[str, object]
    """Of the preset's net, with changes."""
    seed: int = 0
    """Decides the first weights and every patch."""
    max_minutes: float = math.inf
    """Training time, over all parts of a run that was resumed; reading the images does not count."""
    inputs: tuple[str, ...] = ()
    """Inputs that the net sees; empty for the only one of the dataset."""
    labels: tuple[str, ...] = ()
    """Labels to train on; empty for every label that was recorded."""
    variant: str = ""
    """Tells entries of one architecture and dataset apart: ``architecture-variant@dataset``."""
    device: Device = "auto"
    """``auto`` is a GPU where there is one."""
    start: Weights | None = None
    """Weights that the net starts from, those of its labels' heads as far as it knows them; None: random numbers."""
    fields: int = 0
    """Only so many fields of split ``train`` are learnt from, the first ones; 0: all."""
    command: str = ""
    """The command line that repeats the run; stored with the weights."""

    @property
    def identity(self) -> dict[str, object]:
        """What must not change when a run is taken up again, as plain values."""
        kept = {key: plain(value) for key, value in asdict(self.recipe).items() if key not in RESUMABLE}
        options = {key: plain(value) for key, value in self.options.items()}
        found = {"architecture": self.architecture.id, "options": options, "recipe": kept, "seed": self.seed}
        if self.start:
            found["from"] = {"id": self.start.header.id, "kept": self.start.header.training.get("kept")}
        return {**found, "fields": self.fields} if self.fields else found

    def entry_id(self, reference: str) -> str:
        """The id of the entry: ``architecture[-variant]@dataset[.scheme]``."""
        return f"{self.architecture.id}{f'-{self.variant}' if self.variant else ''}@{reference}"


def plan(
    architecture: Architecture,
    preset: str,
    *,
    changes: Mapping[str, object] | None = None,
    options: Mapping[str, object] | None = None,
    **rest: object,
) -> Plan:
    """Check and return a plan; ``changes`` are fields of the recipe, ``rest`` fields of the plan."""
    if preset not in architecture.presets:
        raise ZooError(
            f"{architecture.id}: unknown preset {preset!r}, expected one of: {', '.join(architecture.presets)}",
            hint=f"zoo info {architecture.id} tells the presets apart",
        )
    chosen = architecture.presets[preset]
    recipe = replace(chosen.recipe, **_known(chosen.recipe, changes or {}))  # type: ignore[arg-type] # names are checked, values below
    _check(architecture, recipe, float(str(rest.get("max_minutes", math.inf))))
    options = {**chosen.options, **(options or {})}
    return Plan(architecture=architecture, preset=preset, recipe=recipe, options=options, **rest)  # type: ignore[arg-type]


def built(plan: Plan, in_channels: int, out_channels: int) -> Any:  # noqa: ANN401 - a net of any framework
    """The plan's net with first weights from the random state of its framework."""
    build = resolve(plan.architecture.build)
    try:
        return build(in_channels, out_channels, **plan.options)
    except (TypeError, ValueError) as error:
        raise ZooError(
            f"{plan.architecture.id}: cannot build the net with options {dict(plan.options)}: {error}",
            hint=f"zoo info {plan.architecture.id} shows the options of each preset",
        ) from error


def plain(value: object) -> object:
    """Tuples as lists, as JSON and checkpoints hold them.

    >>> plain((1, (2, 3)))
    [1, [2, 3]]
    """
    return [plain(part) for part in value] if isinstance(value, tuple | list) else value


def _known(recipe: Recipe, changes: Mapping[str, object]) -> dict[str, object]:
    """Changes whose names and kinds of value are those of a recipe."""
    hints = get_type_hints(Recipe)
    found: dict[str, object] = {}
    for name, given in changes.items():
        if name not in hints:
            raise ZooError(f"recipe: unknown field {name!r}", hint=f"known: {', '.join(hints)}")
        allowed, before = get_args(hints[name]), getattr(recipe, name)
        value = tuple(given) if isinstance(given, list) else given  # JSON knows no tuples
        if isinstance(before, str) and allowed:
            fits, expected = value in allowed, " or ".join(map(str, allowed))
        else:
            kinds = (int, float) if isinstance(before, float) else (type(before),)
            fits, expected = type(value) in kinds, kinds[-1].__name__
        if not fits:
            raise ZooError(f"recipe: {name} is {value!r}, expected {expected}", hint=f"for example {name}={before}")
        found[name] = {**before, **value} if isinstance(value, dict) else value
    return found


def _check(architecture: Architecture, recipe: Recipe, minutes: float) -> None:
    divisor, spatial = architecture.divisor, architecture.spatial
    first = architecture.smallest or divisor
    if len(recipe.patch) != spatial or any(edge < first or (edge - first) % divisor for edge in recipe.patch):
        found = "x".join(map(str, recipe.patch))
        sizes = f"{first} and multiples of {divisor} more" if architecture.smallest else f"multiples of {divisor}"
        raise ZooError(
            f"{architecture.id}: patch {found}, expected {spatial} edges that are {sizes}",
            hint=f"for example --patch {'x'.join([str(first + divisor * 3)] * spatial)}",
        )
    if bool(recipe.step) == bool(recipe.objective):
        raise ZooError(
            f"{architecture.id}: recipe with step {recipe.step!r} and objective {recipe.objective!r}, expected one",
            hint="a step has losses of its own: --set step= leaves it out where an --objective is given",
        )
    for name, value in (("batch", recipe.batch), ("steps", recipe.steps), ("learning rate", recipe.learning_rate)):
        if not value > 0:
            raise ZooError(f"{architecture.id}: {name} is {value}, expected a positive number", hint="zoo train --help")
    if not minutes > 0:
        raise ZooError(f"max minutes is {minutes:g}, expected a positive number", hint="zoo train --help")
