"""Which object of a prediction is which object of the truth: overlaps, and the best assignment of one to one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from zoo.errors import ZooError

Indices: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlaps:
    """How many pixels every object of a truth shares with every object of a prediction. Objects count from 0."""

    truth_sizes: Indices
    """Pixels of every object of the truth."""
    predicted_sizes: Indices
    """Pixels of every object of the prediction."""
    truth: Indices
    """Of each pair of objects that overlap, the one of the truth."""
    predicted: Indices
    """Of each pair, the one of the prediction."""
    shared: Indices
    """Of each pair, the pixels that belong to both."""

    @cached_property
    def iou(self) -> Numbers:
        """Intersection over union of each pair."""
        union = self.truth_sizes[self.truth] + self.predicted_sizes[self.predicted] - self.shared
        return self.shared / union

    @property
    def empty(self) -> bool:
        """Whether there is nothing to find and nothing was found."""
        return not (self.truth_sizes.size or self.predicted_sizes.size)


@dataclass(frozen=True, eq=False)
class Matches:
    """Objects of a truth, each with the one object of the prediction that it was assigned."""

    truth: Indices
    predicted: Indices
    iou: Numbers


def numbered(labels: npt.NDArray[np.integer], name: str = "instances") -> npt.NDArray[np.int32]:
    """An image of objects with its numbers closed up to 1 ... n; 0 stays 0.

    Raises
    ------
    ZooError
        Where a number is negative: such a file is no image of objects.

    >>> numbered(np.array([[0, 7], [7, 3]])).tolist()
    [[0, 2], [2, 1]]
    """
    if labels.size and labels.min() < 0:
        message = f"mask {name!r}: found the number {labels.min()}; expected 0 for background and 1 upwards for objects"
        raise ZooError(message, hint="write the mask as an image of objects, one number for each")
    found, closed = np.unique(labels, return_inverse=True)
    start = 0 if found.size and found[0] == 0 else 1
    return np.asarray(closed + start, np.int32).reshape(labels.shape)


def overlaps(truth: npt.NDArray[np.int32], prediction: npt.NDArray[np.int32]) -> Overlaps:
    """The overlaps of two images of objects of one shape, both numbered without gaps."""
    sizes = (np.bincount(labels.ravel(), minlength=1)[1:] for labels in (truth, prediction))
    truth_sizes, predicted_sizes = sizes
    both = (truth > 0) & (prediction > 0)
    width = max(predicted_sizes.size, 1)
    pair = (truth[both].astype(np.int64) - 1) * width + prediction[both] - 1
    codes, shared = np.unique(pair, return_counts=True)
    return Overlaps(truth_sizes, predicted_sizes, codes // width, codes % width, shared)


def matched(found: Overlaps, threshold: float = 0.5) -> Matches:
    """The assignment with most pairs of at least that IoU, and of those the one with the largest sum of IoU.

    Above a half an object has at most one such partner; only where partners compete are they assigned (Kuhn 1955).
    """
    enough = found.iou >= threshold
    rows, columns, iou = found.truth[enough], found.predicted[enough], found.iou[enough]
    if np.unique(rows).size == rows.size and np.unique(columns).size == columns.size:
        return Matches(rows, columns, iou)
    row_of, row = np.unique(rows, return_inverse=True)
    column_of, column = np.unique(columns, return_inverse=True)
    candidates = np.zeros((row_of.size, column_of.size))
    candidates[row, column] = iou
    gain = (candidates > 0) + candidates / (2 * min(candidates.shape))
    chosen = linear_sum_assignment(gain, maximize=True)
    real = candidates[chosen] > 0
    return Matches(row_of[chosen[0][real]], column_of[chosen[1][real]], candidates[chosen][real])
