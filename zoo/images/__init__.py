"""Images in and out: TIFF, OME-TIFF, OME-Zarr and PNG, read lazily with their channel names and pixel sizes.

Axes are named everywhere and never guessed from an array's length: dims come out of ``t c z y x``, in that order. This
module loads no format library until an image of that format is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.images.calibration import Calibration
from zoo.images.files import checked_path, container

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__all__ = ["read_image", "write_image"]


def read_image(path: Path) -> xr.DataArray:
    """Open an image; pixels are read when they are asked for.

    Dims out of ``t c z y x``, in that order, at least ``y x``; dtype and counts as in the file. ``attrs`` hold
    ``pixel_size`` and ``z_step`` in µm where the file states them in a unit of length; coordinate ``c`` holds the
    channel names where the file names them, and ``contrast`` its contrast methods in the words of OME. The finest level
    of a pyramid, the first series of a file.

    Raises ``ZooError`` for a file that is missing, truncated, damaged, or of another format.
    """
    path = checked_path(path)
    match container(path):
        case "tiff":
            from zoo.images.tiff import read_tiff  # noqa: PLC0415 - each format loads its own library

            return read_tiff(path)
        case "zarr":
            from zoo.images.omezarr import read_zarr  # noqa: PLC0415 - each format loads its own library

            return read_zarr(path)
        case "png":
            from zoo.images.png import read_png  # noqa: PLC0415 - each format loads its own library

            return read_png(path)


def write_image(
    array: xr.DataArray, path: Path, *, pixel_size: float | None = None, z_step: float | None = None
) -> Path:
    """Write an image as OME-TIFF (``.tif``, ``.tiff``) or OME-Zarr 0.5 (``.zarr``), with or without ``.ome`` before it.

    ``array`` has dims out of ``t c z y x`` in any order; coordinate ``c`` gives channel names. Sizes in µm; those not
    given are taken from ``array.attrs``. Written beside its place under another name and moved there when complete, so
    that a run that is killed leaves no half image; an image of that name is replaced. Returns ``path``.
    """
    from zoo.images import writing  # noqa: PLC0415 - loads the format libraries

    kind = container(path)
    if kind == "png":
        message = (
            f"{path}: cannot write a PNG: it holds neither channel names nor pixel sizes nor floating-point counts"
        )
        raise ZooError(
            message, hint=f"name it {path.with_suffix('').name}.ome.tif or {path.with_suffix('').name}.ome.zarr"
        )
    return writing.write(array, path, kind, Calibration.of(array, pixel_size, z_step))
