"""An index of error in space and intensity at once, after the description of Nguyen et al.

Nguyen et al. 2020 (J. Biomed. Opt. 25, 096009) introduce a tolerance level "based on signal pixel-wise spatial and
intensity differences", and segment the error with it. They give no formula that was at hand: this one is ours.

A pixel's error is how far a prediction lies outside of the intensities that the truth takes within ``REACH`` of it, or
the truth outside of those of the prediction, whichever is more. So a displacement of up to ``REACH`` costs nothing, and
neither does an intensity that the truth takes close by; what is invented or missed costs its full height.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from harness.segmentation import Image, Mask

REACH = 0.5
"""Tolerated displacement, in µm; one pixel at least."""
LEVEL = 0.1
"""Tolerated error of intensity, in units of the training scale."""
QUANTILE = 95.0
"""Percentage of signal pixels whose error the tolerance level covers."""


@dataclass(frozen=True)
class Tolerance:
    """What must be tolerated for a prediction to pass."""

    level: float
    """The error that 95 % of signal pixels stay within, in units of the training scale; 0 is perfect."""
    share: float
    """Share of signal pixels whose error exceeds 0.1, in [0, 1]."""
    regions: int
    """Connected regions of such pixels: places where biology may be misread."""


@dataclass(frozen=True, eq=False)
class Vicinity:
    """The truth's half: which intensities it takes close to every pixel."""

    image: Image
    """On the scale of the training truth."""
    valid: Mask
    threshold: float
    """Signal is what exceeds it, in the truth or in the prediction."""
    pixel_size: float = 1.0
    """In µm; 1 where it is unknown."""

    @cached_property
    def bounds(self) -> tuple[Image, Image]:
        """Least and greatest intensity within reach of every pixel."""
        return self._bounds(self.image)

    def tolerance(self, prediction: Image) -> Tolerance:
        """The index of a prediction of the same shape and scale; NaN where neither shows any signal."""
        signal = self.valid & ((self.image > self.threshold) | (prediction > self.threshold))
        if not signal.any():
            return Tolerance(nan, nan, 0)
        error = np.maximum(_outside(prediction, self.bounds), _outside(self.image, self._bounds(prediction)))
        wrong = signal & (error > LEVEL)
        _, regions = ndimage.label(wrong, np.ones((3,) * wrong.ndim))
        return Tolerance(float(np.percentile(error[signal], QUANTILE)), float(wrong[signal].mean()), int(regions))

    def _bounds(self, image: Image) -> tuple[Image, Image]:
        size = 2 * max(1, round(REACH / self.pixel_size)) + 1
        known = np.where(self.valid, image, np.inf), np.where(self.valid, image, -np.inf)
        return ndimage.minimum_filter(known[0], size), ndimage.maximum_filter(known[1], size)


def _outside(image: Image, bounds: tuple[Image, Image]) -> Image:
    low, high = bounds
    return np.maximum(np.maximum(low - image, image - high), 0)
