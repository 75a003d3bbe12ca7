"""Images less their local mean, over recorded pixels alone: what is left is detail.

The local mean is taken by Fourier transform, which costs as much for a wide gaussian as for a narrow one. Outside of
the image nothing was recorded; ``scipy.ndimage.gaussian_filter`` with ``mode="constant"``, of the image and of the
mask, gives the same numbers, and tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    from harness.metrics.samples import Image, Mask

TRUNCATE = 4.0
"""Where the gaussian ends, in standard deviations: the default of ``scipy.ndimage``."""


@dataclass(frozen=True)
class Gaussian:
    """Weights of a local mean along each axis of a plane."""

    sd: float
    """In pixels."""

    @property
    def radius(self) -> int:
        """How far it reaches, in pixels."""
        return int(TRUNCATE * self.sd + 0.5)

    @property
    def weights(self) -> Image:
        """From the middle outwards; with the mirrored half they sum to 1.

        >>> Gaussian(0.3).weights
        array([0.99232748, 0.00383626])
        """
        half = np.exp(-0.5 * (np.arange(self.radius + 1) / self.sd) ** 2)
        return np.asarray(half / (2 * half.sum() - half[0]))


def high_pass(image: Image, valid: Mask, covered: Image, gaussian: Gaussian) -> Image:
    """An image less its local mean in the plane; 0 where nothing was recorded. ``covered`` is that of the mask."""
    recorded = np.where(valid, image, 0.0)
    local = smoothed(recorded, gaussian)
    local /= covered
    recorded -= local
    recorded *= valid
    return recorded


def coverage(valid: Mask, gaussian: Gaussian) -> Image:
    """Which part of each pixel's surroundings was recorded; 1 where the pixel itself was not, so that it divides."""
    return np.where(valid, smoothed(valid.astype(np.float64), gaussian), 1.0)


def smoothed(image: Image, gaussian: Gaussian) -> Image:
    """The weighted mean around each pixel of a plane; outside of the image counts as zero."""
    rows, columns = image.shape[-2:]
    padded = [fft.next_fast_len(edge + gaussian.radius, real=True) for edge in (rows, columns)]
    transform = fft.rfft2(image, padded)
    transform *= _gain(gaussian, padded[0])[:, None]
    transform *= _gain(gaussian, padded[1])[: transform.shape[-1]]
    return np.asarray(fft.irfft2(transform, padded, overwrite_x=True)[..., :rows, :columns])


@lru_cache(maxsize=16)
def _gain(gaussian: Gaussian, size: int) -> Image:
    """The transfer function along an axis of that many pixels; real, since the weights are symmetric."""
    weights = gaussian.weights
    phase = 2 * np.pi / size * np.outer(np.arange(size), np.arange(1, gaussian.radius + 1))
    return np.asarray(weights[0] + (2 * np.cos(phase) * weights[1:]).sum(axis=1))
