"""What reaches out of cells: filopodia, retraction fibres, neurites, blebs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.parameters import LAYER
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


@dataclass(frozen=True, eq=False)
class Ridges:
    """Processes as seen from above, each (y, x)."""

    bottom: Floats
    """Lower side in µm above the glass."""
    top: Floats
    """Upper side; 0 where nothing is."""
    owner: npt.NDArray[np.int32]
    """Number of the cell, from 1."""


@dataclass(frozen=True, eq=False)
class _Paths:
    y: Floats
    x: Floats
    width: npt.NDArray[np.floating]
    """Half the width at each point, in µm; 0 where a path has ended."""
    height: Floats


def ridges(bodies: Sequence[Body], plane: Plane, seed: str) -> Ridges:
    """The processes of all cells that can be seen."""
    made = Ridges(np.zeros(plane.shape), np.zeros(plane.shape), np.zeros(plane.shape, dtype=np.int32))
    for number, body in enumerate(bodies, start=1):
        preset = body.preset
        far = body.length + preset.neurite_length * bool(preset.neurites) * 2 + 3 * preset.fibre_length
        if 0 in made.top[plane.box(body.y, body.x, far)].shape:
            continue
        if preset.fibres:
            _stamp(_fibres(body, seed), number, plane, made)
        if preset.neurites:
            _stamp(_neurites(body, seed), number, plane, made)
        if preset.blebs:
            _swell(body, number, plane, made, seed)
    return made


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


def _fibres(body: Body, seed: str) -> _Paths:
    rng = stream(seed, "cell", body.name, "fibres")
    most = 3 * math.ceil(body.preset.fibres) + 6
    wanted = int(body.preset.fibres * body.growth * math.exp(0.5 * rng.standard_normal()) + rng.random())
    y, x, way = _starts(body, most, rng)
    length = body.preset.fibre_length * np.exp(0.5 * rng.standard_normal(most)) + 0.15 * body.width
    way = way + 0.35 * rng.standard_normal(most)
    steps = np.arange(int(3 * body.preset.fibre_length / STEP))
    curve = way[:, None] + 0.02 * rng.standard_normal((most, 1)) * steps * STEP
    alive = (steps * STEP < length[:, None]) & (np.arange(most) < wanted)[:, None]
    ys, xs, _ = _wander(y, x, curve)
    return _Paths(
        ys,
        xs,
        LAYER.fibre_width * alive,
        LAYER.fibre_height * (0.6 + 0.8 * rng.random((most, 1))) * alive,
    )


def _neurites(body: Body, seed: str) -> _Paths:
    """As many again of the paths are branches, each from somewhere along a neurite."""
    rng = stream(seed, "cell", body.name, "neurites")
    most = 2 * math.ceil(body.preset.neurites) + 2
    wanted = max(1, int(body.preset.neurites * math.exp(0.3 * rng.standard_normal()) + rng.random()))
    y, x, way = _starts(body, most, rng)
    steps = np.arange(int(2 * body.preset.neurite_length / STEP))
    length = body.preset.neurite_length * np.exp(0.5 * rng.standard_normal((2, most, 1)))
    turns = 0.035 * np.cumsum(rng.standard_normal((2, most, len(steps))), axis=2)
    fork, side, thick = rng.random((3, most))
    phase, strength = 5 + 3 * rng.random((2, most, 1)), 0.7 + 0.6 * thick[:, None]
    ys, xs, curve = _wander(y, x, way[:, None] + turns[0])
    rows, at = np.arange(most), np.minimum(fork * length[0, :, 0] / STEP, len(steps) - 1).astype(int)
    branch = curve[rows, at] + np.where(side < 0.5, -0.7, 0.7)  # noqa: PLR2004 - left or right
    forked = _wander(ys[rows, at], xs[rows, at], branch[:, None] + turns[1])
    taper = strength * np.stack([_taper(steps, length[0], phase[0]), 0.7 * _taper(steps, length[1] / 2, phase[1])])
    taper *= (rows < wanted)[:, None]
    width, height = LAYER.neurite_width * taper, LAYER.neurite_height * taper
    return _Paths(
        np.concatenate([ys, forked[0]]), np.concatenate([xs, forked[1]]), np.concatenate(width), np.concatenate(height)
    )


def _wander(y: Floats, x: Floats, way: Floats) -> tuple[Floats, Floats, Floats]:
    """Points along paths (path, step) that start at places and have a direction at each step."""
    ys, xs = (start[:, None] + STEP * np.cumsum(part(way), axis=1) for start, part in ((y, np.sin), (x, np.cos)))
    return ys, xs, way


def _taper(steps: npt.NDArray[np.intp], length: Floats, phase: Floats) -> Floats:
    """Relative thickness along neurites, with a varicosity every ``phase`` µm; 0 beyond their ``length``."""
    along = steps * STEP
    beads = 1 + 0.5 * np.maximum(0, np.sin(2 * np.pi * along / phase) - 0.6)
    return np.asarray((1 - 0.6 * np.minimum(1, along / length)) * beads * (along < length))


def _stamp(paths: _Paths, number: int, plane: Plane, made: Ridges) -> None:
    """Raise the upper side to that of the paths, with a parabolic profile, and say whose they are."""
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
    np.maximum.at(made.top, (rows[good], columns[good]), profile[good])
    made.owner[rows[good], columns[good]] = number


def _swell(body: Body, number: int, plane: Plane, made: Ridges, seed: str) -> None:
    """Blebs: balls that stick out of the side of a rounded cell, at about the middle of its height."""
    rng = stream(seed, "cell", body.name, "blebs")
    most = 2 * math.ceil(body.preset.blebs) + 2
    wanted = int(body.preset.blebs * math.exp(0.5 * rng.standard_normal()) + rng.random())
    y, x, _ = _starts(body, most, rng)
    radius = body.preset.bleb_radius * np.exp(0.3 * rng.standard_normal(most))
    middle = body.preset.height / 2 + 0.8 * rng.standard_normal(most)
    for one in range(min(wanted, most)):
        box = plane.box(y[one], x[one], radius[one])
        distance = np.hypot(plane.y[box[0], None] - y[one], plane.x[None, box[1]] - x[one])
        half = np.sqrt(np.maximum(0, radius[one] ** 2 - distance**2))
        higher = (half > 0) & (middle[one] + half > made.top[box])
        made.bottom[box] = np.where(higher, middle[one] - half, made.bottom[box])
        made.top[box] = np.where(higher, middle[one] + half, made.top[box])
        made.owner[box] = np.where(higher, number, made.owner[box])
