"""What the axes of a package say about tiles, and the way of an array into a tensor's axes and back.

Outside of a net an image is (channel, [z,] y, x); inside, its axes stand as the package says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from zoo.errors import ZooError
from zoo.tiling import Sizes

if TYPE_CHECKING:
    import numpy.typing as npt

    from zoo.package import Axis, Package, Tensor

TILE = {2: (1024, 1024), 3: (32, 256, 256)}
"""Largest input of one pass where a package does not say, (y, x) or (z, y, x)."""


def sizes(package: Package) -> tuple[Sizes, ...]:
    """What the net accepts along each axis in space: one answer for all inputs, with the widest rim of all outputs."""
    if package.spatial not in TILE:
        _refuse(package, f"images of {package.spatial} axes in space")
    found = {_sizes_of(package, tensor) for tensor in package.inputs if not tensor.optional}
    if len(found) != 1:
        _refuse(package, "inputs of different sizes")
    return found.pop()


def limit(package: Package) -> tuple[int, ...]:
    """Largest input of one pass, as the package says or the default."""
    stored = package.config.get("tile", {}).get("size")
    return tuple(int(edge) for edge in stored) if stored else TILE[package.spatial]


def shrink(package: Package, output: Tensor) -> tuple[int, ...]:
    """By how many pixels an output is smaller than the input, along each axis in space."""
    given = package.inputs[0].spatial
    return tuple(_shrink(before, after) for before, after in zip(given, output.spatial, strict=True))


def into_tensor(tensor: Tensor, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """From (channel, [z,] y, x) to the axes of a tensor: a batch of one, any other axis of length one."""
    moved = image.transpose(_order(tensor)) if _has_channel(tensor) else image[0].transpose(_order(tensor))
    return np.expand_dims(moved, _single(tensor))


def from_tensor(tensor: Tensor, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The way back."""
    moved = array.squeeze(axis=_single(tensor)).transpose(np.argsort(_order(tensor)))
    return moved if _has_channel(tensor) else moved[None]


def _sizes_of(package: Package, tensor: Tensor) -> tuple[Sizes, ...]:
    if any(axis.reference is not None for axis in tensor.spatial):
        _refuse(package, f"an input {tensor.id!r} whose sizes follow another")
    if any(axis.smallest > 1 for axis in tensor.axes if axis.kind in ("time", "index", "batch")):
        _refuse(package, f"an input {tensor.id!r} with more than one image at a time")
    for output in package.outputs:
        if [axis.id for axis in output.spatial] != [axis.id for axis in tensor.spatial]:
            _refuse(package, f"an output {output.id!r} without the axes of its input")
        if any(not _same_grid(before, after) for before, after in zip(tensor.spatial, output.spatial, strict=True)):
            _refuse(package, f"an output {output.id!r} on another grid than its input")
    return tuple(
        Sizes(
            smallest=axis.smallest,
            step=axis.step,
            shrink=max(shrink(package, output)[index] for output in package.outputs),
            halo=max(output.spatial[index].halo for output in package.outputs),
        )
        for index, axis in enumerate(tensor.spatial)
    )


def _same_grid(before: Axis, after: Axis) -> bool:
    """Whether a pixel of the output covers a pixel of the input."""
    if after.reference is None:
        return before.step == 0 and after.step == 0 and _shrink(before, after) >= 0
    return after.reference[1] == before.id and after.scale == before.scale and after.offset <= 0


def _shrink(before: Axis, after: Axis) -> int:
    return -after.offset if after.reference is not None else before.smallest - after.smallest


def _order(tensor: Tensor) -> list[int]:
    """Places in (channel, [z,] y, x), or ([z,] y, x) without a channel, of the tensor's axes."""
    names = [axis.id for axis in tensor.spatial]
    first = int(_has_channel(tensor))
    kept = (axis for axis in tensor.axes if axis.kind in ("channel", "space"))
    return [0 if axis.kind == "channel" else first + names.index(axis.id) for axis in kept]


def _single(tensor: Tensor) -> tuple[int, ...]:
    """Places of the axes of length one: the batch, and whatever is neither channel nor space."""
    return tuple(place for place, axis in enumerate(tensor.axes) if axis.kind not in ("channel", "space"))


def _has_channel(tensor: Tensor) -> bool:
    return any(axis.kind == "channel" for axis in tensor.axes)


def _refuse(package: Package, what: str) -> NoReturn:
    raise ZooError(
        f"{package.path}: has {what}, which cannot be run here",
        hint="run the package with bioimageio.core, and judge what it wrote with: zoo score FOLDER",
    )
