"""One field on disk: a Zarr group of OME-NGFF 0.5 images, whole or not there, that knows when it was damaged."""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import shutil
import uuid
from contextlib import suppress
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec

from unstained_phantom.cells.parameters import MATERIALS
from unstained_phantom.channels import SINGLE, STACK, labels, view_name, views
from unstained_phantom.specimen import Cell
from zoo.data import hashes
from zoo.errors import ZooError
from zoo.images.omezarr import read_zarr
from zoo.types import Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from unstained_phantom.acquisition import Recording
    from unstained_phantom.microscope import Microscope
    from unstained_phantom.plan import Plan, Scene

OURS = "unstained"
"""Key of our own attributes in those of the group."""
DRAWS = {"labels": "{}", "repeats": "{}_repeat", "clean": "{}_clean"}
"""Image in the group -> name of a label's variable in an opened field."""
FACTS = tuple(one.name for one in fields(Cell) if one.name != "id")
"""What is known of each cell: variables on the dim ``cell``."""
WORDS = ("preset", "state")
"""Those that are words; the others are numbers."""


class Damaged(Exception):  # noqa: N818 - the name of the state
    """A stored field is not what was written."""


def write(path: Path, recording: Recording, scene: Scene, plan: Plan) -> None:
    """Store a field under ``path``; where one stands already, made by another process, that one is kept.

    Raises ``ZooError`` where there is no room or no right to write; nothing is left behind then.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        for name, image, dims in _images(recording, volume=plan.volume):
            _write_image(part / name, image, dims, scene.microscope)
        _write_masks(part / STACK, recording.masks, scene.microscope)
        _write_facts(part, recording, scene, plan)
        part.rename(path)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            message = f"{path}: cannot be written ({error.strerror or error})"
            hint = "make room, or choose another cache folder with ZOO_CACHE; finished fields are kept"
            raise ZooError(message, hint=hint) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _images(recording: Recording, *, volume: bool) -> Iterator[tuple[str, npt.NDArray[Any], str]]:
    """Name in the group, pixels and axes of every image but the masks."""
    yield STACK, recording.stack, "zyx"
    for name, image in recording.single.items():
        yield name, image, "yx"
    for name in DRAWS:
        yield name, getattr(recording, name), "czyx" if volume else "cyx"


def _write_image(path: Path, image: npt.NDArray[Any], dims: str, microscope: Microscope, **more: object) -> None:
    """One level, compressed plane by plane, all planes in one file."""
    chunks = tuple(edge if axis in "yx" else 1 for axis, edge in zip(dims, image.shape, strict=True))
    group = zarr.open_group(path, mode="w", zarr_format=3)
    stored = group.create_array(
        "0",
        shape=image.shape,
        dtype=image.dtype,
        chunks=chunks,
        shards=image.shape if chunks != image.shape else None,
        compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
        dimension_names=list(dims),
    )
    stored[...] = image
    described: Any = {"version": "0.5", **_calibrated(path.name, dims, microscope), **more}
    group.attrs["ome"] = described


def _calibrated(name: str, dims: str, microscope: Microscope) -> dict[str, Any]:
    """Axes and scale as NGFF 0.5 has them, and the names of the channels."""
    lengths = {"c": 1.0, "z": microscope.plane_step, "y": microscope.pixel, "x": microscope.pixel}
    axes: list[dict[str, str]] = [
        {"name": axis, "type": "channel"} if axis == "c" else {"name": axis, "type": "space", "unit": "micrometer"}
        for axis in dims
    ]
    scale = [{"type": "scale", "scale": [lengths[axis] for axis in dims]}]
    found: dict[str, Any] = {
        "multiscales": [{"name": name, "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
    }
    if "c" in dims:
        found["omero"] = {
            "channels": [{"label": label, "color": "FFFFFF", "active": True} for label in labels(microscope)]
        }
    return found


def _write_masks(image: Path, masks: Mapping[str, npt.NDArray[Any]], microscope: Microscope) -> None:
    """Masks belong to an image in NGFF: here to the focal series."""
    labels = zarr.open_group(image / "labels", mode="w", zarr_format=3)
    for name, mask in masks.items():
        _write_image(
            image / "labels" / name, mask, "yx", microscope, **{"image-label": {"source": {"image": "../../"}}}
        )
    labels.attrs["ome"] = {"version": "0.5", "labels": list(masks)}


def _write_facts(part: Path, recording: Recording, scene: Scene, plan: Plan) -> None:
    """Who is in the field, and the digest of every image: written last, so that a group with it is complete."""
    facts: Any = {
        "dataset": plan.digest,
        "field": scene.id,
        "session": scene.session,
        "condition": scene.condition,
        "masks": list(recording.masks),
        "cells": [asdict(cell) for cell in recording.cells],
        "images": {image.name: hashes.digest(image) for image in sorted(part.iterdir())},
    }
    group = zarr.open_group(part, mode="a", zarr_format=3)
    group.attrs[OURS] = {"facts": facts, "sha256": _signature(facts)}


def _signature(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def read(path: Path, microscope: Microscope, *, volume: bool) -> xr.Dataset:
    """Open a stored field; see ``zoo.types.Field.open``. Raises ``Damaged`` where a byte of it is not what was written.

    Beside channels and masks: for each label ``<label>_repeat``, a second exposure, and ``<label>_clean``, counts
    without noise; and facts of each cell on the dim ``cell``, whose coordinate is the id in the masks.
    """
    facts = _facts(path, _stamp(path))
    variables: dict[str, xr.Variable] = dict(_inputs(path, microscope, volume=volume))
    drawn = {image: read_zarr(path / image) for image in DRAWS}
    for place, label in enumerate(labels(microscope)):
        variables |= {name.format(label): drawn[image].isel(c=place).variable for image, name in DRAWS.items()}
    for mask in facts["masks"]:
        found = read_zarr(path / STACK / "labels" / mask).variable
        variables[mask] = found.astype(bool) if mask == "edited" else found
    variables["valid"] = xr.Variable(("y", "x"), np.ones(variables[STACK].shape[-2:], np.bool_))
    attrs = {
        "dataset": facts["dataset"],
        "field": facts["field"],
        "session": facts["session"],
        "condition": facts["condition"],
    }
    attrs |= {"pixel_size": microscope.pixel, "z_step": microscope.plane_step}
    return xr.Dataset(
        {**variables, **_cells(facts["cells"])}, coords={"cell": [cell["id"] for cell in facts["cells"]]}, attrs=attrs
    )


def _inputs(path: Path, microscope: Microscope, *, volume: bool) -> Iterator[tuple[str, xr.Variable]]:
    """Every bright-field input is a part of the one stack around its middle plane."""
    stack = read_zarr(path / STACK)
    if volume:
        yield STACK, stack.variable
        return
    for planes in views(microscope, volume=volume):
        first = (microscope.planes - planes) // 2
        name = view_name(planes)
        part = stack.isel(z=first) if planes == 1 else stack.isel(z=slice(first, first + planes))
        yield name, part.rename({dim: f"z_{name}" for dim in part.dims if dim == "z"}).variable
    for name, modality in SINGLE.items():
        image = read_zarr(path / name).variable
        if modality == Modality.QUANTITATIVE_PHASE:
            image.attrs |= _weighing(microscope)
        yield name, image


def _weighing(microscope: Microscope) -> dict[str, float]:
    """What turns a phase into dry mass: wavelength in µm, refraction increments in µm³/pg."""
    return {
        "wavelength": microscope.wavelength,
        "nucleus_increment": MATERIALS.nuclear,
        "cytoplasm_increment": MATERIALS.protein,
    }


def _cells(known: Sequence[Mapping[str, Any]]) -> dict[str, xr.Variable]:
    return {
        name: xr.Variable(("cell",), np.array([cell[name] for cell in known], np.str_ if name in WORDS else np.float64))
        for name in FACTS
    }


def _stamp(path: Path) -> int:
    """A number that changes with the size or the time of any file."""
    try:
        files = [(str(file), file.stat()) for file in sorted(path.rglob("*"))]
    except OSError as error:
        raise Damaged(f"{path}: {type(error).__name__}: {error}") from error
    return hash(tuple((name, found.st_size, found.st_mtime_ns) for name, found in files))


@functools.lru_cache(maxsize=4096)
def _facts(path: Path, _stamp: int) -> Mapping[str, Any]:
    """The facts of a field, once all bytes were compared with their digests; remembered while no file changes."""
    try:
        ours = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"][OURS]
        facts: Mapping[str, Any] = ours["facts"]
        if _signature(facts) != ours["sha256"]:
            raise Damaged(f"{path}: what is known of its cells was changed")
        changed = [name for name, expected in facts["images"].items() if hashes.digest(path / name) != expected]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path}: {type(error).__name__}: {error}") from error
    if changed:
        raise Damaged(f"{path}: image {changed[0]!r} is not what was written")
    return facts


def remove(path: Path) -> None:
    """Take a stored field away, in one step for everybody who looks; nothing happens where another was faster."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    with suppress(FileNotFoundError):
        path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
