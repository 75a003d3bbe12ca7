"""What reaches out of cells over the glass: filopodia, retraction fibres, neurites."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.territory import lobed
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.territory import Plane

    Floats = npt.NDArray[np.float64]

STEP = 0.16
"""Distance of points along a process, in µm."""
FIBRE = (0.3, 0.28)
"""Half the width of a fibre, and its height, in µm."""
NEURITE = (0.9, 1.1)
"""Half the width of a neurite where it leaves the cell body, and its height, in µm."""


@dataclass(frozen=True, eq=False)
class Ridges:
    """Processes as seen from above, each (y, x)."""

    height: Floats
    """In µm; 0 where none is."""
    owner: npt.NDArray[np.int32]
    """Number of the cell, from 1."""


@dataclass(frozen=True, eq=False)
class _Paths:
    y: Floats
    x: Floats
    width: npt.NDArray[np.floating]
    """Half the width at each point, in µm; 0 where a path has ended."""
    height: Floats


def ridges(bodies: Sequence[Body], plane: Plane, growth: float, seed: str) -> Ridges:
    """The processes of all cells that can be seen."""
    height, owner = np.zeros(plane.shape), np.zeros(plane.shape, dtype=np.int32)
    for number, body in enumerate(bodies, start=1):
        far = body.length + body.preset.neurite_length * bool(body.preset.neurites) * 2 + 3 * body.preset.fibre_length
        if 0 in height[plane.box(body.y, body.x, far)].shape:
            continue
        if body.preset.fibres:
            _stamp(_fibres(body, growth, seed), number, plane, height, owner)
        if body.preset.neurites:
            _stamp(_neurites(body, seed), number, plane, height, owner)
    return Ridges(height, owner)


def _starts(body: Body, count: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Places just within the outline, and the direction outwards there."""
    turn = 2 * np.pi * rng.random(count)
    unit = np.exp(1j * turn)
    sharp = body.preset.pointedness
    norm = (np.abs(unit.real) ** sharp + np.abs(unit.imag) ** sharp) ** (1 / sharp)
    radius = 0.85 * np.maximum(lobed(unit, body.lobes), 0.3) / norm
    along, across = body.length * radius * unit.real, body.width * radius * unit.imag
    across = across + body.bend * along**2
    cos, sin = math.cos(body.angle), math.sin(body.angle)
    y, x = sin * along + cos * across, cos * along - sin * across
    return body.y + y, body.x + x, np.arctan2(y, x)


def _fibres(body: Body, growth: float, seed: str) -> _Paths:
    rng = stream(seed, "cell", body.name, "fibres")
    most = 3 * math.ceil(body.preset.fibres) + 6
    wanted = int(body.preset.fibres * growth * math.exp(0.5 * rng.standard_normal()) + rng.random())
    y, x, way = _starts(body, most, rng)
    length = body.preset.fibre_length * np.exp(0.5 * rng.standard_normal(most)) + 0.15 * body.width
    way = way + 0.35 * rng.standard_normal(most)
    steps = np.arange(int(3 * body.preset.fibre_length / STEP))
    curve = way[:, None] + 0.02 * rng.standard_normal((most, 1)) * steps * STEP
    alive = (steps * STEP < length[:, None]) & (np.arange(most) < wanted)[:, None]
    return _Paths(
        y[:, None] + STEP * np.cumsum(np.sin(curve), axis=1),
        x[:, None] + STEP * np.cumsum(np.cos(curve), axis=1),
        FIBRE[0] * alive,
        FIBRE[1] * (0.6 + 0.8 * rng.random((most, 1))) * alive,
    )


def _neurites(body: Body, seed: str) -> _Paths:
    rng = stream(seed, "cell", body.name, "neurites")
    most = 2 * math.ceil(body.preset.neurites) + 2
    wanted = max(1, int(body.preset.neurites * math.exp(0.3 * rng.standard_normal()) + rng.random()))
    y, x, way = _starts(body, most, rng)
    length = body.preset.neurite_length * np.exp(0.5 * rng.standard_normal((most, 1)))
    steps = np.arange(int(2 * body.preset.neurite_length / STEP))
    turns = np.cumsum(rng.standard_normal((most, len(steps))), axis=1)
    curve = way[:, None] + 0.035 * turns
    beads = 1 + 0.35 * np.maximum(0, np.sin(2 * np.pi * steps * STEP / (5 + 3 * rng.random((most, 1)))) - 0.6) / 0.4
    taper = (1 - 0.55 * np.minimum(1, steps * STEP / length)) * beads * (0.7 + 0.6 * rng.random((most, 1)))
    alive = (steps * STEP < length) & (np.arange(most) < wanted)[:, None]
    return _Paths(
        y[:, None] + STEP * np.cumsum(np.sin(curve), axis=1),
        x[:, None] + STEP * np.cumsum(np.cos(curve), axis=1),
        NEURITE[0] * taper * alive,
        NEURITE[1] * taper * alive,
    )


def _stamp(paths: _Paths, number: int, plane: Plane, height: Floats, owner: npt.NDArray[np.int32]) -> None:
    """Raise ``height`` to that of the paths, with a parabolic profile, and write their ``owner``."""
    there = paths.width > 0
    width, tall = paths.width[there], paths.height[there]
    if not width.size:
        return
    pixel = plane.y[1] - plane.y[0]
    side = np.arange(-math.ceil(width.max() / pixel), math.ceil(width.max() / pixel) + 1)
    row, column = ((values[there] - axis[0]) / pixel for values, axis in ((paths.y, plane.y), (paths.x, plane.x)))
    rows, columns = np.rint(row).astype(np.intp)[:, None] + side, np.rint(column).astype(np.intp)[:, None] + side
    square = ((rows - row[:, None])[:, :, None] ** 2 + (columns - column[:, None])[:, None, :] ** 2) * pixel**2
    profile = tall[:, None, None] * (1 - square / (width[:, None, None] + pixel / 4) ** 2)
    rows, columns = np.broadcast_arrays(rows[:, :, None], columns[:, None, :])
    good = (profile > 0) & (rows >= 0) & (rows < plane.shape[0]) & (columns >= 0) & (columns < plane.shape[1])
    np.maximum.at(height, (rows[good], columns[good]), profile[good])
    owner[rows[good], columns[good]] = number
