"""How well the objects of a prediction are those of the truth: detection, segmentation, count.

One rule for what is not there: nothing to find and nothing found is undefined (NaN), one of the two is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from harness.objects.matching import matched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.objects.matching import Overlaps

HALF = 0.5
"""The IoU from which an object counts as found."""
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""IoU at which detection is counted, and over which it is averaged."""
SPLIT, MISSED, FALSE = 5, 10, 1
"""Price of one operation that mends a detection (Matula et al. 2015, table 1): divide one, add one, remove one."""


@dataclass(frozen=True)
class Detection:
    """What was found at one IoU. Those of several fields add up: ``sum(found, Detection())``."""

    right: int = 0
    """Objects of the prediction that are objects of the truth."""
    false: int = 0
    """Objects of the prediction that are not."""
    missed: int = 0
    """Objects of the truth that were not found."""
    iou: float = 0.0
    """Sum of the IoU of what was found."""

    def __add__(self, other: Detection) -> Detection:
        return Detection(
            self.right + other.right, self.false + other.false, self.missed + other.missed, self.iou + other.iou
        )

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN).

        >>> Detection(right=3, false=1, missed=1).f1
        0.75
        """
        return _ratio(2 * self.right, 2 * self.right + self.false + self.missed)

    @property
    def precision(self) -> float:
        """TP / (TP + FN + FP), called average precision by the Data Science Bowl 2018 and by StarDist."""
        return _ratio(self.right, self.right + self.false + self.missed)

    @property
    def panoptic(self) -> float:
        """Panoptic quality: sum of IoU / (TP + FP/2 + FN/2) (Kirillov et al. 2019, eq. 1)."""
        return _ratio(self.iou, self.right + (self.false + self.missed) / 2)


def detection(found: Overlaps, threshold: float = HALF) -> Detection:
    """What was found at an IoU of at least ``threshold``."""
    matches = matched(found, threshold)
    right = matches.iou.size
    return Detection(
        right, found.predicted_sizes.size - right, found.truth_sizes.size - right, float(matches.iou.sum())
    )


def f1(found: Overlaps) -> float:
    """F1 at an IoU of 0.5, in [0, 1]."""
    return detection(found).f1


def f1_curve(found: Overlaps) -> float:
    """Mean F1 over IoU 0.5, 0.55, ... 0.95, in [0, 1]."""
    return _over_curve(found, lambda at: at.f1)


def precision_curve(found: Overlaps) -> float:
    """Mean TP / (TP + FP + FN) over IoU 0.5, 0.55, ... 0.95, in [0, 1]."""
    return _over_curve(found, lambda at: at.precision)


def panoptic(found: Overlaps) -> float:
    """Panoptic quality at an IoU of 0.5, in [0, 1]."""
    return detection(found).panoptic


def segmentation(found: Overlaps) -> float:
    """SEG of the Cell Tracking Challenge, in [0, 1].

    The mean over objects of the truth of the IoU with the one object that covers more than half of it, 0 if none does.
    """
    covering = _covering(found)
    return _unless_empty(found, float(found.iou[covering].sum()), found.truth_sizes.size)


def detection_cost(found: Overlaps) -> float:
    """DET of the Cell Tracking Challenge, in [0, 1]: 1 less the price of mending over that of starting from nothing."""
    covering = _covering(found)
    covered = found.predicted[covering]
    finders = np.unique(covered).size
    price = (
        SPLIT * (covered.size - finders)
        + MISSED * (found.truth_sizes.size - covered.size)
        + FALSE * (found.predicted_sizes.size - finders)
    )
    whole = MISSED * found.truth_sizes.size
    return _unless_empty(found, whole - min(price, whole), whole)


def count_error(found: Overlaps) -> float:
    """(objects found - objects there) / objects there; NaN where there are none."""
    there = found.truth_sizes.size
    return (found.predicted_sizes.size - there) / there if there else nan


def absolute_count_error(found: Overlaps) -> float:
    """The same without its sign: what may be averaged without errors making up for each other."""
    return abs(count_error(found))


@dataclass(frozen=True)
class CountAgreement:
    """Counts of several fields against those of the truth."""

    bias: float
    """Mean of found less there, in objects per field."""
    mean_absolute: float
    """Mean absolute difference, in objects per field."""
    low: float
    """Lower limit of agreement, bias - 1.96 sd (Bland & Altman 1986)."""
    high: float
    """Upper limit of agreement."""


def count_agreement(there: Sequence[int], found: Sequence[int]) -> CountAgreement:
    """Counts of at least two fields (or wells) beside those of the truth; NaN limits for fewer."""
    difference = np.subtract(found, there, dtype=np.float64)
    if not difference.size:
        return CountAgreement(nan, nan, nan, nan)
    bias = float(difference.mean())
    margin = 1.96 * float(difference.std(ddof=1)) if difference.size > 1 else nan
    return CountAgreement(bias, float(np.abs(difference).mean()), bias - margin, bias + margin)


def _covering(found: Overlaps) -> np.ndarray:
    """Pairs in which the prediction covers more than half of the object of the truth: at most one for each of these."""
    return 2 * found.shared > found.truth_sizes[found.truth]


def _over_curve(found: Overlaps, score: Callable[[Detection], float]) -> float:
    return float(np.mean([score(detection(found, threshold)) for threshold in THRESHOLDS]))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan


def _unless_empty(found: Overlaps, part: float, whole: float) -> float:
    return nan if found.empty else part / whole if whole else 0.0
