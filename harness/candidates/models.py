"""Registered models and packages as candidates. They are handed the inputs of a field, never its truth."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.judging import Candidate, UndeliveredError
from harness.records import Contender
from harness.scoring import Failure
from zoo.data.fields import image as image_of
from zoo.errors import ZooError
from zoo.export import packaged, packages
from zoo.matching import NotApplicableError, match
from zoo.package import read, with_channels
from zoo.prediction import predict_field
from zoo.runtime import JobFailed, geometry, open_model
from zoo.runtime.threads import available
from zoo.tiling import grid
from zoo.types import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from harness.fields import Counts
    from harness.judging import Predictor
    from harness.preparation import Request, Tell
    from harness.records import Mark
    from zoo.matching import Match
    from zoo.package import Package
    from zoo.registry import Registry
    from zoo.runtime.model import RunnerName
    from zoo.types import Dataset, Field, ModelEntry

ALL = "all"
"""What stands for every registered model."""
VOLUME = 3
TILE: Mapping[int, tuple[int, ...]] = {2: (96, 96), VOLUME: (16, 64, 64)}
"""What a small tile is where seams are looked for: the largest input of one pass, by the net's axes in space."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How models are run."""

    format: str = ""
    """Weight format; empty for the one chosen when the package was made."""
    runner: RunnerName = "auto"
    """``auto`` is a worker here: a model that crashes must not take the run with it."""
    timeout: float | None = None
    """Seconds that one field may take."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """What the tensors of a foreign package are."""


def models(
    names: Sequence[str], registry: Registry, request: Request, fields: Sequence[Field], terms: Terms, tell: Tell
) -> list[Candidate]:
    """What is asked for: ids of registered models, paths of packages or weight files, or ``all`` registered models.

    A registered model that cannot be packed is a candidate that fails; a path that cannot be read is an error at once.
    """
    expanded = [known for name in names for known in (registry.models.things if name == ALL else [name])]
    found: dict[str, Candidate | None] = {}
    for name in dict.fromkeys(expanded):
        if name in registry.models:
            found[name] = _inapplicable(registry.models.get(name), registry, request, fields)
        else:
            package = read(packaged(registry, name))
            told = with_channels(package, terms.mapping, request.dataset.channels) if terms.mapping else package
            found[name] = _of_package(told, request, fields, terms)
    made = packages(registry, [name for name, one in found.items() if one is None], tell)
    return [one or _registered(name, made[name], registry, request, fields, terms) for name, one in found.items()]


def marks(trained_on: Sequence[str], request: Request, fields: Sequence[Field]) -> tuple[Mark, ...]:
    """What must be said about a model's training data beside its score on these fields.

    ``trained_on`` holds ``dataset[.scheme]:split``. Units are compared as the scheme divides: whole sessions where the
    split unit is the session, fields otherwise.
    """
    if not trained_on:
        return ("training unknown",)
    places = [_place(name) for name in trained_on]
    own = [(scheme, split) for dataset, scheme, split in places if dataset == request.dataset.id]
    if not own:
        return ("transfer",)
    if all(scheme != request.scheme.name for scheme, _ in own):
        return ("other scheme",)
    units = {_unit(one, request) for one in fields}
    trained = [one for scheme, split in own for one in _trained(request.dataset, scheme, split)]
    return ("seen",) if units & {_unit(one, request) for one in trained} else ()


def _place(name: str) -> tuple[str, str, str]:
    where, _, split = name.partition(":")
    dataset, _, scheme = where.partition(".")
    return dataset, scheme, split


def _unit(one: Field, request: Request) -> str:
    return one.session if request.scheme.unit == "session" else one.id


def _trained(dataset: Dataset, scheme: str, split: str) -> Sequence[Field]:
    known = scheme in dataset.schemes and split in dataset.schemes[scheme].members
    return dataset.fields(split, scheme=scheme) if known else ()


def _inapplicable(entry: ModelEntry, registry: Registry, request: Request, fields: Sequence[Field]) -> Candidate | None:
    """A candidate that is refused before anything is packed; None where the entry applies."""
    contender = _entered(entry, request, fields)
    if "other scheme" in contender.marks:
        return _refused(contender, request, _of_another_scheme(request))
    if entry.architecture not in registry.architectures:
        return None
    spatial = registry.architectures.get(entry.architecture).spatial
    try:
        match(entry.inputs, entry.outputs, request.dataset.channels, spatial=spatial)
    except NotApplicableError as error:
        return _refused(contender, request, error)
    return None


def _entered(entry: ModelEntry, request: Request, fields: Sequence[Field]) -> Contender:
    return Contender(
        id=entry.id,
        kind="model",
        digest="",
        preset=entry.preset,
        trained_on=entry.trained_on,
        marks=marks(entry.trained_on, request, fields),
    )


def _registered(
    name: str,
    made: Path | ZooError,
    registry: Registry,
    request: Request,
    fields: Sequence[Field],
    terms: Terms,
) -> Candidate:
    try:
        if isinstance(made, ZooError):
            raise made
        package = read(made)
    except ZooError as error:
        entry = registry.models.get(name)
        return _broken(_entered(entry, request, fields), request, entry, error)
    return _of_package(package, request, fields, terms, name=name)


def _of_package(package: Package, request: Request, fields: Sequence[Field], terms: Terms, name: str = "") -> Candidate:
    contender = Contender(
        id=name or package.id,
        kind="model",
        digest=package.digest,
        preset=package.preset,
        format=terms.format or package.format,
        trained_on=package.trained_on,
        marks=marks(package.trained_on, request, fields),
    )
    if "other scheme" in contender.marks:
        return _refused(contender, request, _of_another_scheme(request))
    try:
        matched = match(
            package.input_channels, package.output_channels, request.dataset.channels, spatial=package.spatial
        )
    except NotApplicableError as error:
        return _refused(contender, request, error)
    contender = replace(contender, zoom=matched.zoom)
    claimed = set(matched.labels.values())
    predicts = ", ".join(f"{channel.name} ({channel.structure})" for channel in package.output_channels)
    return Candidate(
        contender=contender,
        labels=tuple(label for label in request.labels if label in claimed),
        refusals={label: f"it predicts {predicts}" for label in request.labels if label not in claimed},
        open=lambda: _opened(package, matched, contender.id, terms),
        salt=repr(matched),
        inputs=tuple(dict.fromkeys(matched.inputs.values())),
        tiled=lambda: _opened(package, matched, contender.id, terms, TILE[package.spatial]),
        package=package,
    )


def _of_another_scheme(request: Request) -> NotApplicableError:
    """Two ways of dividing the same images ask two questions, and their answers never stand side by side."""
    return NotApplicableError(f"trained on {request.dataset.id!r} as another scheme divides it: it has its own board")


def _refused(contender: Contender, request: Request, error: NotApplicableError) -> Candidate:
    reason = f"{error.message}; {error.hint}" if error.hint else error.message
    return Candidate(contender=contender, labels=(), refusals=dict.fromkeys(request.labels, reason), open=_never)


def _broken(contender: Contender, request: Request, entry: ModelEntry, error: ZooError) -> Candidate:
    """A model without a package: it claims what its entry says, and fails on every field."""
    structures = {channel.structure for channel in entry.outputs}
    claimed = [channel.name for channel in labels_of(request.dataset.channels) if channel.structure in structures]

    @contextmanager
    def fail() -> Iterator[Predictor]:
        raise error
        yield  # type: ignore[unreachable]  # makes it a generator

    refusals = {label: "it does not predict it" for label in request.labels if label not in claimed}
    return Candidate(contender=contender, labels=tuple(claimed), refusals=refusals, open=fail)


@contextmanager
def _never() -> Iterator[Predictor]:
    raise AssertionError("a candidate without labels has no jobs")
    yield  # type: ignore[unreachable]  # makes it a generator


@dataclass(frozen=True)
class _Speaker:
    """An opened package, and the process that holds it."""

    say: Predictor
    pid: int | None
    """None if it is this one."""

    def __call__(self, one: Field, seen: xr.Dataset, /) -> Mapping[str, Counts | Failure]:
        """Counts by label."""
        return self.say(one, seen)


@contextmanager
def _opened(
    package: Package, matched: Match, name: str, terms: Terms, tile: tuple[int, ...] = ()
) -> Iterator[Predictor]:
    """The package in a worker. Failures name the model, not the path of its package: boards are the same everywhere."""
    runner: RunnerName = "worker" if terms.runner == "auto" else terms.runner
    with _named(package, name):
        opened = open_model(
            package, format=terms.format, runner=runner, threads=available(), timeout=terms.timeout, tile=tile
        )
    with opened as model:

        def say(one: Field, seen: xr.Dataset) -> dict[str, Counts]:
            del one
            if tile:
                _check_tiles(package, seen, matched, tile)
            with _named(package, name):
                predicted = predict_field(model, seen, matched)
            return {str(label): _plain(predicted[label]) for label in predicted.data_vars}

        yield _Speaker(say, model.pid)


def _check_tiles(package: Package, seen: xr.Dataset, matched: Match, tile: tuple[int, ...]) -> None:
    """Refuse a field that is not cut, or that cannot be predicted in one piece either: there is nothing to compare."""
    sizes = geometry.sizes(package)
    image = image_of(seen, next(iter(matched.inputs.values())))
    plane = [max(1, round(image.sizes[axis] * matched.zoom)) for axis in ("y", "x")]
    shape = [*([image.sizes.get("z", 1)] if package.spatial == VOLUME else []), *plane]
    if any(size.step == 0 for size in sizes):
        raise UndeliveredError(Failure("not-applicable", "the net takes images of one size: nothing is without tiles"))
    if len(grid(shape, sizes, tile)) == 1:
        raise UndeliveredError(Failure("not-applicable", "the field is no larger than a tile that the net can take"))


@contextmanager
def _named(package: Package, name: str) -> Iterator[None]:
    try:
        yield
    except JobFailed as error:
        note = error.message.replace(str(package.path), name)
        raise UndeliveredError(Failure(error.status, note), gone=error.gone) from error
    except ZooError as error:
        raise UndeliveredError(Failure("failed", error.message.replace(str(package.path), name))) from error


def _plain(image: xr.DataArray) -> Counts:
    array = image.to_numpy()
    return np.squeeze(array, axis=tuple(axis for axis in range(array.ndim - 2) if array.shape[axis] == 1))
