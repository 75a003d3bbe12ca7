"""Recordings brought to the units of a net: normalised inputs, targets, and the constants that lead back to counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from zoo.errors import ZooError
from zoo.normalization import Normalization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from zoo.training.recordings import Recording
    from zoo.types import Recipe
    from zoo.types.models import Span

Scaling = Literal["image", "session", "dataset"]
"""What shares one mean and one deviation of a label while training."""


@dataclass(frozen=True)
class Moments:
    """Number, mean, mean square deviation, smallest and largest of some pixels."""

    count: float
    mean: float
    variance: float
    low: float
    high: float

    @property
    def std(self) -> float:
        """Standard deviation."""
        return float(self.variance**0.5)

    def zero_and_one(self, span: Span) -> tuple[float, float]:
        """The count that becomes 0, and how many counts become 1.

        >>> Moments(2, 5.0, 1.0, 4.0, 8.0).zero_and_one("signed")
        (6.0, 2.0)
        """
        if span == "unit":
            return self.low, self.high - self.low
        if span == "signed":
            return (self.low + self.high) / 2, (self.high - self.low) / 2
        return self.mean, self.std


@dataclass(frozen=True, kw_only=True)
class Units:
    """How counts become what a net sees and predicts."""

    inputs: Normalization
    targets: Normalization
    """Stored with the weights: what turns a prediction back into counts."""
    scaling: Scaling
    """What the targets were scaled by while training."""
    span: Span
    """What their counts became."""


def units(recordings: Sequence[Recording], labels: Sequence[str], recipe: Recipe, *, comparable: bool) -> Units:
    """Constants for a recipe; ``labels`` are names, for messages.

    Targets scaled by ``training`` constants share one mean and deviation for each label where counts are
    ``comparable`` between sessions. Where they are not, each session has its own while training, and the mean over
    sessions leads back: the counts of a typical session. ``per-image`` targets cannot be led back.
    """
    scaling = _scaling(recipe, comparable=comparable)
    grouped = target_moments(recordings, scaling)
    found = {name: [group[i] for group in grouped.values() if i in group] for i, name in enumerate(labels)}
    for name, groups in found.items():
        _refuse_flat(name, groups)
    targets, span = Normalization("per-image"), recipe.target_normalization
    if scaling != "image":
        targets = _normalization([[m.zero_and_one(span) for m in groups] for groups in found.values()])
    return Units(inputs=_input_units(recordings, recipe), targets=targets, scaling=scaling, span=span)


def _normalization(channels: Sequence[Sequence[tuple[float, float]]]) -> Normalization:
    """The mean over groups of what becomes 0 and of what becomes 1, for each channel."""
    means = [np.mean(groups, axis=0) for groups in channels]
    return Normalization("training", tuple(float(zero) for zero, _ in means), tuple(float(one) for _, one in means))


def _input_units(recordings: Sequence[Recording], recipe: Recipe) -> Normalization:
    if recipe.input_normalization == "per-image":
        return Normalization("per-image")
    channels = range(len(recordings[0].inputs))
    found = [pool(moments(r.inputs[c][..., r.valid]) for r in recordings) for c in channels]
    return _normalization([[m.zero_and_one(recipe.input_normalization)] for m in found])


def _refuse_flat(name: str, groups: Sequence[Moments]) -> None:
    if not groups:
        raise ZooError(
            f"label {name!r} was recorded in no training field",
            hint="leave it out: --labels takes the names of the labels to train on",
        )
    if not any(group.variance > 0 for group in groups):
        raise ZooError(
            f"label {name!r} has the same count ({groups[0].mean:g}) in every training pixel",
            hint="a label without spread cannot be learnt: leave it out with --labels",
        )


def scaled(recordings: Sequence[Recording], units: Units) -> tuple[Recording, ...]:
    """Recordings in the units of the net, for training: inputs normalised, labels scaled, padding 0."""
    groups = target_moments(recordings, units.scaling)
    return tuple(_scaled(r, units, groups[_key(r, index, units.scaling)]) for index, r in enumerate(recordings))


def seen(recordings: Iterable[Recording], units: Units) -> tuple[Recording, ...]:
    """Recordings for validation: inputs normalised, labels left in counts."""
    return tuple(replace(r, inputs=_inputs(r, units)) for r in recordings)


def moments(pixels: npt.NDArray[np.generic]) -> Moments:
    """Moments of an array, in float64.

    >>> moments(np.array([1.0, 3.0]))
    Moments(count=2, mean=2.0, variance=1.0, low=1.0, high=3.0)
    """
    values = pixels.astype(np.float64)
    return Moments(values.size, *(float(f(values)) for f in (np.mean, np.var, np.min, np.max)))


def pool(parts: Iterable[Moments]) -> Moments:
    """Moments of all pixels together.

    >>> pool([Moments(1, 1.0, 0.0, 1.0, 1.0), Moments(1, 3.0, 0.0, 3.0, 3.0)])
    Moments(count=2, mean=2.0, variance=1.0, low=1.0, high=3.0)
    """
    found = list(parts)
    count = sum(part.count for part in found)
    mean = sum(part.count * part.mean for part in found) / count
    variance = sum(part.count * (part.variance + (part.mean - mean) ** 2) for part in found) / count
    return Moments(count, mean, variance, min(part.low for part in found), max(part.high for part in found))


def target_moments(recordings: Sequence[Recording], scaling: Scaling) -> dict[str, dict[int, Moments]]:
    """Group -> label -> moments over the recorded, valid pixels of the group."""
    found: dict[str, dict[int, list[Moments]]] = {}
    for index, recording in enumerate(recordings):
        group = found.setdefault(_key(recording, index, scaling), {})
        for label in np.flatnonzero(recording.recorded):
            part = moments(recording.labels[label][..., recording.valid])
            group.setdefault(int(label), []).append(part)
    return {key: {label: pool(parts) for label, parts in group.items()} for key, group in found.items()}


def _scaling(recipe: Recipe, *, comparable: bool) -> Scaling:
    if recipe.target_normalization == "per-image":
        return "image"
    return "dataset" if comparable else "session"


def _key(recording: Recording, index: int, scaling: Scaling) -> str:
    keys: dict[Scaling, Callable[[], str]] = {
        "dataset": lambda: "",
        "session": lambda: recording.session or f"{index} {recording.field}",
        "image": lambda: f"{index} {recording.field}",
    }
    return keys[scaling]()


def _inputs(recording: Recording, units: Units) -> npt.NDArray[np.float32]:
    """Normalise as the package will: its statistics know no mask, so padding is left in and counts."""
    return units.inputs.fit(recording.inputs).apply(recording.inputs)


def _scaled(recording: Recording, units: Units, group: dict[int, Moments]) -> Recording:
    labels = np.zeros_like(recording.labels)
    for label, found in group.items():
        if recording.recorded[label]:
            zero, one = found.zero_and_one(units.span)
            constants = Normalization("training", (zero,), (one or 1.0,))
            image = recording.labels[label : label + 1]
            labels[label] = constants.fit(image).apply(image)[0]
    labels[..., ~recording.valid] = 0
    return replace(recording, inputs=_inputs(recording, units), labels=labels)
