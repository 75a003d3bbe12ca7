"""What a linear model may look at: the planes of a field and a few local sums of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.fields import Counts, Mask

Features: TypeAlias = npt.NDArray[np.float32]

SCALES = (1.0, 4.0, 16.0)
"""Standard deviations of the gaussian windows in pixels: an organelle, a bacterium, a nucleus."""
VOLUME = 3


def features(inputs: Sequence[Counts], valid: Mask) -> Features:
    """Features of every pixel of a grid, axis 0 is the feature: of each input its planes, then local means and spreads.

    ``inputs`` have axes ``y x`` or ``z y x``; ``valid`` has the axes of the label. Where the label is a volume, each
    voxel sees its own plane; where it is an image, it sees every plane, and windows of the middle one.
    """
    return np.concatenate([_of_one_input(standardised(image, valid), valid.ndim) for image in inputs])


def standardised(image: Counts, valid: Mask) -> Counts:
    """z-score over the recorded pixels of this image, since lamps differ from day to day; 0 elsewhere."""
    mask = np.broadcast_to(valid if valid.ndim <= image.ndim else valid.all(axis=0), image.shape)
    values = image[mask] if mask.any() else np.zeros(1, np.float32)
    sd = float(values.std())
    scaled = (image - float(values.mean())) / (sd or 1.0)
    return np.where(mask, scaled, 0.0).astype(np.float32)


def middle(image: Counts, axes: int) -> Counts:
    """The image that stands for an input on a label's grid of that many axes: itself, or its middle plane."""
    return image[len(image) // 2] if image.ndim == VOLUME and axes < VOLUME else image


def _of_one_input(image: Counts, axes: int) -> Features:
    planes = list(image) if image.ndim == VOLUME and axes < VOLUME else [image]
    seen = middle(image, axes)
    found = [*planes]
    for scale in SCALES:
        mean = _smooth(seen, scale)
        variance = _smooth(seen**2, scale) - mean**2
        found += [mean, np.sqrt(np.maximum(variance, 0.0))]
    return np.stack(found)


def _smooth(image: Counts, scale: float) -> Counts:
    in_plane = (0.0,) * (image.ndim - 2) + (scale, scale)
    return ndimage.gaussian_filter(image, in_plane, mode="reflect", truncate=3.0)
