"""Controls fitted on training fields, and what they predict. They may read what a model may not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.controls.features import Features, features, middle, standardised
from harness.fields import CLEAN, REPEAT, Counts, Mask, counts, recorded

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


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Pixels of one training field: one draw for all labels on one grid."""

    where: Indices
    """Into the flattened grid."""
    every: Features
    """All features, (feature, pixel)."""
    plain: Features
    """The standardised inputs, (input, pixel)."""


@dataclass
class Fitting:
    """Gathers training fields one by one; ``fits`` ends it."""

    inputs: Sequence[str]
    labels: Sequence[str]
    comparable: bool = True
    """Whether counts can be compared between fields; if not, every field weighs the same whatever its gain was."""
    _seen: int = 0
    _sums: dict[str, tuple[float, int]] = field(default_factory=dict)
    _drawn: dict[str, list[tuple[_Drawn, Counts]]] = field(default_factory=dict)

    def add(self, opened: xr.Dataset, name: str) -> None:
        """Draw pixels from one training field."""
        images = [counts(opened, channel, name) for channel in self.inputs]
        made: dict[tuple[int, ...], _Drawn] = {}
        for label in self.labels:
            if label not in opened:
                continue
            truth = counts(opened, label, name)
            valid = recorded(opened, truth.shape)
            if truth.shape not in made:
                made[truth.shape] = self._draw(images, valid)
            total, number = self._sums.get(label, (0.0, 0))
            self._sums[label] = total + float(truth[valid].sum(dtype=np.float64)), number + int(valid.sum())
            found = made[truth.shape]
            self._drawn.setdefault(label, []).append((found, truth.ravel()[found.where]))
        self._seen += 1

    def fits(self) -> dict[str, Fit]:
        """The fit of every label that some training field shows; labels of the same pixels are fitted together."""
        together: dict[tuple[int, ...], list[str]] = {}
        for label in self.labels:
            if label in self._drawn:
                together.setdefault(tuple(id(drawn) for drawn, _ in self._drawn[label]), []).append(label)
        found = {label: fit for labels in together.values() for label, fit in self._fit(labels).items()}
        return {label: found[label] for label in self.labels if label in found}

    def _draw(self, images: Sequence[Counts], valid: Mask) -> _Drawn:
        where = np.flatnonzero(valid)
        rng = np.random.default_rng([SEED, self._seen])
        chosen = rng.choice(where, min(PIXELS_PER_FIELD, len(where)), replace=False)
        plain = np.stack([middle(standardised(image, valid), valid.ndim) for image in images])
        every, plain = (stack.reshape(len(stack), -1)[:, chosen] for stack in (features(images, valid), plain))
        return _Drawn(chosen, every, plain)

    def _targets(self, drawn: Sequence[Counts]) -> Doubles:
        """Counts to fit; of equal mean and spread in every field where gains differ from field to field."""
        pooled = np.concatenate(drawn).astype(np.float64)
        if self.comparable:
            return pooled
        sds = [float(values.std()) or 1.0 for values in drawn]
        equal = [(values.astype(np.float64) - values.mean()) / sd for values, sd in zip(drawn, sds, strict=True)]
        targets: Doubles = np.concatenate(equal) * pooled.std() + pooled.mean()
        return targets

    def _fit(self, labels: Sequence[str]) -> dict[str, Fit]:
        """Labels that were drawn at the same pixels: one decomposition serves them all."""
        drawn = [found for found, _ in self._drawn[labels[0]]]
        every, plain = (
            np.concatenate(parts, axis=1).astype(np.float64)
            for parts in ([found.every for found in drawn], [found.plain for found in drawn])
        )
        truths = [self._targets([values for _, values in self._drawn[label]]) for label in labels]
        design = np.vstack([every, np.ones(every.shape[1])]).T
        coefficients = np.linalg.lstsq(design, np.stack(truths, axis=1))[0].T
        return {
            label: _fit(self._sums[label], plain, truth, weights)
            for label, truth, weights in zip(labels, truths, coefficients, strict=True)
        }


def _fit(sums: tuple[float, int], plain: Doubles, truth: Doubles, coefficients: Doubles) -> Fit:
    total, number = sums
    slopes = [_line(channel, truth) for channel in plain]
    explained = [abs(gain) * float(channel.std()) for (gain, _), channel in zip(slopes, plain, strict=True)]
    best = int(np.argmax(explained))
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
    seen = _Seen(opened, name, inputs)
    said = {label: _PREDICT[control](fit, seen, label) for label, fit in fits.items() if label in opened}
    return {label: image for label, image in said.items() if image is not None}


@dataclass(frozen=True, eq=False)
class _Seen:
    """A field, and what a linear model looks at, worked out once for all labels on one grid."""

    opened: xr.Dataset
    name: str
    inputs: Sequence[str]
    made: dict[tuple[int, ...], Features] = field(default_factory=dict)

    def counts(self, name: str) -> Counts:
        return counts(self.opened, name, self.name)

    def other(self, name: str) -> Counts | None:
        return self.counts(name) if name in self.opened else None

    def valid(self, label: str) -> Mask:
        return recorded(self.opened, self.counts(label).shape)

    def features(self, valid: Mask) -> Features:
        if valid.shape not in self.made:
            self.made[valid.shape] = features([self.counts(channel) for channel in self.inputs], valid)
        return self.made[valid.shape]


def _mean(fit: Fit, seen: _Seen, label: str) -> Counts:
    return np.full(seen.counts(label).shape, fit.mean, np.float32)


def _input(fit: Fit, seen: _Seen, label: str) -> Counts:
    valid = seen.valid(label)
    chosen = middle(standardised(seen.counts(seen.inputs[fit.channel]), valid), valid.ndim)
    return np.broadcast_to(fit.gain * chosen + fit.offset, valid.shape).astype(np.float32)


def _linear(fit: Fit, seen: _Seen, label: str) -> Counts:
    valid = seen.valid(label)
    predicted = np.full(valid.shape, fit.coefficients[-1], np.float64)
    for weight, feature in zip(fit.coefficients, seen.features(valid), strict=False):  # the last one stands alone
        predicted += weight * feature
    return predicted.astype(np.float32)


def _repeat(fit: Fit, seen: _Seen, label: str) -> Counts | None:
    del fit
    return seen.other(REPEAT.format(label=label))


def _clean(fit: Fit, seen: _Seen, label: str) -> Counts | None:
    del fit
    return seen.other(CLEAN.format(label=label))


_PREDICT = {
    "training-mean": _mean,
    "input-as-stain": _input,
    "linear-pixel": _linear,
    "repeat": _repeat,
    "clean-truth": _clean,
}


def _line(x: Doubles, y: Doubles) -> tuple[float, float]:
    variance = float(x.var())
    gain = float(np.mean((x - x.mean()) * (y - y.mean()))) / variance if variance > 0 else 0.0
    return gain, float(y.mean()) - gain * float(x.mean())
