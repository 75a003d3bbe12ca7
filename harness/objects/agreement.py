"""How far the features of objects agree with those of the truth, beyond what size and place alone would give.

A nucleus that is larger holds more stain, whatever a model has seen. So the features that a straight line through area
and place predicts are a baseline, fitted on training truth, and what is judged is the gain over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from harness.objects.selection import selected

if TYPE_CHECKING:
    from harness.objects.features import Numbers, Table

AREA = 1
"""Column of the area in what a line is drawn through."""
FEWEST = 5
"""Fewer objects have no concordance."""


@dataclass(frozen=True)
class Baseline:
    """Which features of a label are worth comparing, and what size and place say of them. Plain numbers, for JSON."""

    lines: Mapping[str, tuple[float, ...]]
    """Of each feature worth comparing: intercept, then weight of area and of the place along each axis."""

    @property
    def features(self) -> tuple[str, ...]:
        """The features worth comparing."""
        return tuple(self.lines)

    def size_only(self, table: Table) -> Numbers:
        """What area and place alone say of each object: objects x ``features``."""
        design = _design(table)
        return np.column_stack([np.zeros((len(design), 0)), *(design @ np.array(line) for line in self.lines.values())])


@dataclass(frozen=True)
class Agreement:
    """One feature of a prediction beside that of the truth, over all objects of the truth."""

    feature: str
    objects: int
    """Objects of the truth that have this feature."""
    concordance: float
    """Lin's concordance, in [-1, 1]: correlation, less what level and spread are wrong by."""
    pearson: float
    """Correlation alone."""
    size_only: float
    """The concordance that area and place alone reach."""

    @property
    def gain(self) -> float:
        """What the image adds: concordance less that of size and place, which is never taken below 0."""
        return self.concordance - max(self.size_only, 0.0)


def baseline(training: Table) -> Baseline:
    """The features worth comparing, and how each follows from size and place, from objects of the training truth."""
    return Baseline({name: _line(name, training) for name in selected(training)})


def agreements(truth: Table, prediction: Table, known: Baseline) -> tuple[Agreement, ...]:
    """Every feature of the baseline; row by row the same objects. A row of NaN is an object that was not found."""
    alone = known.size_only(truth)
    return tuple(
        _agreement(name, truth.column(name), prediction.column(name), alone[:, index])
        for index, name in enumerate(known.features)
    )


def mean_gain(found: Sequence[Agreement]) -> float:
    """The mean gain over the features that have one; NaN if none has."""
    gains = [agreement.gain for agreement in found if isfinite(agreement.gain)]
    return float(np.mean(gains)) if gains else nan


def mean_concordance(found: Sequence[Agreement]) -> float:
    """The mean concordance over the features that have one; NaN if none has."""
    values = [agreement.concordance for agreement in found if isfinite(agreement.concordance)]
    return float(np.mean(values)) if values else nan


def concordance(prediction: Numbers, truth: Numbers) -> float:
    """Lin's concordance 2 cov / (var p + var t + (mean p - mean t)²) (Lin 1989, Biometrics 45, 255-268).

    NaN where the truth is the same for all objects; 0 where the prediction is.

    >>> concordance(np.array([2.0, 4.0]), np.array([1.0, 3.0]))
    0.6666666666666666
    """
    if not truth.size or np.ptp(truth) == 0:
        return nan
    p, t = prediction - prediction.mean(), truth - truth.mean()
    return float(2 * np.mean(p * t) / (np.mean(p**2) + np.mean(t**2) + (prediction.mean() - truth.mean()) ** 2))


def pearson(prediction: Numbers, truth: Numbers) -> float:
    """Correlation; NaN where the truth is the same for all objects, 0 where the prediction is."""
    if not truth.size or np.ptp(truth) == 0:
        return nan
    if np.ptp(prediction) == 0:
        return 0.0
    return float(np.corrcoef(prediction, truth)[0, 1])


def challenge_error(truths: Sequence[Table], predictions: Sequence[Table]) -> float:
    """The feature half of the adipocyte challenge: mean absolute error over images, in medians of the truth.

    Of each image the mean of each feature over its objects is compared, and the mean over features given (AI Sweden
    adipocyte cell challenge 2020, evaluation notebook). An image without objects has features of 0.
    """
    truth, prediction = (np.array([_mean_object(table) for table in tables]) for tables in (truths, predictions))
    median = np.abs(np.median(truth, axis=0))
    error = np.abs(prediction - truth).mean(axis=0)
    return float(np.mean(error[median > 0] / median[median > 0])) if np.any(median > 0) else nan


def _agreement(name: str, truth: Numbers, prediction: Numbers, alone: Numbers) -> Agreement:
    known = np.isfinite(truth)
    there = truth[known]
    if there.size < FEWEST:
        return Agreement(name, there.size, nan, nan, nan)
    said = prediction[known]
    said = np.where(np.isfinite(said), said, there.mean())  # what was not found says nothing
    return Agreement(name, there.size, concordance(said, there), pearson(said, there), concordance(alone[known], there))


def _line(name: str, training: Table) -> tuple[float, ...]:
    """Least squares; area itself is given place alone."""
    values, design = training.column(name), _design(training)
    known = np.isfinite(values)
    free = [column for column in range(design.shape[1]) if (name, column) != ("area", AREA)]
    line = np.zeros(design.shape[1])
    line[free], *_ = np.linalg.lstsq(design[known][:, free], values[known])
    return tuple(float(weight) for weight in line)


def _design(table: Table) -> Numbers:
    return np.column_stack([np.ones(len(table.place)), table.place])


def _mean_object(table: Table) -> Numbers:
    return np.nan_to_num(table.values).mean(axis=0) if len(table.values) else np.zeros(len(table.names))
