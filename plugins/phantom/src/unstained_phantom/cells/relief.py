"""How high cells stand, and where their nuclei lie: surfaces over the glass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.territory import Plane, Territory

    Floats = npt.NDArray[np.float64]

CLEARANCE = 0.45
"""Cytoplasm over the top of a nucleus, in µm."""
CONTACT = 0.9
"""Width of the furrow between two cells, in µm."""
DOME = 1.5
"""Square of the distance, in radii of the nucleus, over which the bulge above it falls by e."""


@dataclass(frozen=True, kw_only=True)
class Nucleus:
    """A flattened ellipsoid, or the chromatin of a cell that divides. Lengths in µm."""

    owner: int
    """Number of its cell, from 1."""
    y: float
    x: float
    angle: float
    """Of the long axis, from x towards y."""
    length: float
    """Half the long axis."""
    width: float
    height: float
    """Half the thickness."""
    middle: float
    """Of its centre above the glass."""
    lobes: tuple[complex, ...]
    """Fourier components of the outline, from the second on."""


@dataclass(frozen=True, eq=False)
class Relief:
    """Surfaces in µm above the glass, each (y, x). Where lower and upper side meet, nothing is."""

    bottom: Floats
    top: Floats
    nucleus_bottom: Floats
    nucleus_top: Floats
    nucleus_owner: npt.NDArray[np.int32]
    """Number of the cell whose nucleus lies there."""
    nucleus_rho: Floats
    """Distance from its centre over that of its outline."""


def table(bodies: Sequence[Body], name: str, glass: float = 0.0) -> Floats:
    """A number of every cell's preset, to be looked up by owner."""
    return np.array([glass, *(getattr(body.preset, name) for body in bodies)], dtype=float)


def root(square: Floats, blur: Floats) -> Floats:
    """The square root where positive, 0 elsewhere, averaged over ``square ± blur``: a rim that is not jagged.

    >>> root(np.array([1.0, -1.0]), np.array([1e-9, 1e-9])).round(6).tolist()
    [1.0, 0.0]
    """
    blur = np.maximum(blur, 1e-6)
    upper, lower = np.maximum(square + blur, 0), np.maximum(square - blur, 0)
    mean: Floats = (upper * np.sqrt(upper) - lower * np.sqrt(lower)) / (3 * blur)
    return mean


def place(body: Body, owner: int, centre: tuple[float, float], grown: float, rng: np.random.Generator) -> Nucleus:
    """The nucleus of a cell whose footprint has its ``centre`` (y, x) there. ``grown`` is a factor of length."""
    preset = body.preset
    normal = rng.standard_normal(14).tolist()
    area = preset.nucleus_area * math.exp(preset.nucleus_spread * normal[0])
    aspect = 1 + (preset.nucleus_aspect - 1) * math.exp(0.35 * normal[1])
    length = math.sqrt(area * aspect / math.pi)
    drift = 0.12 * math.sqrt(body.length * body.width) / grown
    return Nucleus(
        owner=owner,
        y=centre[0] + drift * normal[2],
        x=centre[1] + drift * normal[3],
        angle=body.angle + 0.5 * normal[4],
        length=length * grown,
        width=length / aspect * grown,
        height=preset.nucleus_height / 2 * grown * (1 + 0.06 * normal[5]),
        middle=preset.nucleus_bottom + preset.nucleus_height / 2 * grown,
        lobes=tuple(0.05 * complex(normal[6 + 2 * i], normal[7 + 2 * i]) / (i + 1.2) for i in range(4)),
    )


def nuclear_distance(nucleus: Nucleus, plane: Plane, box: tuple[slice, slice]) -> Floats:
    """Distance from the centre of a nucleus over that of its outline, in a box of the plane."""
    dy, dx = plane.around(nucleus.y, nucleus.x, box)
    cos, sin = math.cos(nucleus.angle), math.sin(nucleus.angle)
    unit = (cos * dx + sin * dy) / nucleus.length + 1j * (cos * dy - sin * dx) / nucleus.width
    radius = np.abs(unit)
    unit, outline = unit / np.maximum(radius, 1e-9), np.ones(radius.shape)
    turned = unit
    for lobe in nucleus.lobes:
        turned = turned * unit
        outline += lobe.real * turned.real - lobe.imag * turned.imag
    distance: Floats = radius / outline
    return distance


def raise_(  # noqa: PLR0913
    bodies: Sequence[Body], land: Territory, nuclei: Sequence[Nucleus], plane: Plane, bumps: Floats, factor: Floats
) -> Relief:
    """Surfaces of all cells.

    ``bumps`` is a random field of variance 1 that roughens the upper side, ``factor`` the relative thickness of each
    cell, by owner, apart from the bulge over its nucleus and from what it shares with its neighbours.
    """
    shared, own, dome = parts(bodies, land, nuclei, plane, bumps)
    top = shared + own * factor[land.owner] + dome
    bottom = np.zeros(top.shape)
    ball = (table(bodies, "height") / 2 * _is_round(bodies))[land.owner]
    half = ball * _rim(land.rho, plane)
    round_ = ball > 0
    top[round_], bottom[round_] = (ball + half)[round_], (ball - half)[round_]
    return _with_nuclei(bottom, top, land, nuclei, plane)


def parts(
    bodies: Sequence[Body], land: Territory, nuclei: Sequence[Nucleus], plane: Plane, bumps: Floats
) -> tuple[Floats, Floats, Floats]:
    """Thickness of spread cells as a sum: what neighbours share, the cell's own, and the bulge over its nucleus."""
    edge_height, body_height, body_width, contact_height, ruffle = (
        table(bodies, name, 1.0)[land.owner]
        for name in ("edge_height", "body_height", "body_width", "contact_height", "ruffle")
    )
    here = land.owner > 0
    apart = 1 - np.exp(-((land.contact / CONTACT) ** 2))
    rise = 1 - np.exp(-land.edge / 0.4)
    slope = 1 - np.exp(-((land.edge / body_width) ** 2))
    own = edge_height * rise + np.maximum(body_height - edge_height, 0) * slope * (1 + 0.10 * bumps)
    own += ruffle * np.maximum(bumps, 0) * np.exp(-(((land.edge - 0.9) / 0.5) ** 2)) * rise
    shared = contact_height * (1 - np.exp(-np.maximum(0, 1 - land.rho) / 0.15)) * (1 - apart)
    dome = np.zeros(plane.shape)
    for nucleus in nuclei:
        box = plane.box(nucleus.y, nucleus.x, 3.2 * nucleus.length)
        if 0 in dome[box].shape:
            continue
        bulge = (nucleus.middle + nucleus.height + CLEARANCE) * np.exp(
            -(nuclear_distance(nucleus, plane, box) ** 2) / DOME
        )
        dome[box] = np.where(land.owner[box] == nucleus.owner, bulge, dome[box])
    return shared * here, own * apart * here, dome * apart * np.minimum(1.0, land.edge / 0.8)


def _is_round(bodies: Sequence[Body]) -> Floats:
    return np.array([0.0, *(body.preset.form == "round" for body in bodies)])


def _rim(rho: Floats, plane: Plane) -> Floats:
    pixel = plane.y[1] - plane.y[0]
    up, right = np.gradient(np.minimum(rho, 1.0), pixel, pixel)
    return root(1 - rho**2, rho * np.hypot(up, right) * pixel)


def _with_nuclei(bottom: Floats, top: Floats, land: Territory, nuclei: Sequence[Nucleus], plane: Plane) -> Relief:
    low, high = np.zeros(plane.shape), np.zeros(plane.shape)
    owner, rho = np.zeros(plane.shape, dtype=np.int32), np.full(plane.shape, 9.0)
    pixel = plane.y[1] - plane.y[0]
    for nucleus in nuclei:
        box = plane.box(nucleus.y, nucleus.x, 1.5 * nucleus.length)
        if min(owner[box].shape) < 2:  # noqa: PLR2004 - a gradient needs two
            continue
        distance = nuclear_distance(nucleus, plane, box)
        up, right = np.gradient(distance, pixel, pixel)
        half = nucleus.height * root(1 - distance**2, distance * np.hypot(up, right) * pixel)
        below = np.maximum(nucleus.middle - half, bottom[box] + 0.2)
        above = np.minimum(nucleus.middle + half, top[box] - 0.2)
        here = (land.owner[box] == nucleus.owner) & (half > 0) & (above > below)
        low[box], high[box] = np.where(here, below, low[box]), np.where(here, above, high[box])
        owner[box], rho[box] = np.where(here, nucleus.owner, owner[box]), np.where(here, distance, rho[box])
    return Relief(bottom, top, low, high, owner, rho)
