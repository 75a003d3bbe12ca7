"""The protocol: how a prediction is put beside the truth, and what becomes of one that cannot be.

Nothing here depends on which model made a prediction, and no prediction is ever normalised by itself: both images are
put on the scale of the *training* truth. What depends on the truth alone is worked out once for all models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.fields import CLEAN, REPEAT, Counts, counts, recorded
from harness.metrics.pairs import CELLS, Pair, Truth
from harness.objects.truths import ObjectTruth
from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.types.statistics import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from harness.fields import Mask
    from harness.objects.drawings import Drawings
    from harness.objects.fitting import ObjectFit
    from harness.objects.truths import Judged
    from zoo.types import Metric, Need

Status: TypeAlias = Literal[
    "ok",
    "constant",
    "undefined",
    "missing",
    "wrong-shape",
    "not-finite",
    "failed",
    "timeout",
    "out-of-memory",
    "not-applicable",
]
"""What became of one field and label. ``constant`` is scored as it stands, with a correlation of 0; ``undefined`` means
that the truth gives this metric no value; after ``not-applicable``, which asks for nothing, the rest are failures."""
FAILURES: frozenset[Status] = frozenset({"missing", "wrong-shape", "not-finite", "failed", "timeout", "out-of-memory"})
"""Asked for and not delivered: scored like the mean of the training truth, which anybody could have sent instead."""
TRAINING = "train"
"""Name of the split that constants and controls are fitted on."""
CONTROL_SPLIT = "control"
"""Name of the split whose fields lack the stain: scored, never ranked."""
OF_QUANTILES: Need = "quantiles"
"""What metrics need that judge how sure a model is: of others they have no scores at all."""
NOTHING: Mapping[float, Counts] = MappingProxyType({})
"""Of most models: they say a mean and no more."""
LACKING: Mapping[Need, str] = {
    "inside": "a mask of whole cells with the size of a pixel",
    "repeat": "a second recording of the label",
    "clean": "the label without noise",
    "pixel-size": "the size of a pixel",
    "instances": "an instance mask",
    "quantiles": "finite quantiles of the size of the field",
}
"""What a field lacks that a metric needs."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Everything that decides a score beside the images. A board never mixes two."""

    id: str
    version: int
    primary: str
    """Id of the metric that ranks."""
    low: float
    """Percentile of the training truth that becomes 0."""
    high: float
    """Percentile of the training truth that becomes 1."""
    sessions: int
    """Fewest sessions for which an interval is given."""

    @property
    def name(self) -> str:
        """As it stands in records: ``id/version``."""
        return f"{self.id}/{self.version}"


PROTOCOL = Protocol(id="training-scale", version=2, primary="r", low=1.0, high=99.9, sessions=6)
MOST_PIXELS = 2**24
"""Pixels that percentiles are taken of; beyond that every n-th recorded pixel of each field."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The training truth of one label, in counts."""

    low: float
    high: float
    mean: float
    sd: float

    def applied(self, image: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Counts on the scale on which 0 and 1 are the percentiles of the training truth."""
        return (image.astype(np.float64) - self.low) / (self.high - self.low)

    @property
    def unit_sd(self) -> float:
        """Standard deviation of the training truth on that scale."""
        return self.sd / (self.high - self.low)


@dataclass(frozen=True)
class Value:
    """One metric of one label of one field."""

    metric: str
    value: float | None
    """None where there is none: the truth leaves it undefined, or the metric itself failed."""
    status: Status
    note: str = ""
    """Why the status is not ``ok``, in one line."""


@dataclass(frozen=True)
class Failure:
    """What stands in the place of a prediction that was not delivered."""

    status: Status
    note: str


@dataclass(frozen=True, eq=False)
class Reference:
    """The truth of one label of one field, ready to score any number of predictions."""

    truth: Truth
    scale: Scale
    metrics: Sequence[Metric]
    objects: ObjectTruth | None = None
    """The same as objects; None where none were fitted."""

    def values(self, prediction: Counts | Failure, quantiles: Mapping[float, Counts] = NOTHING) -> list[Value]:
        """The score of a prediction on every metric; of a failure, what the mean of the training truth scores.

        ``quantiles``, by level in percent, are what was said beside it. Metrics of them have no value without them.
        """
        checked = prediction if isinstance(prediction, Failure) else self.checked(prediction)
        if isinstance(checked, Failure):
            return [Value(known.metric, known.value, checked.status, checked.note) for known in self.floor]
        return self._scored(checked, quantiles)

    @cached_property
    def floor(self) -> list[Value]:
        """What the mean of the training truth scores, everywhere the same."""
        return self._scored(np.full(self.truth.image.shape, self.scale.mean, np.float32))

    def checked(self, prediction: Counts) -> Counts | Failure:
        """A prediction that can be laid over the truth, at the low end of the scale where nothing was recorded."""
        if prediction.shape != self.truth.image.shape:
            sizes = (" x ".join(map(str, shape)) for shape in (prediction.shape, self.truth.image.shape))
            return Failure("wrong-shape", "prediction of {} pixels, truth of {}".format(*sizes))
        bad = np.count_nonzero(~np.isfinite(prediction[self.truth.valid]))
        if bad:
            total = np.count_nonzero(self.truth.valid)
            return Failure("not-finite", f"{bad} of {total} recorded pixels are NaN or infinite")
        return np.where(self.truth.valid, prediction, np.float32(self.scale.low))

    def _scored(self, prediction: Counts, quantiles: Mapping[float, Counts] = NOTHING) -> list[Value]:
        metrics = [metric for metric in self.metrics if quantiles or OF_QUANTILES not in metric.needs]
        if not self.truth.valid.any():
            return [Value(metric.id, None, "undefined", "no pixel of this field was recorded") for metric in metrics]
        pair = Pair(self.scale.applied(prediction), self.truth, self._usable(quantiles))
        judged = self.objects.judged(pair.prediction) if self.objects else None
        return [_value(metric, pair, judged) for metric in metrics]

    def _usable(self, quantiles: Mapping[float, Counts]) -> dict[float, npt.NDArray[np.float64]]:
        """All quantiles on the scale of the truth; none if one of them cannot be laid over it."""
        checked = {level: self.checked(image) for level, image in quantiles.items()}
        found = {level: image for level, image in checked.items() if not isinstance(image, Failure)}
        whole = len(found) == len(checked)
        return {level: self.scale.applied(image) for level, image in found.items()} if whole else {}


def reference(
    opened: xr.Dataset,
    label: str,
    field: str,
    scale: Scale,
    metrics: Sequence[Metric],
    masks: Sequence[str] = (CELLS,),
    found: tuple[ObjectFit, Drawings] | None = None,
    marginal: Sequence[float] = (),
) -> Reference:
    """The truth of a label in an opened field, on the scale of the training truth.

    ``masks`` are the names of instance masks; those that the field lacks are left out. ``found`` is what training
    fields say of the label's objects, and what the dataset says of its masks; None where objects are not judged.
    ``marginal`` are the quantiles of all training pixels at ``LEVELS``, in counts.
    """
    valid = recorded(opened, counts(opened, label, field).shape)
    drawn = {
        part: _scaled(opened, name.format(label=label), field, scale, valid)
        for part, name in (("image", "{label}"), ("repeat", REPEAT), ("clean", CLEAN))
        if name.format(label=label) in opened
    }
    truth = Truth(
        **drawn,
        valid=valid,
        training_sd=scale.unit_sd,
        pixel_size=opened.attrs.get("pixel_size"),
        instances={name: counts(opened, name, field).astype(np.int32) for name in masks if name in opened},
        zero=float(scale.applied(np.zeros(()))),
        marginal=dict(zip(LEVELS, scale.applied(np.asarray(marginal)), strict=False)),
    )
    if found is None:
        return Reference(truth, scale, metrics)
    fit, drawings = found
    shown = drawings.shown(label, truth.image, valid, truth.pixel_size, truth.instances)
    return Reference(truth, scale, metrics, ObjectTruth(shown, fit))


def _scaled(opened: xr.Dataset, name: str, field: str, scale: Scale, valid: Mask) -> npt.NDArray[np.float64]:
    """An image on the scale of the training truth; pixels that were not recorded lie at its low end."""
    found = counts(opened, name, field)
    bad = np.count_nonzero(~np.isfinite(found[valid]))
    if bad:
        message = f"field {field!r}, label {name!r}: {bad} of {found.size} pixels of the truth are NaN or infinite"
        raise ZooError(message, hint="mark them in the field's mask of valid pixels, or leave the field out")
    return scale.applied(np.where(valid, found, np.float32(scale.low)))


def scales(truths: Mapping[str, Sequence[Counts]], dataset: str) -> dict[str, Scale]:
    """The scale of every label from its recorded training pixels, one flat array for each field."""
    return {label: _scale(np.concatenate(parts), label, dataset) for label, parts in truths.items()}


def marginals(truths: Mapping[str, Sequence[Counts]]) -> dict[str, tuple[float, ...]]:
    """Quantiles at ``LEVELS`` of all recorded training pixels of every label, in counts."""
    return {
        label: tuple(float(value) for value in np.percentile(np.concatenate(parts), LEVELS))
        for label, parts in truths.items()
    }


def thinned(values: Counts, fields: int) -> Counts:
    """Every n-th of a field's pixels, so that that many fields stay under ``MOST_PIXELS``.

    >>> len(thinned(np.zeros(262_144, np.float32), 20)), len(thinned(np.zeros(262_144, np.float32), 200))
    (262144, 65536)
    """
    return values[:: -(-values.size * fields // MOST_PIXELS) or 1]


def _scale(values: Counts, label: str, dataset: str) -> Scale:
    low, high = (
        (float(value) for value in np.percentile(values, [PROTOCOL.low, PROTOCOL.high])) if values.size else (0, 0)
    )
    if not high > low:
        message = (
            f"dataset {dataset!r}, label {label!r}: percentiles {PROTOCOL.low:g} and {PROTOCOL.high:g} of the "
            f"training truth are {low:g} and {high:g}; expected two different numbers"
        )
        raise ZooError(message, hint="leave the label out of the dataset's manifest")
    exact = values.astype(np.float64)
    return Scale(low=low, high=high, mean=float(exact.mean()), sd=float(exact.std()))


def _value(metric: Metric, pair: Pair, judged: Judged | None) -> Value:
    lacking = [LACKING[need] for need in metric.needs if need not in pair.known]
    if lacking:
        return Value(metric.id, None, "undefined", f"this field lacks {' and '.join(lacking)}")
    if metric.sees == "objects" and judged is None:
        return Value(metric.id, None, "undefined", "nothing is known of the objects of this label")
    try:
        number = float(resolve(metric.fn)(judged if metric.sees == "objects" else pair))
    except ZooError:
        raise
    except Exception as error:  # noqa: BLE001 - foreign code: a metric that raises is named and the rest go on
        return Value(metric.id, None, "failed", f"metric {metric.id} raised {type(error).__name__}: {error}")
    if not np.isfinite(number):
        return Value(metric.id, None, "undefined", "the truth leaves this metric undefined")
    if pair.constant:
        return Value(metric.id, number, "constant", "the prediction is the same everywhere")
    return Value(metric.id, number, "ok")
