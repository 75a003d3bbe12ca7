"""One pass over training fields: the scale of every label, what controls learn, what objects look like.

Each field is read once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from pydantic import TypeAdapter, ValidationError

from harness import controls
from harness.controls.fitting import Fit, Fitting
from harness.fields import CELL, VALID, Counts, Mask, counts, recorded
from harness.objects.drawings import Drawings, drawings_of
from harness.objects.fitting import MOST_PIXELS, ObjectFit, fitted
from harness.objects.fitting import VERSION as FITTED
from harness.objects.truths import ObjectTruth
from harness.objects.viability import DEAD, STATE
from harness.objects.viability import fitted as parted
from harness.scoring import PROTOCOL, TRAINING, Scale, marginals, scales, thinned
from harness.segmentation import VERSION as SEGMENTER
from zoo.types import Structure, inputs_of, labels_of
from zoo.types.statistics import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from harness.objects.truths import Shown
    from zoo.types import Dataset, Field


MOST_FIELDS = 32
"""Training fields that are surveyed, spread evenly over the split; a scale hardly moves with more, and they may have to
be made first."""
FEW_FIELDS = 4
"""As many in a run with a limit: it is for a first look, and its board says so."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the training fields say about each label; a label that none of them shows is left out."""

    scales: Mapping[str, Scale]
    fits: Mapping[str, Fit]
    objects: Mapping[str, ObjectFit] = field(default_factory=dict)
    """How objects are seen in each label, and what size and place say of them; empty where nobody asked."""
    marginals: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Quantiles of all recorded pixels of each label at ``LEVELS``, in counts."""


_SURVEY = TypeAdapter(Survey)


def chosen(dataset: Dataset, scheme: str, most: int = MOST_FIELDS) -> tuple[Field, ...]:
    """The training fields that are surveyed: all, or ``most`` at even steps through the split."""
    fields = dataset.fields(TRAINING, scheme=scheme)
    count = min(len(fields), most)
    return tuple(fields[index * len(fields) // count] for index in range(count))


def survey(
    dataset: Dataset,
    scheme: str,
    on_field: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    objects: bool = False,
    most: int = MOST_FIELDS,
) -> Survey:
    """Read the chosen training fields once; ``on_field`` is told how many of how many are done."""
    fields = chosen(dataset, scheme, most)
    fitting = Fitting(
        [channel.name for channel in inputs_of(dataset.channels)],
        [channel.name for channel in labels_of(dataset.channels)],
        comparable=dataset.intensity == "comparable",
    )
    truths: dict[str, list[Counts]] = {}
    samples = _Samples(drawings_of(dataset), len(fields))
    read = [*fitting.inputs, *fitting.labels, VALID, *((*dataset.outlines, STATE) if objects else ())]
    for index, member in enumerate(fields):
        opened = _opened(member, read)
        fitting.add(opened, member.id)
        for label in _present(fitting.labels, opened):
            truth = counts(opened, label, member.id)
            truths.setdefault(label, []).append(thinned(truth[recorded(opened, truth.shape)], len(fields)))
            if objects:
                samples.add(label, truth, opened, member.id)
        on_field(index + 1, len(fields))
    found = scales(truths, dataset.id)
    fits = samples.fits(found, comparable=fitting.comparable) if objects else {}
    return Survey(scales=found, fits=fitting.fits(), objects=fits, marginals=marginals(truths))


def digest(dataset: Dataset, scheme: str, most: int = MOST_FIELDS) -> str:
    """Identity of a survey: of the data and the fields chosen, the protocol, the controls and the segmenter."""
    outlines = {name: list(structures) for name, structures in dataset.outlines.items()}
    named = [dataset.digest, scheme, most, asdict(PROTOCOL), controls.VERSION, SEGMENTER, FITTED, outlines, LEVELS]
    return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def kept(path: Path) -> Survey | None:
    """A survey that was written before; None where there is none that can be read."""
    try:
        return _SURVEY.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def as_json(made: Survey) -> str:
    """A survey as text, to be kept."""
    return json.dumps(asdict(made), indent=1) + "\n"


def _opened(member: Field, names: Sequence[str]) -> xr.Dataset:
    """Those of the variables that a field has, read at once."""
    opened = member.open()
    return opened[_present(names, opened)].load()


@dataclass(frozen=True, eq=False)
class _Samples:
    """Gathers as many training fields of each label as objects are fitted to."""

    drawings: Drawings
    fields: int
    """Training fields that will be shown, at most."""
    _seen: Counter[str] = field(default_factory=Counter)
    _kept: dict[str, list[_Sample]] = field(default_factory=dict)

    def add(self, label: str, truth: Counts, opened: xr.Dataset, name: str) -> None:
        """Keep a field if its turn has come: they are spread evenly over all that show the label."""
        step = -(-truth.size * self.fields // MOST_PIXELS) or 1
        if self._seen[label] % step == 0:
            masks = {mask: counts(opened, mask, name).astype(np.int32) for mask in _present(self._masks, opened)}
            kept = _Sample(truth, recorded(opened, truth.shape), opened.attrs.get("pixel_size"), masks, _dead(opened))
            self._kept.setdefault(label, []).append(kept)
        self._seen[label] += 1

    def fits(self, scales: Mapping[str, Scale], *, comparable: bool) -> dict[str, ObjectFit]:
        """The fit of every label that has a scale."""
        return {label: self._fit(label, scale, comparable=comparable) for label, scale in scales.items()}

    def _fit(self, label: str, scale: Scale, *, comparable: bool) -> ObjectFit:
        shown = [self._shown(label, one, scale) for one in self._kept[label]]
        made = fitted(shown, comparable=comparable)
        if not comparable or self.drawings.structures.get(label) != Structure.DEAD_NUCLEUS:
            return made
        told = [pair for one, kept in zip(shown, self._kept[label], strict=True) for pair in _told(one, made, kept)]
        levels, dead = np.array([level for level, _ in told]), np.array([state for _, state in told], np.bool_)
        return replace(made, dead=parted(levels, dead)) if dead.any() and not dead.all() else made

    @property
    def _masks(self) -> Sequence[str]:
        return tuple(self.drawings.outlines)

    def _shown(self, label: str, kept: _Sample, scale: Scale) -> Shown:
        image = scale.applied(np.where(kept.valid, kept.truth, np.float32(scale.low)))
        return self.drawings.shown(label, image, kept.valid, kept.pixel_size, kept.masks)


@dataclass(frozen=True, eq=False)
class _Sample:
    """One label of one training field, in counts."""

    truth: Counts
    valid: Mask
    pixel_size: float | None
    masks: Mapping[str, npt.NDArray[np.int32]]
    dead: Mapping[int, bool]
    """Whether a cell is, by its number in the masks; empty where that is not known."""


def _told(shown: Shown, made: ObjectFit, kept: _Sample) -> Iterator[tuple[float, bool]]:
    """Level of the stain and state of every given object whose state is known."""
    levels = ObjectTruth(shown, made).stain.column("mean")
    for cell, level in zip(shown.identities.tolist(), levels.tolist(), strict=True):
        if cell in kept.dead:
            yield level, kept.dead[cell]


def _dead(opened: xr.Dataset) -> dict[int, bool]:
    if STATE not in opened:
        return {}
    numbers, states = opened[CELL].to_numpy(), opened[STATE].to_numpy()
    return {int(cell): str(state) == DEAD for cell, state in zip(numbers, states, strict=True)}


def _present(names: Sequence[str], opened: Mapping[object, object]) -> list[str]:
    return [name for name in names if name in opened]
