"""Structural similarity (SSIM): scikit-image's definition, with the truth's half worked out once for all models.

``skimage.metrics.structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)``
on clipped images gives the same number to 1e-6 wherever all pixels are valid; tests hold it to that.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.pairs import blurred

if TYPE_CHECKING:
    from harness.metrics.pairs import Pair

LUMINANCE = 0.01**2
"""C1 = (K1 L)² of Wang et al. 2004 with K1 = 0.01 and data range L = 1."""
CONTRAST = 0.03**2
"""C2 = (K2 L)² with K2 = 0.03."""


def structural_similarity(pair: Pair) -> float:
    """Mean SSIM over the pixels whose whole window was recorded; NaN if there is none (an image under 11 pixels)."""
    truth = pair.truth.windows
    if not truth.whole.any():
        return nan
    clipped = np.clip(np.where(pair.truth.valid, pair.prediction, 0.0), 0.0, 1.0)
    mean = blurred(clipped)
    product = mean * truth.mean
    squares = mean**2 + truth.mean**2
    variances = blurred(clipped**2) + truth.square - squares
    covariance = blurred(clipped * truth.clipped) - product
    luminance = (2 * product + LUMINANCE) / (squares + LUMINANCE)
    structure = (2 * covariance + CONTRAST) / (variances + CONTRAST)
    return float((luminance * structure)[truth.whole].mean())
