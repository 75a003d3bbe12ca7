"""Controls fitted on training fields, and what they predict. They may read what a model may not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.controls.features import Features, features, middle, standardised
from harness.fields import REPEAT, Counts, counts, recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

Doubles: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.intp]

PIXELS_PER_FIELD = 8192
"""Training pixels drawn from each field for the least squares."""
SEED = 20180917
"""Of the draw: fixed, so that a control is the same in every run."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What the controls learnt about one label, in its counts."""

    mean: float
    """Of all recorded training pixels."""
    channel: int
    """Index of the input that follows the label most closely, up to its sign."""
    gain: float
    """Counts of the label for one standard deviation of that input."""
    offset: float
    coefficients: tuple[float, ...]
    """Of the features; the last one stands alone."""


@dataclass
class Fitting:
    """Gathers training fields one by one; ``fits`` ends it."""

    inputs: Sequence[str]
    labels: Sequence[str]
    comparable: bool = True
    """Whether counts can be compared between fields; if not, every field weighs the same whatever its gain was."""
    _seen: int = 0
    _sums: dict[str, tuple[float, int]] = field(default_factory=dict)
    _drawn: dict[str, list[tuple[Features, Features, Counts]]] = field(default_factory=dict)

    def add(self, opened: xr.Dataset, name: str) -> None:
        """Draw pixels from one training field."""
        images = [counts(opened, channel, name) for channel in self.inputs]
        made: dict[tuple[int, ...], tuple[Features, Features]] = {}
        for label in self.labels:
            if label not in opened:
                continue
            truth = counts(opened, label, name)
            valid = recorded(opened, truth.shape)
            if truth.shape not in made:
                plain = np.stack([middle(standardised(image, valid), valid.ndim) for image in images])
                made[truth.shape] = features(images, valid), plain
            self._draw(label, truth, np.flatnonzero(valid), made[truth.shape])
        self._seen += 1

    def fits(self) -> dict[str, Fit]:
        """The fit of every label that some training field shows."""
        return {label: self._fit(label) for label in self.labels if label in self._drawn}

    def _draw(self, label: str, truth: Counts, where: Indices, made: tuple[Features, Features]) -> None:
        flat = truth.ravel()
        total, number = self._sums.get(label, (0.0, 0))
        self._sums[label] = total + float(flat[where].sum(dtype=np.float64)), number + len(where)
        rng = np.random.default_rng([SEED, self._seen])
        drawn = rng.choice(where, min(PIXELS_PER_FIELD, len(where)), replace=False)
        every, plain = (stack.reshape(len(stack), -1)[:, drawn] for stack in made)
        self._drawn.setdefault(label, []).append((every, plain, flat[drawn]))

    def _targets(self, drawn: Sequence[Counts]) -> Doubles:
        """Counts to fit; of equal mean and spread in every field where gains differ from field to field."""
        pooled = np.concatenate(drawn).astype(np.float64)
        if self.comparable:
            return pooled
        sds = [float(values.std()) or 1.0 for values in drawn]
        equal = [(values.astype(np.float64) - values.mean()) / sd for values, sd in zip(drawn, sds, strict=True)]
        targets: Doubles = np.concatenate(equal) * pooled.std() + pooled.mean()
        return targets

    def _fit(self, label: str) -> Fit:
        drawn = self._drawn[label]
        every, plain = (
            np.concatenate(parts, axis=1).astype(np.float64) for parts in list(zip(*drawn, strict=True))[:2]
        )
        truth = self._targets([values for *_, values in drawn])
        total, number = self._sums[label]
        slopes = [_line(channel, truth) for channel in plain]
        explained = [abs(gain) * float(channel.std()) for (gain, _), channel in zip(slopes, plain, strict=True)]
        best = int(np.argmax(explained))
        design = np.vstack([every, np.ones_like(truth)]).T
        coefficients = np.linalg.lstsq(design, truth)[0]
        return Fit(
            mean=total / max(number, 1),
            channel=best,
            gain=slopes[best][0],
            offset=slopes[best][1],
            coefficients=tuple(map(float, coefficients)),
        )


def predict(
    control: str, fits: Mapping[str, Fit], opened: xr.Dataset, name: str, inputs: Sequence[str]
) -> dict[str, Counts]:
    """What a control says about a field: counts by label, on the label's grid; a label it cannot tell is left out."""
    return {
        label: said
        for label, fit in fits.items()
        if label in opened
        for said in [_PREDICT[control](fit, opened, _Place(name, label), inputs)]
        if said is not None
    }


@dataclass(frozen=True)
class _Place:
    """Where a prediction belongs."""

    field: str
    label: str

    def truth(self, opened: xr.Dataset) -> Counts:
        return counts(opened, self.label, self.field)


def _mean(fit: Fit, opened: xr.Dataset, place: _Place, inputs: Sequence[str]) -> Counts:
    del inputs
    return np.full(place.truth(opened).shape, fit.mean, np.float32)


def _input(fit: Fit, opened: xr.Dataset, place: _Place, inputs: Sequence[str]) -> Counts:
    valid = recorded(opened, place.truth(opened).shape)
    chosen = middle(standardised(counts(opened, inputs[fit.channel], place.field), valid), valid.ndim)
    return np.broadcast_to(fit.gain * chosen + fit.offset, valid.shape).astype(np.float32)


def _linear(fit: Fit, opened: xr.Dataset, place: _Place, inputs: Sequence[str]) -> Counts:
    valid = recorded(opened, place.truth(opened).shape)
    predicted = np.full(valid.shape, fit.coefficients[-1], np.float64)
    made = features([counts(opened, channel, place.field) for channel in inputs], valid)
    for weight, feature in zip(fit.coefficients, made, strict=False):  # the last coefficient stands alone
        predicted += weight * feature
    return predicted.astype(np.float32)


def _repeat(fit: Fit, opened: xr.Dataset, place: _Place, inputs: Sequence[str]) -> Counts | None:
    del fit, inputs
    name = REPEAT.format(label=place.label)
    return counts(opened, name, place.field) if name in opened else None


_PREDICT = {"training-mean": _mean, "input-as-stain": _input, "linear-pixel": _linear, "repeat": _repeat}


def _line(x: Doubles, y: Doubles) -> tuple[float, float]:
    variance = float(x.var())
    gain = float(np.mean((x - x.mean()) * (y - y.mean()))) / variance if variance > 0 else 0.0
    return gain, float(y.mean()) - gain * float(x.mean())
