"""From the sources of a channel to one lazy image on ``t z y x``: channel picked, planes stacked, claims compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.images import read_image
from zoo.images.lazy import Key, LazyPixels, lazy_variable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

PIXEL_SIZE_TOLERANCE = 0.02
"""Relative difference between a manifest's pixel size and a file's that is still taken for rounding."""


@dataclass(frozen=True)
class Planes:
    """What a manifest promises of a channel's or a mask's images."""

    where: str
    """Dataset, field and name, for messages."""
    count: int | None
    """Focal planes; None where any number will do (masks)."""
    pixel_size: float | None
    """µm; None where unknown or not to be compared."""


class StackPixels(LazyPixels):
    """Single images as the planes of a stack, ``z`` before all other axes."""

    def __init__(self, planes: Sequence[xr.Variable]) -> None:
        """All planes have the shape of the first."""
        super().__init__((len(planes), *planes[0].shape), planes[0].dtype)
        self.planes = tuple(planes)

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Read only the planes that the key names."""
        first, rest = key[0], key[1:]
        if isinstance(first, int | np.integer):
            return np.asarray(self.planes[first][rest].to_numpy())
        chosen = [plane[rest].to_numpy() for plane in self.planes[first]]
        return np.stack(chosen) if chosen else np.empty((0, *self.planes[0][rest].shape), self.dtype)


class FinitePixels(LazyPixels):
    """Floating-point pixels that are refused when one of them is no number."""

    def __init__(self, inner: xr.Variable, where: str) -> None:
        """``where`` names file and field for the message."""
        super().__init__(inner.shape, inner.dtype)
        self.inner = inner
        self.where = where

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Read and look."""
        pixels = np.asarray(self.inner[key].to_numpy())
        bad = pixels.size - int(np.isfinite(pixels).sum())
        if bad:
            message = f"{self.where}: {bad} of {pixels.size} pixels are NaN or infinite"
            raise ZooError(message, hint="remove the field from the manifest, or replace these pixels in the file")
        return pixels


def image_of(sources: Sequence[tuple[Path, int | None]], wanted: Planes) -> xr.Variable:
    """One lazy image from a file, or from one file or channel for each plane."""
    single = [_picked(path, channel, wanted) for path, channel in sources]
    image = single[0] if len(single) == 1 else _stacked(single, sources, wanted)
    found = image.sizes.get("z", 1)
    if wanted.count is not None and found != wanted.count:
        message = f"{wanted.where}: found {found} planes in {sources[0][0]}, expected {wanted.count}"
        raise ZooError(message, hint="correct planes in the manifest")
    if np.issubdtype(image.dtype, np.floating):
        return lazy_variable(FinitePixels(image, f"{wanted.where}: {sources[0][0]}"), [str(dim) for dim in image.dims])
    return image


def _picked(path: Path, channel: int | None, wanted: Planes) -> xr.Variable:
    image = read_image(path)
    _check_pixel_size(image, path, wanted)
    if channel is not None:
        count = image.sizes.get("c", 1)
        if channel >= count:
            message = f"{wanted.where}: {path} has no channel #{channel}; it has {count}, from #0 to #{count - 1}"
            raise ZooError(message, hint="correct the number after # in the manifest")
        return image.isel(c=channel).variable if "c" in image.dims else image.variable
    if "c" not in image.dims:
        return image.variable
    if "z" not in image.dims and image.sizes["c"] == wanted.count:
        return image.drop_vars("c", errors="ignore").rename(c="z").variable
    names = [f"#{index} {name}".strip() for index, name in enumerate(_names(image))]
    message = f"{wanted.where}: {path} has {len(names)} channels: {', '.join(names)}; the manifest names none of them"
    raise ZooError(message, hint=f"write {path.name}#0 for the first")


def _names(image: xr.DataArray) -> list[str]:
    return [str(name) for name in image.coords["c"].to_numpy()] if "c" in image.coords else [""] * image.sizes["c"]


def _check_pixel_size(image: xr.DataArray, path: Path, wanted: Planes) -> None:
    found, expected = image.attrs.get("pixel_size"), wanted.pixel_size
    if found and expected and abs(found / expected - 1) > PIXEL_SIZE_TOLERANCE:
        message = f"{wanted.where}: {path} states a pixel size of {found:g} µm, the manifest {expected:g} µm"
        hint = "correct pixel_size in the manifest, or set ignore_file_pixel_size = true where the file is wrong"
        raise ZooError(message, hint=hint)


def _stacked(single: Sequence[xr.Variable], sources: Sequence[tuple[Path, int | None]], wanted: Planes) -> xr.Variable:
    for image, (path, _) in zip(single, sources, strict=True):
        if image.dims != ("y", "x") or image.shape != single[0].shape:
            message = f"{wanted.where}: plane {path} has shape {image.shape}, the first plane {single[0].shape}"
            raise ZooError(message, hint="give single images of one size, one for each plane")
    return lazy_variable(StackPixels(single), ("z", "y", "x"))
