"""A time-lapse of quantitative phase, from one file or from a folder with a file for each frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from zoo.errors import ZooError
from zoo.images import read_image
from zoo.images.files import SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

Frames: TypeAlias = npt.NDArray[np.floating]
"""Axes ``t y x``."""


@dataclass(frozen=True, eq=False)
class Film:
    """Phase over time."""

    phase: Frames
    """In radians."""
    pixel_size: float
    """In µm."""
    interval: float
    """Hours from one frame to the next; 0 where there is but one."""

    @property
    def hours(self) -> npt.NDArray[np.float64]:
        """Of each frame, from the first on."""
        return np.arange(len(self.phase), dtype=np.float64) * self.interval


def read_film(source: Path, *, channel: str, pixel_size: float | None, interval: float | None) -> Film:
    """Read a time-lapse of phase in radians; what the file does not say has to be told.

    ``channel`` is the name or index of the phase where there are several; ``pixel_size`` in µm goes before what the
    file says, ``interval`` is in hours. Raises ``ZooError`` for counts in place of radians, for pixels that are not
    finite, and where a size or an interval is missing.
    """
    image = read_frames(source, channel)
    if image.dtype.kind != "f":
        raise ZooError(
            f"{source}: pixels of type {image.dtype}, expected phase in radians as floating-point numbers",
            hint="convert counts to radians first; bright field or phase contrast holds no phase to be weighed",
        )
    size = pixel_size or image.attrs.get("pixel_size")
    if size is None:
        raise ZooError(f"{source}: does not say how large a pixel is", hint="for example --pixel-size 0.325")
    phase = image.to_numpy().astype(np.float64)
    if bad := phase.size - int(np.isfinite(phase).sum()):
        raise ZooError(
            f"{source}: {bad} of {phase.size} pixels are NaN or infinite", hint="crop the images, or fill them"
        )
    if interval is None and len(phase) > 1:
        raise ZooError(f"{source}: {len(phase)} frames, and nobody says when", hint="hours between two: --interval 2")
    return Film(phase, float(size), interval or 0.0)


def read_frames(source: Path, channel: str = "") -> xr.DataArray:
    """One channel of a file, or of a folder with a file for each frame in the order of their numbers: ``t y x``."""
    if source.is_dir() and source.suffix != ".zarr":
        return _joined(source, channel)
    image = _chosen(read_image(source), channel, source)
    if "z" in image.dims:
        raise ZooError(f"{source}: a stack of {image.sizes['z']} planes, expected one plane for each time point")
    return image.expand_dims("t").transpose("t", "y", "x") if "t" not in image.dims else image


def _joined(folder: Path, channel: str) -> xr.DataArray:
    paths = sorted((path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES), key=_order)
    if not paths:
        raise ZooError(f"{folder}: holds no images", hint=f"known formats: {', '.join(sorted(SUFFIXES))}")
    frames = [read_frames(path, channel) for path in paths]
    for path, frame in zip(paths, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise ZooError(
                f"{path}: has shape {frame.shape}, expected {frames[0].shape} as {paths[0].name}",
                hint="leave in the folder what belongs to one time-lapse",
            )
    return xr.concat(frames, "t", coords="minimal", compat="override", combine_attrs="override")


def _order(path: Path) -> list[tuple[bool, int, str]]:
    """Numbers by value, words by letters.

    >>> from pathlib import Path
    >>> sorted([Path("h10.tif"), Path("h9.tif")], key=_order)[0].name
    'h9.tif'
    """
    parts = re.findall(r"\d+|\D+", path.name)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _chosen(image: xr.DataArray, channel: str, source: Path) -> xr.DataArray:
    if "c" not in image.dims:
        return image
    names = [str(name) for name in image.coords["c"].to_numpy()] if "c" in image.coords else []
    index = names.index(channel) if channel in names else int(channel) if channel.isdecimal() else image.sizes["c"]
    if index >= image.sizes["c"]:
        offered = ", ".join(names) or f"{image.sizes['c']} without names"
        raise ZooError(
            f"{source}: no telling which channel is meant; it has {offered}", hint="name or index: --channel 0"
        )
    return image.isel(c=index, drop=True)
