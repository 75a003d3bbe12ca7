"""A field as ordinary files: what a model may see and what it must not, in two folders that can be parted."""

from __future__ import annotations

import csv
import shutil
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from unstained_phantom.channels import STACK, channels, labels, view_name
from unstained_phantom.production import LOCKS
from zoo.data.lock import alone_in
from zoo.data.manifest import FieldEntry, Source
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from unstained_phantom.acquisition import Recording
    from unstained_phantom.plan import Plan, Scene
    from unstained_phantom.specimen import Cell
    from zoo.types import Channel

INPUTS, TRUTH, UNFINISHED = "inputs", "truth", ".making"
"""Folders of a dataset: images without stains; stains, masks and facts of cells; and what is not finished yet."""
SUFFIX = ".ome.tif"
DRAWS = {"labels": "{}", "repeats": "{}_repeat", "clean": "{}_clean"}
"""File of all stains of a field, each a channel of it -> how a manifest calls one of them."""
MASKS = ("cells", "nuclei")
FACTS = "cells.csv"
"""What is known of each cell: one line for each."""


def offered(plan: Plan) -> tuple[Channel, ...]:
    """The channels of such a dataset: of the bright-field inputs the largest stack, and the single plane."""
    kept = {plan.microscope.planes, 1}
    return tuple(one for one in channels(plan.microscope, volume=plan.volume) if one.structure or one.planes in kept)


def make(plan: Plan, field: str, folder: Path, *, threads: int = 1) -> None:
    """Make one field below a folder. It is whole as soon as its truth is there, which comes last."""
    from unstained_phantom.acquisition import acquire  # noqa: PLC0415 - loads scipy, which commands do without

    inputs, truth = folder / INPUTS / field, folder / TRUTH / field
    with alone_in(folder / UNFINISHED / LOCKS / field):
        if truth.is_dir():
            return
        part = folder / UNFINISHED / f"{field}.{uuid.uuid4().hex[:8]}"
        try:
            _write_field(acquire(plan.scenes[field], plan, threads=threads), plan, part)
            shutil.rmtree(inputs, ignore_errors=True)
            for name, place in ((INPUTS, inputs), (TRUTH, truth)):
                place.parent.mkdir(exist_ok=True)
                (part / name).rename(place)
        except OSError as error:
            message = f"{folder}: field {field!r} cannot be written ({error.strerror or error})"
            raise ZooError(message, hint="make room, and give the command again: finished fields are kept") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _write_field(recording: Recording, plan: Plan, part: Path) -> None:
    _write(_inputs(recording, plan), part / INPUTS, plan)
    _write(_truths(recording, plan), part / TRUTH, plan)
    _write_facts(recording.cells, part / TRUTH / FACTS)


def _inputs(recording: Recording, plan: Plan) -> Iterator[tuple[str, npt.NDArray[Any], str]]:
    """Name, pixels and axes of each file that a model may see."""
    planes = plan.microscope.planes
    if planes > 1:
        yield (STACK if plan.volume else view_name(planes)), recording.stack, "zyx"
    if not plan.volume:
        yield STACK, recording.stack[planes // 2], "yx"
    for name, image in recording.single.items():
        yield name, image, "yx"


def _truths(recording: Recording, plan: Plan) -> Iterator[tuple[str, npt.NDArray[Any], str]]:
    """The same for the files that it must not see."""
    for name in DRAWS:
        yield name, getattr(recording, name), "czyx" if plan.volume else "cyx"
    for name in MASKS:
        yield name, recording.masks[name], "yx"


def _write(images: Iterator[tuple[str, npt.NDArray[Any], str]], folder: Path, plan: Plan) -> None:
    import xarray as xr  # noqa: PLC0415 - as above

    from zoo.images import write_image  # noqa: PLC0415

    optics = plan.microscope
    for name, pixels, dims in images:
        named = {"c": list(labels(optics)) if "c" in dims else name}
        image = xr.DataArray(pixels, dims=list(dims), coords=named)
        write_image(image, folder / f"{name}{SUFFIX}", pixel_size=optics.pixel, z_step=optics.plane_step)


def _write_facts(cells: Sequence[Cell], path: Path) -> None:
    from unstained_phantom.store import FACTS as KNOWN  # noqa: PLC0415 - as above

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, ["id", *KNOWN])
        rows.writeheader()
        rows.writerows(asdict(cell) for cell in cells)


def entry(scene: Scene, plan: Plan) -> FieldEntry:
    """What a manifest beside ``INPUTS`` and ``TRUTH`` says of a field."""
    seen, hidden = _seen(plan, f"{INPUTS}/{scene.id}"), _hidden(plan, f"{TRUTH}/{scene.id}")
    return FieldEntry(id=scene.id, session=scene.session, splits={"": scene.split}, images={**seen, **hidden})


def public(scene: Scene, plan: Plan) -> FieldEntry:
    """What a manifest in ``INPUTS`` says of it, where nothing else is at hand."""
    return FieldEntry(id=scene.id, session=scene.session, splits={"": scene.split}, images=_seen(plan, scene.id))


def _seen(plan: Plan, folder: str) -> Mapping[str, tuple[Source, ...]]:
    names = (one.name for one in offered(plan) if one.modality)
    return {name: (Source(f"{folder}/{name}{SUFFIX}"),) for name in names}


def _hidden(plan: Plan, folder: str) -> Mapping[str, tuple[Source, ...]]:
    stains = {
        form.format(label): (Source(f"{folder}/{name}{SUFFIX}", place),)
        for name, form in DRAWS.items()
        for place, label in enumerate(labels(plan.microscope))
    }
    return {**stains, **{name: (Source(f"{folder}/{name}{SUFFIX}"),) for name in MASKS}}
