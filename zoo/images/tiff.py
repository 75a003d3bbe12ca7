"""TIFF, OME-TIFF, ImageJ and MetaMorph stacks, through tifffile."""

from __future__ import annotations

import logging
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from zoo.errors import ZooError
from zoo.images.calibration import Calibration, in_micrometres
from zoo.images.directories import directories_end
from zoo.images.files import damaged
from zoo.images.lazy import Key, LazyPixels, lazy_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it has to say is said by our errors
AXIS_OF = {"T": "t", "C": "c", "S": "c", "Z": "z", "Y": "y", "X": "x"}
"""tifffile's axis letters that name one of ours; ``S`` are the samples of a pixel or of a plane."""
DAMAGE = (
    *(tifffile.TiffFileError, struct.error, zlib.error),
    *(ValueError, IndexError, KeyError, TypeError, EOFError, OSError, RuntimeError),
)
"""What tifffile and its decoders raise for damaged files."""


class TiffPixels(LazyPixels):
    """The first series of a TIFF file."""

    def __init__(self, path: Path, shape: tuple[int, ...], stored: np.dtype[Any], offset: int | None) -> None:
        """``offset`` of the first pixel where all of them lie in one uncompressed run, else None."""
        super().__init__(shape, stored.newbyteorder("="))
        self.path = path
        self.stored = stored
        self.offset = offset

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Map the file where it is plain; else decode only the strips and tiles that the key touches."""
        with _readable(self.path):
            if self.offset is not None:
                plain = np.memmap(self.path, self.stored, mode="r", offset=self.offset, shape=self.shape)
                return np.array(plain[key], dtype=self.dtype)
            return np.asarray(self._decoded(key), dtype=self.dtype)

    def _decoded(self, key: Key) -> npt.NDArray[np.generic]:
        import zarr  # noqa: PLC0415 - only compressed files need it

        with tifffile.imread(self.path, aszarr=True, series=0, level=0) as store:
            array: Any = zarr.open(store, mode="r")
            return np.asarray(array[key])


def read_tiff(path: Path) -> xr.DataArray:
    """See ``zoo.images.read_image``."""
    with _readable(path), tifffile.TiffFile(path) as tiff:
        if not tiff.series:
            raise damaged(path, "damaged TIFF: it holds no image")
        series = tiff.series[0]
        _refuse_truncated(path, series)
        dims = _dims(path, series.axes)
        stored = np.dtype(series.dtype).newbyteorder(tiff.byteorder)
        pixels = TiffPixels(path, series.shape, stored, series.dataoffset)
        calibration = _calibration(tiff)
    return lazy_image(pixels, dims, calibration)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise ZooError(f"{path}: may not be read", hint="check the permissions of the file") from error
    except DAMAGE as error:
        reason = str(error).split("\n")[0]
        raise damaged(path, f"truncated or damaged TIFF ({type(error).__name__}: {reason})") from error


def _refuse_truncated(path: Path, series: tifffile.TiffPageSeries) -> None:
    size = path.stat().st_size
    ends = (
        offset + count
        for page in series.pages
        if page is not None
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)
    )
    run = (series.dataoffset or 0) + series.nbytes if series.dataoffset is not None else 0
    last = max(directories_end(path), run, *ends)
    if last > size:
        raise damaged(path, f"truncated TIFF: it needs {last} bytes and has {size}")


def _dims(path: Path, axes: str) -> list[str]:
    """Our names for tifffile's axes. One axis that the file does not name (a page, a file) is taken for channels."""
    dims = [AXIS_OF.get(axis, "c") for axis in axes]
    if len(set(dims)) < len(dims) or not {"y", "x"} <= set(dims):
        raise damaged(path, f"axes {axes!r} cannot be read as t, c, z, y, x")
    return dims


def _calibration(tiff: tifffile.TiffFile) -> Calibration:
    if tiff.is_ome and tiff.ome_metadata:
        return _of_ome(tiff.ome_metadata)
    if tiff.is_imagej and tiff.imagej_metadata:
        return _of_imagej(tiff, tiff.imagej_metadata)
    if tiff.is_stk and tiff.stk_metadata:
        stk = tiff.stk_metadata
        size = (
            in_micrometres(stk.get("XCalibration"), stk.get("CalibrationUnits"))
            if stk.get("SpatialCalibration")
            else None
        )
        return Calibration(pixel_size=size)
    return Calibration()


def _of_ome(xml: str) -> Calibration:
    """The first image of an OME document; µm is OME's own unit where none is given."""
    document = tifffile.xml2dict(xml).get("OME", {})
    image = _first(document.get("Image"))
    pixels = _first(image.get("Pixels"))
    channels = pixels.get("Channel", ())
    channels = channels if isinstance(channels, list | tuple) else (channels,)
    names = tuple(str(channel.get("Name", "")) for channel in channels)
    return Calibration(
        names=names if all(names) else (),
        contrasts=tuple(str(channel.get("ContrastMethod", "")) for channel in channels),
        pixel_size=in_micrometres(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "µm")),
        z_step=in_micrometres(pixels.get("PhysicalSizeZ"), pixels.get("PhysicalSizeZUnit", "µm")),
    )


def _first(node: object) -> Mapping[str, Any]:
    node = node[0] if isinstance(node, list | tuple) and node else node
    return node if isinstance(node, dict) else {}


def _of_imagej(tiff: tifffile.TiffFile, metadata: Mapping[str, Any]) -> Calibration:
    """ImageJ keeps pixels per unit in the resolution tag and the unit in its own text."""
    unit = metadata.get("unit", "")
    tag = tiff.pages.first.tags.get("XResolution")
    pixels, length = tag.value if tag else (0, 0)
    labels = metadata.get("Labels") or ()
    channels = metadata.get("channels", 1)
    return Calibration(
        names=tuple(map(str, labels)) if len(labels) == channels else (),
        pixel_size=in_micrometres(length / pixels, unit) if pixels else None,
        z_step=in_micrometres(metadata.get("spacing"), unit),
    )
