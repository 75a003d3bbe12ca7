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
    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Image, Mask

LUMINANCE = 0.01**2
"""C1 = (K1 L)² of Wang et al. 2004 with K1 = 0.01 and data range L = 1."""
CONTRAST = 0.03**2
"""C2 = (K2 L)² with K2 = 0.03."""
GAUSSIAN = tuple(float(weight) for weight in np.exp(-0.5 * (np.arange(6) / 1.5) ** 2))
"""Wang's window of 11 pixels, from the middle outwards: a gaussian of 1.5 pixels, cut where scikit-image cuts it."""
BOX = (1.0,) * 4
"""scikit-image's default window of 7 pixels, all of one weight."""
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
    weights: Image
    """Of the window along each axis, from the middle outwards; with the mirrored half they sum to 1."""
    sample: float
    """What variances are multiplied by: 1, or n / (n - 1) for those of a sample of n pixels."""


def windows(image: Image, valid: Mask, shape: tuple[float, ...], *, sample: bool = False) -> Windows:
    """What SSIM needs of a truth that lies in [0, 1]; ``shape`` is a window's, from the middle outwards."""
    weights = np.array(shape) / (2 * sum(shape) - shape[0])
    pixels = (2 * len(shape) - 1) ** image.ndim
    factor = pixels / (pixels - 1) if sample else 1.0
    mean = local_mean(image, weights)
    variance = factor * (local_mean(image**2, weights) - mean**2)
    return Windows(image, mean, variance, cropped(_whole(valid, len(shape) - 1), len(shape) - 1), weights, factor)


def similarity_map(prediction: Image, truth: Windows) -> Image:
    """SSIM of each window of a prediction that lies in [0, 1]; to be read where windows are whole."""
    made = np.empty_like(truth.mean)
    margin = 2 * (len(truth.weights) - 1)
    for start in range(0, made.shape[-2], STRIPE):
        rows = (..., slice(start, start + STRIPE), slice(None))
        seen = (..., slice(start, start + STRIPE + margin), slice(None))
        mean = local_mean(prediction[seen], truth.weights)
        variance = local_mean(prediction[seen] ** 2, truth.weights) - mean**2
        covariance = local_mean(prediction[seen] * truth.image[seen], truth.weights) - mean * truth.mean[rows]
        luminance = (2 * mean * truth.mean[rows] + LUMINANCE) / (mean**2 + truth.mean[rows] ** 2 + LUMINANCE)
        spread = truth.sample * variance + truth.variance[rows] + CONTRAST
        made[rows] = luminance * (2 * truth.sample * covariance + CONTRAST) / spread
    return made


def local_mean(image: Image, weights: Image) -> Image:
    """Weighted mean of each window that fits into an image, along all of its axes."""
    for axis in range(image.ndim):
        image = _along(image, weights, axis)
    return image


def cropped(image: Mask, margin: int) -> Mask:
    """An image without that many pixels at each border: one for each window that fits."""
    return image[tuple(slice(margin, max(margin, edge - margin)) for edge in image.shape)]


def structural_similarity(pair: Pair) -> float:
    """Mean SSIM over the pixels whose whole window was recorded; NaN if there is none (an image under 11 pixels)."""
    return averaged(pair.similarity, pair.truth.windows.whole)


def structural_similarity_inside(pair: Pair) -> float:
    """Mean SSIM over those pixels inside cells; NaN if there is none."""
    return averaged(pair.similarity, pair.truth.windows.whole & cropped(pair.truth.inside, len(GAUSSIAN) - 1))


def averaged(values: Image, counted: Mask) -> float:
    """Mean over the pixels that count; NaN if there is none."""
    return float(values[counted].mean()) if counted.any() else nan


def _along(image: Image, weights: Image, axis: int) -> Image:
    """Weighted mean along one axis, shorter by the window's reach on both sides."""
    reach = len(weights) - 1
    lines = np.moveaxis(image, axis, 0)
    size = max(0, len(lines) - 2 * reach)
    mean = weights[0] * lines[reach : reach + size]
    both = np.empty_like(mean)
    for step in range(1, reach + 1):
        np.add(lines[reach - step :][:size], lines[reach + step :][:size], out=both)
        both *= weights[step]
        mean += both
    return np.moveaxis(mean, 0, axis)


def _whole(valid: Mask, reach: int) -> Mask:
    """Pixels around which a window holds recorded pixels only."""
    return valid if valid.all() else ndimage.minimum_filter(valid, size=2 * reach + 1, mode="constant", cval=0)
