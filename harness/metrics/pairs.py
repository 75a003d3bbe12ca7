"""A prediction beside its truth, and the sums that several metrics share.

Everything that depends on the truth alone hangs on ``Truth`` and is worked out once for all models. Metrics know
nothing of where either came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Image: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

WINDOW_SD = 1.5
"""Standard deviation of the gaussian window of SSIM, in pixels (Wang et al. 2004)."""
WINDOW_RADIUS = 5
"""Half of the window of 11 pixels, where the gaussian is cut: 3.5 standard deviations, as in scikit-image."""
CONSTANT = 1e-9
"""A prediction that spreads less than this, in standard deviations of the training truth, is called constant."""


@dataclass(frozen=True, eq=False)
class Truth:
    """One label of one field, on the scale of the training truth."""

    image: Image
    """Axes ``y x`` or ``z y x``; 0 and 1 are low and high percentiles of the training truth."""
    valid: Mask
    """Same shape; False where nothing was recorded."""
    training_sd: float = 1.0
    """Standard deviation of the training truth on the same scale."""

    @cached_property
    def values(self) -> Image:
        """The recorded pixels, flat."""
        return _recorded(self.image, self.valid)

    @cached_property
    def mean(self) -> float:
        """Mean of the recorded pixels."""
        return float(self.values.mean())

    @cached_property
    def centred(self) -> Image:
        """The recorded pixels less their mean, flat."""
        return self.values - self.mean

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the recorded pixels; exactly 0 where they are all equal."""
        return 0.0 if np.ptp(self.values) == 0 else float(np.sqrt(np.mean(self.centred**2)))

    @cached_property
    def spread(self) -> float:
        """Mean absolute deviation from the median."""
        return float(np.abs(self.values - np.median(self.values)).mean())

    @cached_property
    def windows(self) -> Windows:
        """What SSIM needs of the truth."""
        clipped = np.clip(self.image, 0.0, 1.0)
        return Windows(clipped, blurred(clipped), blurred(clipped**2), _whole_windows(self.valid))


@dataclass(frozen=True, eq=False)
class Windows:
    """Local sums of an image that is clipped to [0, 1]."""

    clipped: Image
    mean: Image
    """Gaussian-weighted mean around each pixel."""
    square: Image
    """Gaussian-weighted mean square around each pixel."""
    whole: Mask
    """True where the whole window was recorded."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A prediction and its truth: the one argument of a metric."""

    prediction: Image
    """Shape and scale of ``truth.image``; finite wherever ``truth.valid``."""
    truth: Truth

    @cached_property
    def values(self) -> Image:
        """The predicted pixels that were recorded, flat."""
        return _recorded(self.prediction, self.truth.valid)

    @cached_property
    def moments(self) -> Moments:
        """Mean, spread and covariance, each worked out once."""
        mean = float(self.values.mean())
        centred = self.values - mean
        return Moments(
            mean=mean,
            sd=float(np.sqrt(np.mean(centred**2))),
            covariance=float(np.mean(centred * self.truth.centred)),
        )

    @property
    def constant(self) -> bool:
        """Whether the prediction says the same everywhere."""
        return self.moments.sd <= CONSTANT * self.truth.training_sd


@dataclass(frozen=True)
class Moments:
    """First and second moments of a prediction over recorded pixels."""

    mean: float
    sd: float
    covariance: float
    """With the truth."""


def blurred(image: Image) -> Image:
    """Gaussian-weighted mean around each pixel: the window of SSIM, mirrored at the border."""
    return ndimage.gaussian_filter(image, WINDOW_SD, radius=WINDOW_RADIUS, mode="reflect")


def _recorded(image: Image, valid: Mask) -> Image:
    return image.ravel() if valid.all() else image[valid]


def _whole_windows(valid: Mask) -> Mask:
    """Pixels whose window holds recorded pixels only; outside of the image nothing was recorded."""
    size = 2 * WINDOW_RADIUS + 1
    return ndimage.minimum_filter(valid, size=size, mode="constant", cval=0)
