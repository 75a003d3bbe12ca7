"""The real crop that travels with weights, as test input, as truth for the cover, and enlarged for timing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.package.axes import geometry
from zoo.tiling import reflected

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zoo.types import Architecture
    from zoo.weights import Weights

EDGE = 256
"""Edge of an image for timing nets over planes, in pixels; stacks are timed at the size of their sample."""


def test_input(stored: Weights, architecture: Architecture) -> npt.NDArray[np.generic]:
    """Raw counts, (channel, [z,] y, x), of a size that the net takes; a crop that is too small is mirrored."""
    images = [_image(stored, channel.name, architecture.spatial) for channel in stored.header.inputs]
    if len({image.shape[1:] for image in images}) > 1:
        shapes = ", ".join(str(image.shape) for image in images)
        raise ZooError(f"{stored.header.id}: the sample has inputs of different sizes: {shapes}")
    image = np.concatenate(images)
    return resized(image, geometry(architecture).sizes(image.shape[1:]))


def truth(stored: Weights, architecture: Architecture) -> npt.NDArray[np.float64] | None:
    """The first label of the sample as a plane, the middle one of a stack; None if the sample has none."""
    name = stored.header.outputs[0].name
    if name not in stored.sample:
        return None
    image = _image(stored, name, architecture.spatial).astype(np.float64)
    plane: npt.NDArray[np.float64] = image[0, image.shape[1] // 2] if architecture.spatial > 2 else image[0]  # noqa: PLR2004
    return plane


def larger(image: npt.NDArray[np.generic], step: Sequence[int]) -> npt.NDArray[np.generic]:
    """Mirror a plane until it is about as large as a small field; stacks are costly enough as they are."""
    if image.ndim > 3:  # noqa: PLR2004 - channel, z, y, x
        return image
    edges = [size + max(0, EDGE - size) // more * more for size, more in zip(image.shape[1:], step, strict=True)]
    return resized(image, edges)


def resized(image: npt.NDArray[Any], edges: Sequence[int]) -> npt.NDArray[Any]:
    """Cut an image at its far edges, or mirror it there."""
    for axis, edge in enumerate(edges, start=1):
        image = image.take(reflected(0, edge, image.shape[axis]), axis=axis)
    return image


def _image(stored: Weights, name: str, spatial: int) -> npt.NDArray[np.generic]:
    """A channel of the sample as (channel or plane, y, x), or (1, z, y, x) for a net over stacks."""
    if name not in stored.sample:
        raise ZooError(
            f"{stored.header.id}: the sample has no channel {name!r}; it has {', '.join(stored.sample) or 'none'}",
            hint="train it again, or add the crop to the weight file",
        )
    image = stored.sample[name]
    return image[None] if image.ndim == spatial else image
