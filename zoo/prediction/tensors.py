"""Channels into tensors, planes and times in turn, resampling, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zoo.package import Tensor
    from zoo.runtime import Model

    Images = Mapping[str, xr.DataArray]


def predict_channels(model: Model, given: Images, factor: float, what: str) -> dict[str, xr.DataArray]:
    """Outputs by channel of the model; times, and planes that the net does not take together, one after the other."""
    package = model.package
    loops = [axis for axis in ("t", "z") if any(axis in image.dims for image in given.values())]
    together = package.spatial == 3 or any(channel.planes > 1 for channel in package.input_channels)  # noqa: PLR2004
    loops = [axis for axis in loops if axis == "t" or not together]
    if not loops:
        return _predict_one(model, given, factor, what)
    axis = loops[0]
    count = max(image.sizes.get(axis, 1) for image in given.values())
    found = [
        predict_channels(model, {name: _at(image, axis, index) for name, image in given.items()}, factor, what)
        for index in range(count)
    ]
    return {name: xr.concat([one[name] for one in found], axis) for name in found[0]}


def _at(image: xr.DataArray, axis: str, index: int) -> xr.DataArray:
    """One step along an axis; an image without it stays for all of them."""
    return image.isel({axis: index}) if axis in image.dims else image


def _predict_one(model: Model, given: Images, factor: float, what: str) -> dict[str, xr.DataArray]:
    package = model.package
    inputs = {tensor.id: _tensor(tensor, given, package.spatial, factor, what) for tensor in package.inputs}
    first = next(iter(given.values()))
    shape = first.sizes["y"], first.sizes["x"]
    outputs = model.predict(inputs)
    found = {}
    for tensor in package.outputs:
        for place, channel in zip(tensor.places, tensor.channels, strict=True):
            image = _resized(outputs[tensor.id][place], shape)
            found[channel.name] = xr.DataArray(image, dims=("z", "y", "x")[-image.ndim :], name=channel.name)
    return found


def _tensor(tensor: Tensor, given: Images, spatial: int, factor: float, what: str) -> npt.NDArray[Any]:
    """The channels of one input tensor, (channel, [z,] y, x); planes are channels of a net over planes."""
    parts = []
    for channel in tensor.channels:
        image = given[channel.name].transpose("z", "y", "x", missing_dims="ignore")
        planes = image.sizes.get("z", 1)
        if spatial == 2 and planes != channel.planes:  # noqa: PLR2004 - axes in space
            raise ZooError(
                f"{what}: channel {channel.name!r} has {planes} planes, the model needs {channel.planes}",
                hint="give the planes that it was trained with, in their order",
            )
        pixels = image.to_numpy()
        pixels = pixels[None] if pixels.ndim == 2 else pixels  # noqa: PLR2004 - y, x
        height, width = (max(1, round(edge * factor)) for edge in pixels.shape[1:])
        pixels = _resized(pixels, (height, width))
        parts.append(pixels[None] if spatial == 3 else pixels)  # noqa: PLR2004 - as above
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _resized(image: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Resample y and x, smoothed first where it shrinks, so that counts stay what they were; as it is if they fit."""
    if image.shape[-2:] == shape:
        return image
    from skimage.transform import resize  # noqa: PLC0415 - half a second that few images need

    planes = image.reshape(-1, *image.shape[-2:]).astype(np.float32)
    shrinks = shape[0] < image.shape[-2]
    done = [resize(plane, shape, order=1, mode="reflect", anti_aliasing=shrinks) for plane in planes]
    return np.stack(done).reshape(*image.shape[:-2], *shape).astype(np.float32)
