"""Reading of OME-Zarr 0.4 (Zarr 2) and 0.5 (Zarr 3) images with zarr-python alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from zoo.images.calibration import Calibration, in_micrometres
from zoo.images.files import damaged
from zoo.images.lazy import Key, LazyPixels, lazy_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError)
"""What zarr and its codecs raise for a group that is no group or a chunk that is no chunk."""


class ZarrPixels(LazyPixels):
    """One level of a multiscale image."""

    def __init__(self, path: Path, level: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        """``level`` is the path of the array inside the group."""
        super().__init__(shape, dtype)
        self.path = path
        self.level = level

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Decode the chunks that the key touches."""
        try:
            array: Any = zarr.open_array(self.path / self.level, mode="r")
            return np.asarray(array[key])
        except DAMAGE as error:
            raise damaged(
                self.path, f"damaged OME-Zarr, array {self.level!r} ({type(error).__name__}: {error})"
            ) from error


def read_zarr(path: Path) -> xr.DataArray:
    """See ``zoo.images.read_image``."""
    metadata = _metadata(path)
    multiscale = metadata["multiscales"][0]
    try:
        axes = [axis["name"] for axis in multiscale["axes"]]
        level = multiscale["datasets"][0]
        array: Any = zarr.open_array(path / level["path"], mode="r")
        scales = [_scale(level, len(axes)), _scale(multiscale, len(axes))]
    except DAMAGE as error:
        raise damaged(path, f"damaged OME-Zarr ({type(error).__name__}: {error})") from error
    if not {"y", "x"} <= set(axes) <= set("tczyx") or len(axes) != array.ndim:
        raise damaged(path, f"axes {axes} of an array with {array.ndim} dimensions cannot be read as t, c, z, y, x")
    calibration = _calibration(
        metadata, multiscale["axes"], [first * second for first, second in zip(*scales, strict=True)]
    )
    return lazy_image(ZarrPixels(path, level["path"], array.shape, array.dtype), axes, calibration)


def _metadata(path: Path) -> Mapping[str, Any]:
    """The OME part of a group's attributes: under ``ome`` since 0.5, at the top in 0.4."""
    try:
        attributes = zarr.open_group(path, mode="r").attrs.asdict()
    except DAMAGE as error:
        raise damaged(path, f"not a Zarr group ({type(error).__name__}: {error})") from error
    found = attributes.get("ome", attributes)
    if not isinstance(found, dict) or not found.get("multiscales"):
        raise damaged(path, "a Zarr group without OME 'multiscales' metadata; give the path of one image inside it")
    return found


def _scale(node: Mapping[str, Any], dimensions: int) -> Sequence[float]:
    for transformation in node.get("coordinateTransformations", ()):
        if transformation.get("type") == "scale":
            return [float(value) for value in transformation["scale"]]
    return [1.0] * dimensions


def _calibration(metadata: Mapping[str, Any], axes: Sequence[Mapping[str, Any]], scale: Sequence[float]) -> Calibration:
    lengths = {axis["name"]: in_micrometres(step, axis.get("unit")) for axis, step in zip(axes, scale, strict=True)}
    names = tuple(str(channel.get("label", "")) for channel in metadata.get("omero", {}).get("channels", ()))
    return Calibration(names=names if all(names) else (), pixel_size=lengths.get("x"), z_step=lengths.get("z"))
