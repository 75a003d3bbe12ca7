"""A dish that grows for a day: one image over time of each input, and one of all stains."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unstained_phantom import order, production
from unstained_phantom.channels import labels
from unstained_phantom.shifts import GROWTH, PROBES
from zoo.data.lock import alone_in
from zoo.errors import ZooError
from zoo.types import inputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

    from unstained_phantom.order import Order
    from unstained_phantom.plan import Plan
    from zoo.types import Told

STAINS = "stains"
"""Name of the image that holds all of them; the inputs go by their own names."""
SUFFIX = ".ome.zarr"
UNFINISHED = ".making"
"""Folder of the frames that are made, until all are."""


@dataclass(frozen=True, kw_only=True)
class Timelapse:
    """What was made."""

    inputs: tuple[Path, ...]
    """One image for each channel that a model may see, t (z) y x."""
    stains: Path
    """What it would be asked for, t c (z) y x."""
    frames: int
    rate: float
    """Of growth, 1/h: what ``zoo drymass`` would find, were it never wrong."""


def planned(wanted: Order, seed: str) -> Plan:
    """The plan whose dishes are imaged over time. Raises ``ZooError`` for what cannot be made."""
    return replace(order.plan(replace(wanted, sessions={"test": 1}, fields=1), seed), shifted=1)


def make(plan: Plan, dish: int, out: Path, told: Told, *, processes: int) -> Timelapse:
    """Make a time-lapse of one of a plan's growing dishes, or go on with one that was interrupted: images in a folder.

    ``dish`` counts from 1; each grows at a rate of its own. Raises ``ZooError`` for one that is not there, and where
    anything else is in the folder.
    """
    session = f"dish-{dish}"
    names = [name for name in plan.splits[PROBES["growth"]] if plan.scenes[name].session == session]
    if not names:
        raise ZooError(f"--dish {dish}: expected 1 to {len(GROWTH)}", hint="each grows at a rate of its own")
    _check_free(out)
    folder = out / UNFINISHED / plan.digest
    with alone_in(out / UNFINISHED):
        missing = [name for name in names if not production.place(folder, name).is_dir()]
        if missing:
            production.produce(plan, missing, folder, told, processes=processes)
        written = tuple(_written(plan, [production.place(folder, name) for name in names], out))
    shutil.rmtree(out / UNFINISHED)
    return Timelapse(inputs=written[:-1], stains=written[-1], frames=len(names), rate=GROWTH[dish - 1])


def _check_free(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ZooError(f"{out}: is no folder", hint="name a folder that is to be made")
    if out.is_dir() and any(out.iterdir()) and not (out / UNFINISHED).is_dir():
        raise ZooError(
            f"{out}: the folder is not empty", hint="name a new one; only what was interrupted is gone on with"
        )


def _written(plan: Plan, frames: Sequence[Path], out: Path) -> Iterator[Path]:
    """The images, the stains last."""
    import xarray as xr  # noqa: PLC0415 - loads what commands do without

    from unstained_phantom import store  # noqa: PLC0415 - as above
    from unstained_phantom.channels import channels  # noqa: PLC0415 - as above
    from zoo.images import write_image  # noqa: PLC0415 - as above

    opened = [store.read(frame, plan.microscope, volume=plan.volume) for frame in frames]
    sizes = {"pixel_size": plan.microscope.pixel, "z_step": plan.microscope.plane_step}
    for channel in inputs_of(channels(plan.microscope, volume=plan.volume)):
        film = xr.concat([_image(field, channel.name) for field in opened], "t")
        yield write_image(film, out / f"{channel.name}{SUFFIX}", **sizes)
    names = list(labels(plan.microscope))
    stains = [xr.concat([_image(field, label) for field in opened], "t") for label in names]
    stacked = xr.concat(stains, xr.Variable("c", names))
    yield write_image(stacked, out / f"{STAINS}{SUFFIX}", **sizes)


def _image(field: xr.Dataset, name: str) -> xr.DataArray:
    from zoo.data.fields import image  # noqa: PLC0415 - as above

    return image(field, name)
