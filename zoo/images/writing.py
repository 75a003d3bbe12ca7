"""Writing of OME-TIFF and OME-Zarr 0.5: whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zoo.errors import ZooError
from zoo.images.colours import RANGE, SAMPLES, colours, hexadecimal
from zoo.images.lazy import AXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from zoo.images.calibration import Calibration

PYRAMID_EDGE = 1024
"""An OME-Zarr image with a longer edge than this gets coarser levels until none is longer."""
CHUNK_EDGE = 512


def write(array: xr.DataArray, path: Path, kind: Literal["tiff", "zarr"], calibration: Calibration) -> Path:
    """See ``zoo.images.write_image``."""
    dims = [axis for axis in AXES if axis in array.dims]
    if set(dims) != set(array.dims) or not {"y", "x"} <= set(dims):
        message = f"{path}: cannot write an image with dims {tuple(array.dims)}; dims out of t, c, z, y, x with y and x"
        raise ZooError(message, hint="rename or select dimensions first")
    pixels = array.transpose(*dims).to_numpy()
    pixels = _storable(pixels, path)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        (_write_tiff if kind == "tiff" else _write_zarr)(part, pixels, dims, calibration)
        _move(part, path)
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror or error})"
        raise ZooError(message, hint="choose another output folder with -o, or make room") from error
    finally:
        _remove(part)
    return path


def _storable(pixels: npt.NDArray[Any], path: Path) -> npt.NDArray[Any]:
    """OME knows no truth values, no half floats and no 64-bit integers; the first two fit into others without loss."""
    kept = {np.dtype(np.bool_): np.uint8, np.dtype(np.float16): np.float32}.get(pixels.dtype, pixels.dtype)
    if kept in (np.int64, np.uint64) or np.dtype(kept).kind not in "uif":
        message = (
            f"{path}: cannot write pixels of type {pixels.dtype}; OME images hold integers up to 32 bits and floats"
        )
        raise ZooError(message, hint="convert them first, for example to int32 or float32")
    return pixels.astype(kept, copy=False)


def _move(part: Path, path: Path) -> None:
    """Put the new image in its place; a folder cannot replace a folder in one step, so the old one is set aside."""
    aside = path.with_name(f"{part.name}.old")
    if path.is_dir():
        path.rename(aside)
    part.replace(path)
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def _write_tiff(part: Path, pixels: npt.NDArray[Any], dims: list[str], calibration: Calibration) -> None:
    import tifffile  # noqa: PLC0415 - only where a TIFF is written

    metadata: dict[str, Any] = {"axes": "".join(dims).upper()}
    if calibration.names:
        metadata["Channel"] = {"Name": list(calibration.names)}
    if calibration.pixel_size:
        metadata |= {f"PhysicalSize{axis}": calibration.pixel_size for axis in "XY"}
        metadata |= {f"PhysicalSize{axis}Unit": "µm" for axis in "XY"}
    if calibration.z_step and "z" in dims:
        metadata |= {"PhysicalSizeZ": calibration.z_step, "PhysicalSizeZUnit": "µm"}
    with part.open("wb") as file:
        tifffile.imwrite(file, pixels, ome=True, photometric="minisblack", metadata=metadata)
        file.flush()
        os.fsync(file.fileno())


def _write_zarr(part: Path, pixels: npt.NDArray[Any], dims: list[str], calibration: Calibration) -> None:
    import zarr  # noqa: PLC0415 - only where a Zarr group is written

    group = zarr.open_group(part, mode="w", zarr_format=3)
    levels = list(_levels(pixels))
    for number, level in enumerate(levels):
        chunks = tuple(
            min(edge, CHUNK_EDGE) if axis in "yx" else 1 for axis, edge in zip(dims, level.shape, strict=True)
        )
        stored = group.create_array(
            str(number), shape=level.shape, dtype=level.dtype, chunks=chunks, dimension_names=dims
        )
        stored[...] = level
    group.attrs["ome"] = _ome(part, dims, len(levels), calibration, pixels)


def _levels(pixels: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """The image, then every second pixel of it, until no edge is longer than ``PYRAMID_EDGE``."""
    yield pixels
    while max(pixels.shape[-2:]) > PYRAMID_EDGE:
        pixels = pixels[..., ::2, ::2]
        yield pixels


def _ome(
    part: Path, dims: list[str], levels: int, calibration: Calibration, pixels: npt.NDArray[Any]
) -> Mapping[str, Any]:
    """NGFF 0.5 metadata: ``multiscales`` for axes and scales, ``omero`` for channel names."""
    kinds = {"t": "time", "c": "channel"}
    lengths = {"y": calibration.pixel_size, "x": calibration.pixel_size, "z": calibration.z_step}
    axes = [{"name": axis, "type": kinds.get(axis, "space")} for axis in dims]
    for axis in axes:
        if lengths.get(axis["name"]):
            axis["unit"] = "micrometer"
    datasets = []
    for number in range(levels):
        scale = [(lengths.get(axis) or 1.0) * (2**number if axis in "yx" else 1) for axis in dims]
        datasets.append({"path": str(number), "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    name = part.name.removeprefix(".").split(".")[0]
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [{"name": name, "axes": axes, "datasets": datasets}]}
    if calibration.names:
        each = np.moveaxis(pixels, dims.index("c"), 0) if "c" in dims else [pixels]
        shown = zip(calibration.names, colours(len(each)), each, strict=True)
        ome["omero"] = {"channels": [_channel(*channel) for channel in shown]}
    return ome


def _channel(name: str, colour: str, pixels: npt.NDArray[Any]) -> Mapping[str, Any]:
    """A channel as viewers want it: a name, a colour, and a window of its own counts."""
    step = max(1, round((pixels.size / SAMPLES) ** 0.5))
    start, end = np.nanpercentile(pixels[..., ::step, ::step], RANGE)
    window = {"min": np.nanmin(pixels), "max": np.nanmax(pixels), "start": start, "end": end}
    window = {name: float(value) for name, value in window.items()}
    return {"label": name, "color": hexadecimal(colour), "window": window, "active": True}
