"""Which pixels were recorded: rules that a manifest may name, as pure functions of the pixels of a whole image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage import filters, measure, morphology

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zoo.data.manifest import ValidRule

    Mask = npt.NDArray[np.bool_]


def valid_pixels(
    rule: ValidRule, inputs: Sequence[npt.NDArray[np.generic]], labels: Sequence[npt.NDArray[np.generic]]
) -> Mask:
    """True where a pixel was recorded, ``y x``.

    ``inputs`` and ``labels`` are the whole images of one field, ``... y x``, in counts. Without a rule all is valid.
    """
    shape = inputs[0].shape[-2:]
    match rule:
        case "nonzero":
            return nonzero([_flat(image) for image in (*inputs, *labels)])
        case "lit":
            return lit(_flat(inputs[0]).mean(axis=0))
        case "":
            return np.ones(shape, dtype=np.bool_)


def _flat(image: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Planes and times on one axis: ``n y x``."""
    return image.reshape(-1, *image.shape[-2:])


def nonzero(images: Sequence[npt.NDArray[np.generic]]) -> Mask:
    """False where every channel is exactly zero in an area that touches the edge: what registration padded.

    A camera's offset keeps real pixels above zero; asking for all channels at once, and for the edge, spares the zeros
    that a background subtraction leaves inside an image.
    """
    blank = np.all([(image == 0).all(axis=0) for image in images], axis=0)
    framed = np.pad(blank, 1, constant_values=True)
    areas, _ = ndimage.label(framed)
    return np.asarray(areas[1:-1, 1:-1] != areas[0, 0], dtype=np.bool_)


def lit(image: npt.NDArray[np.floating]) -> Mask:
    """The convex hull of the largest bright area: the lit bottom of a well in its dark surround.

    The threshold is Otsu's on log counts, since the light falls off from the middle; the hull takes in animals that lie
    dark at the wall. A median over 5 px quietens the noise and leaves the edge in its place; an opening by 5 px removes
    what glows outside of it.
    """
    smooth = ndimage.median_filter(np.asarray(image, dtype=np.float64), 5)
    bright = np.log(smooth - smooth.min() + 1.0)
    opened = morphology.opening(bright > filters.threshold_otsu(bright), morphology.disk(5))
    areas = measure.label(opened)
    sizes = np.bincount(areas.ravel())[1:]
    if not len(sizes):
        return np.ones(image.shape, dtype=np.bool_)
    return np.asarray(morphology.convex_hull_image(areas == 1 + sizes.argmax()), dtype=np.bool_)
