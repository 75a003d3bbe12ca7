"""Some pixels of a truth, and what was predicted there: flat, with the sums that several metrics share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp] | None
"""Flat indices of the pixels that count; None where all of them do."""

CONSTANT = 1e-9
"""What spreads less than this, in standard deviations of the training truth, is called constant."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Some pixels of a truth."""

    values: Image
    """Flat; may be empty."""
    still: float = 0.0
    """Standard deviation up to which all values count as equal."""

    @cached_property
    def mean(self) -> float:
        """Mean of the values."""
        return float(self.values.mean())

    @cached_property
    def sd(self) -> float:
        """Standard deviation; exactly 0 where all values are equal, or where there are none."""
        if self.values.size == 0 or np.ptp(self.values) == 0:
            return 0.0
        sd = float(self.values.std())
        return 0.0 if sd <= self.still else sd

    @cached_property
    def median(self) -> float:
        """Median of the values."""
        return float(np.median(self.values))

    @cached_property
    def spread(self) -> float:
        """Mean absolute deviation from the median; 0 where there are no values."""
        return float(np.abs(self.values - self.median).mean()) if self.values.size else 0.0


@dataclass(frozen=True, eq=False)
class Comparison:
    """Predicted values beside those of a truth."""

    values: Image
    """Flat, in the order of ``truth.values``."""
    truth: Sample

    @cached_property
    def mean(self) -> float:
        """Mean of the predicted values."""
        return float(self.values.mean())

    @cached_property
    def moments(self) -> tuple[float, float]:
        """Standard deviation of the prediction, and its covariance with the truth."""
        centred = self.values - self.mean
        covariance = float(np.mean(centred * self.truth.values))
        centred *= centred
        return float(np.sqrt(np.mean(centred))), covariance

    @property
    def sd(self) -> float:
        """Standard deviation of the prediction."""
        return self.moments[0]

    @property
    def constant(self) -> bool:
        """Whether the prediction says the same everywhere."""
        return self.sd <= self.truth.still

    @cached_property
    def correlation(self) -> float:
        """Pearson r; NaN if the truth is the same everywhere, 0 if only the prediction is."""
        if self.truth.sd == 0:
            return float("nan")
        if self.constant:
            return 0.0
        return min(1.0, max(-1.0, self.moments[1] / (self.sd * self.truth.sd)))


def picked(image: Image, places: Places) -> Image:
    """The pixels that count, flat."""
    flat = image.ravel()
    return flat if places is None else flat[places]


def places(counted: Mask) -> Places:
    """Where a mask is True."""
    return None if counted.all() else np.flatnonzero(counted)
