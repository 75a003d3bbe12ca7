"""Structural similarity (SSIM): scikit-image's definition, with the truth's half worked out once for all models.

``skimage.metrics.structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)``
on clipped images gives the same number to 1e-6 wherever all pixels are valid; tests hold it to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Image, Mask

LUMINANCE = 0.01**2
"""C1 = (K1 L)² of Wang et al. 2004 with K1 = 0.01 and data range L = 1."""
CONTRAST = 0.03**2
"""C2 = (K2 L)² with K2 = 0.03."""
WINDOW_SD = 1.5
"""Standard deviation of Wang's gaussian window, in pixels."""
GAUSSIAN_REACH = 5
"""How far that window of 11 pixels reaches: 3.5 standard deviations, where scikit-image cuts it."""
BOX_REACH = 3
"""How far scikit-image's default window of 7 pixels reaches, all of one weight."""
STRIPE = 64
"""Rows that are worked on at once: small enough for a processor's cache, which halves the time."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Local sums of a truth that lies in [0, 1]: one for each window that fits into the image."""

    image: Image
    mean: Image
    variance: Image
    whole: Mask
    """True where the whole window was recorded; only there may the sums be read."""
    reach: int
    """Pixels of the window on either side of its middle."""
    along: Callable[[Image], Image]
    """Weighted mean of each window along the first axis of an image."""
    sample: float
    """What variances are multiplied by: 1, or n / (n - 1) for those of a sample of n pixels."""


def gaussian_windows(image: Image, valid: Mask) -> Windows:
    """What SSIM needs of a truth that lies in [0, 1], as Wang defines it."""
    return _windows(image, valid, GAUSSIAN_REACH, _gaussian_along, 1.0)


def box_windows(image: Image, valid: Mask) -> Windows:
    """What SSIM needs of a truth that lies in [0, 1], by scikit-image's defaults."""
    pixels = (2 * BOX_REACH + 1) ** image.ndim
    return _windows(image, valid, BOX_REACH, _box_along, pixels / (pixels - 1))


def similarity_map(prediction: Image, truth: Windows) -> Image:
    """SSIM of each window of a prediction that lies in [0, 1]; to be read where windows are whole."""
    made = np.empty_like(truth.mean)
    for start in range(0, made.shape[-2], STRIPE):
        rows = (..., slice(start, start + STRIPE), slice(None))
        seen = (..., slice(start, start + STRIPE + 2 * truth.reach), slice(None))
        mean = local_mean(prediction[seen], truth.along)
        variance = local_mean(prediction[seen] ** 2, truth.along) - mean**2
        covariance = local_mean(prediction[seen] * truth.image[seen], truth.along) - mean * truth.mean[rows]
        luminance = (2 * mean * truth.mean[rows] + LUMINANCE) / (mean**2 + truth.mean[rows] ** 2 + LUMINANCE)
        spread = truth.sample * variance + truth.variance[rows] + CONTRAST
        made[rows] = luminance * (2 * truth.sample * covariance + CONTRAST) / spread
    return made


def local_mean(image: Image, along: Callable[[Image], Image]) -> Image:
    """Weighted mean of each window that fits into an image, along one axis after the other."""
    for axis in range(image.ndim):
        image = along(image.swapaxes(0, axis)).swapaxes(0, axis)
    return image


def cropped(image: Mask, margin: int) -> Mask:
    """An image without that many pixels at each border: one for each window that fits."""
    return image[tuple(slice(margin, max(margin, edge - margin)) for edge in image.shape)]


def structural_similarity(pair: Pair) -> float:
    """Mean SSIM over the pixels whose whole window was recorded; NaN if there is none (an image under 11 pixels)."""
    return averaged(pair.similarity, pair.truth.windows.whole)


def structural_similarity_inside(pair: Pair) -> float:
    """Mean SSIM over those pixels inside cells; NaN if there is none."""
    return averaged(pair.similarity, pair.truth.windows.whole & cropped(pair.truth.inside, GAUSSIAN_REACH))


def averaged(values: Image, counted: Mask) -> float:
    """Mean over the pixels that count; NaN if there is none."""
    if not counted.any():
        return nan
    return float(values.mean() if counted.all() else values[counted].mean())


def _windows(image: Image, valid: Mask, reach: int, along: Callable[[Image], Image], sample: float) -> Windows:
    mean = local_mean(image, along)
    variance = sample * (local_mean(image**2, along) - mean**2)
    return Windows(image, mean, variance, cropped(_whole(valid, reach), reach), reach, along, sample)


def _gaussian_along(lines: Image) -> Image:
    size = max(0, len(lines) - 2 * GAUSSIAN_REACH)
    weights = np.exp(-0.5 * (np.arange(GAUSSIAN_REACH + 1) / WINDOW_SD) ** 2)
    weights /= 2 * weights.sum() - weights[0]
    mean: Image = weights[0] * lines[GAUSSIAN_REACH : GAUSSIAN_REACH + size]
    both = np.empty_like(mean)
    for step in range(1, GAUSSIAN_REACH + 1):
        np.add(lines[GAUSSIAN_REACH - step :][:size], lines[GAUSSIAN_REACH + step :][:size], out=both)
        both *= weights[step]
        mean += both
    return mean


def _box_along(lines: Image) -> Image:
    width = 2 * BOX_REACH + 1
    size = max(0, len(lines) - width + 1)
    mean: Image = lines[:size] + lines[1:][:size]
    for step in range(2, width):
        mean += lines[step:][:size]
    mean /= width
    return mean


def _whole(valid: Mask, reach: int) -> Mask:
    """Pixels around which a window holds recorded pixels only."""
    return valid if valid.all() else ndimage.minimum_filter(valid, size=2 * reach + 1, mode="constant", cval=0)
