"""The one segmenter: gaussian, threshold, watershed of the distance transform. No weights.

It turns a truth, its repeat, a prediction and an unstained input (put on the scale of the truth by one affine fit) into
objects by the same few numbers, so that what differs between two results is what differs between two images. Its
threshold comes from truth, never from a prediction. ``harness.objects.fitting`` finds the numbers.

Lengths are in µm where the pixel size is known, else in pixels. Planes and stacks alike, with voxels that are as deep
as they are wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.segmentation import watershed

if TYPE_CHECKING:
    from collections.abc import Sequence

Image: TypeAlias = npt.NDArray[np.floating]
Mask: TypeAlias = npt.NDArray[np.bool_]
Labels: TypeAlias = npt.NDArray[np.int32]
"""An image of objects: 0 is background, 1 to n are objects without gaps."""

VERSION = 1
"""Of the pipeline: objects of two versions are never put beside each other."""
BACKGROUND = 1.0
"""Percentile of a smoothed truth that is called background."""
BRIGHTEST = 99.9
"""Percentile at which a truth is clipped before Otsu, lest one speck of dirt decide."""


@dataclass(frozen=True, kw_only=True)
class Segmenter:
    """Everything that decides an object. Plain numbers, to be kept as JSON."""

    smoothing: float
    """Standard deviation of the gaussian, in µm or pixels."""
    fraction: float
    """Where the threshold stands: 0 at the background of the truth, 1 at Otsu's threshold."""
    level: float | None = None
    """The threshold, on the scale of the training truth. None where counts cannot be compared between sessions: there
    every field takes it from its own truth, for all that is judged on it."""
    spacing: float
    """Least distance between the centres of two objects, in µm or pixels."""
    smallest: float
    """Smallest object, and smallest hole in one, in µm² or pixels (of a stack: µm³ or voxels)."""

    def threshold(self, truth: Image, valid: Mask, pixel_size: float = 1.0) -> float:
        """The threshold for everything that is judged on a field: the training level, or one from its own truth."""
        if self.level is not None:
            return self.level
        low, otsu = anchors([smoothed(truth, valid, self.smoothing / pixel_size)])
        return low + self.fraction * (otsu - low)

    def bright(self, image: Image, valid: Mask, threshold: float, pixel_size: float = 1.0) -> Mask:
        """The recorded pixels that exceed the threshold after smoothing."""
        known = np.where(valid, image, threshold)
        return (ndimage.gaussian_filter(known, self.smoothing / pixel_size) > threshold) & valid

    def labels(self, image: Image, valid: Mask, threshold: float, pixel_size: float = 1.0) -> Labels:
        """The objects of an image ``y x`` or ``z y x``. Pixels that are not ``valid`` belong to none."""
        smallest = self.smallest / pixel_size**image.ndim
        bright = self.bright(image, valid, threshold, pixel_size)
        whole = bright | _small(~bright, smallest) & valid
        return _large(_divided(whole, self.spacing / pixel_size), smallest)


def smoothed(image: Image, valid: Mask, sd: float) -> Image:
    """The recorded pixels, flat, of an image after a gaussian of that standard deviation in pixels."""
    recorded = image[valid]
    middle = np.median(recorded) if recorded.size else 0.0
    return ndimage.gaussian_filter(np.where(valid, image, middle), sd)[valid]


def anchors(values: Sequence[Image]) -> tuple[float, float]:
    """Background and Otsu's threshold of smoothed truths, all pixels together; equal if there is but one level."""
    pooled = np.concatenate([part.ravel() for part in values])
    if not pooled.size:
        return 0.0, 0.0
    low, high = (float(value) for value in np.percentile(pooled, [BACKGROUND, BRIGHTEST]))
    return low, float(threshold_otsu(pooled.clip(low, high))) if high > low else low


def _small(mask: Mask, smallest: float) -> Mask:
    """The connected parts of a mask that have fewer pixels than that."""
    parts, _ = ndimage.label(mask)
    small = np.bincount(parts.ravel()) < smallest
    small[0] = False
    return small[parts]


def _divided(mask: Mask, spacing: float) -> Labels:
    """A mask cut along the valleys between the summits of its distance transform."""
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask).astype(np.float32), spacing / 4)
    summit = mask & (ndimage.maximum_filter(depth, size=2 * ceil(spacing) + 1) == depth)
    seeds, count = ndimage.label(summit, np.ones((3,) * mask.ndim))
    cut = watershed(-depth, seeds, mask=mask)
    unseeded, _ = ndimage.label(mask & (cut == 0))  # in the shade of a greater neighbour
    return np.where(unseeded > 0, unseeded + count, cut)


def _large(labels: Labels, smallest: float) -> Labels:
    """The objects that have at least that many pixels, numbered without gaps."""
    sizes = np.bincount(labels.ravel())
    kept = sizes >= max(smallest, 1)
    kept[0] = False
    return (np.cumsum(kept, dtype=np.int32) * kept)[labels]
