"""How high cells stand, and where their nuclei lie: surfaces over the glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.nuclei import distance_from
from unstained_phantom.cells.parameters import LAYER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.nuclei import Nucleus
    from unstained_phantom.cells.protrusions import Ridges
    from unstained_phantom.cells.territory import Plane, Territory

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Relief:
    """Surfaces in µm above the glass, each (y, x). Where lower and upper side meet, nothing is."""

    owner: npt.NDArray[np.int32]
    """Number of the cell from 1, thin processes included."""
    bottom: Floats
    top: Floats
    nucleus_bottom: Floats
    nucleus_top: Floats
    nucleus_owner: npt.NDArray[np.int32]
    """Number of the cell whose nucleus lies there."""


@dataclass(frozen=True, eq=False)
class Thickness:
    """Of spread cells, as a sum; each (y, x), µm."""

    shared: Floats
    """What neighbours have in common along their border."""
    own: Floats
    dome: Floats
    """The bulge over the nucleus."""


def table(bodies: Sequence[Body], name: str, glass: float = 0.0) -> Floats:
    """A number of every cell's preset, to be looked up by owner; ``glass`` stands where no cell is."""
    return np.array([glass, *(getattr(body.preset, name) for body in bodies)], dtype=float)


def root(square: Floats, blur: Floats) -> Floats:
    """The square root where positive, 0 elsewhere, averaged over ``square ± blur``: a rim that is not jagged.

    >>> root(np.array([1.0, -1.0]), np.array([0.0, 0.0])).round(6).tolist()
    [1.0, 0.0]
    """
    blur = np.maximum(blur, 1e-6)
    upper, lower = np.maximum(square + blur, 0), np.maximum(square - blur, 0)
    return np.asarray((upper * np.sqrt(upper) - lower * np.sqrt(lower)) / (3 * blur))


def thickness(
    bodies: Sequence[Body], land: Territory, nuclei: Sequence[Nucleus], plane: Plane, bumps: Floats
) -> Thickness:
    """Thickness of spread cells. ``bumps`` is a random field of variance 1 that roughens the upper side."""
    names = ("edge_height", "body_height", "body_width", "contact_height", "ruffle")
    edge_height, body_height, body_width, contact_height, ruffle = (
        table(bodies, name, 1.0)[land.owner] for name in names
    )
    apart = (1 - np.exp(-((land.contact / LAYER.furrow) ** 2))) * (land.owner > 0)
    rise = 1 - np.exp(-land.edge / LAYER.edge_rise)
    slope = 1 - np.exp(-((land.edge / body_width) ** 2))
    own = edge_height * rise + np.maximum(body_height - edge_height, 0) * slope * (1 + LAYER.bumps * bumps)
    own += (
        ruffle * np.maximum(bumps, 0) * np.exp(-(((land.edge - LAYER.ruffle_place) / LAYER.ruffle_width) ** 2)) * rise
    )
    within = (1 - np.exp(-np.maximum(0, 1 - land.rho) / LAYER.contact_rise)) * (land.owner > 0)
    dome, around = _domes(bodies, land, nuclei, plane)
    shared = (contact_height + LAYER.saddle * around) * within * (1 - apart)
    bulge = ((dome - own) + np.hypot(dome - own, LAYER.merge)) / 2 * np.minimum(1, land.edge / 0.8)
    return Thickness(shared, own * apart, bulge * apart)


def _domes(bodies: Sequence[Body], land: Territory, nuclei: Sequence[Nucleus], plane: Plane) -> tuple[Floats, Floats]:
    """The bulge over the nucleus of the cell that is there, and the sum of those of all cells."""
    dome, around = np.zeros((2, *plane.shape))
    for nucleus in nuclei:
        box = plane.box(nucleus.y, nucleus.x, 2.5 * LAYER.dome * nucleus.length)
        if 0 in dome[box].shape or bodies[nucleus.owner - 1].preset.form == "round":
            continue
        top = nucleus.middle + nucleus.height + LAYER.clearance
        bulge = top * np.exp(-((distance_from(nucleus, plane, box) / LAYER.dome) ** 3))
        dome[box] = np.where(land.owner[box] == nucleus.owner, bulge, dome[box])
        around[box] += bulge
    return dome, around


def surfaces(
    bodies: Sequence[Body], land: Territory, nuclei: Sequence[Nucleus], plane: Plane, heights: Thickness, ridges: Ridges
) -> Relief:
    """Surfaces of all cells, made of the thickness of spread ones, of balls, and of thin processes on the glass."""
    top, bottom = heights.shared + heights.own + heights.dome, np.zeros(plane.shape)
    radius = np.array([0.0, *(body.preset.height / 2 * (body.preset.form == "round") for body in bodies)])[land.owner]
    pixel = plane.y[1] - plane.y[0]
    rho = np.minimum(land.rho, 1.0)
    blur = rho * np.hypot(*np.gradient(rho, pixel)) * pixel
    half = radius * root(1 - rho**2, blur)
    top, bottom = np.where(radius > 0, radius + half, top), np.where(radius > 0, radius - half, bottom)
    thin = (ridges.top > top) & ((land.owner == 0) | (land.owner == ridges.owner)) & (radius == 0)
    owner = np.where(thin, ridges.owner, land.owner)
    top, bottom = np.where(thin, ridges.top, top), np.where(thin, ridges.bottom, bottom)
    return with_nuclei(owner, bottom, top, nuclei, plane)


def with_nuclei(
    cells: npt.NDArray[np.int32], bottom: Floats, top: Floats, nuclei: Sequence[Nucleus], plane: Plane
) -> Relief:
    """Put nuclei into cells, which are told by owner and surfaces; none may touch the surface of its cell."""
    low, high = np.zeros(plane.shape), np.zeros(plane.shape)
    owner = np.zeros(plane.shape, dtype=np.int32)
    pixel = plane.y[1] - plane.y[0]
    for nucleus in (part for whole in nuclei for part in whole.parts()):
        box = plane.box(nucleus.y, nucleus.x, 1.5 * nucleus.length)
        if min(owner[box].shape) < 2:  # noqa: PLR2004 - a gradient needs two
            continue
        distance = distance_from(nucleus, plane, box)
        half = nucleus.height * root(1 - distance**2, distance * np.hypot(*np.gradient(distance, pixel)) * pixel)
        below = np.maximum(nucleus.middle - half, bottom[box] + LAYER.cortex)
        above = np.minimum(nucleus.middle + half, top[box] - LAYER.cortex)
        here = (cells[box] == nucleus.owner) & (half > 0) & (above > below)
        low[box], high[box] = np.where(here, below, low[box]), np.where(here, above, high[box])
        owner[box] = np.where(here, nucleus.owner, owner[box])
    return Relief(cells, bottom, top, low, high, owner)
