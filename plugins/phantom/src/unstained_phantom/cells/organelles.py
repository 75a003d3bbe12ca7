"""Where the small parts of cells are. Every kind has its own random stream in every cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.shapes import Points, join
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.relief import Nucleus, Relief
    from unstained_phantom.cells.territory import Plane, Territory

    Floats = npt.NDArray[np.float64]

SPARE = 6
"""Places are drawn for this many times the mean number; those outside the cell are passed over."""
STEP = 0.2
"""Distance of the points of a tube, in µm."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What organelles are placed in."""

    seed: str
    growth: float
    plane: Plane
    land: Territory
    relief: Relief
    bodies: Sequence[Body]
    nuclei: Sequence[Nucleus]
    """One for each body, in the same order."""

    def at(self, y: Floats, x: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """Row and column of places, and whether they are on the plane."""
        pixel = self.plane.y[1] - self.plane.y[0]
        row = np.floor((y - self.plane.y[0]) / pixel + 0.5).astype(np.intp)
        column = np.floor((x - self.plane.x[0]) / pixel + 0.5).astype(np.intp)
        height, width = self.plane.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return np.clip(row, 0, height - 1), np.clip(column, 0, width - 1), inside


def number(mean: float, growth: float, rng: np.random.Generator) -> int:
    """How many of a kind a cell has: more varied than Poisson's law, from one number drawn."""
    return int(mean * growth * math.exp(0.35 * rng.standard_normal() - 0.06) + rng.random())


def around(
    scene: Scene,
    kind: str,
    mean: str,
    *,
    radius: str,
    spread: float,
    largest: str | None,
    gather: float,
    times: float = 1.0,
) -> Points:  # noqa: PLR0913, E501
    """Balls in the cytoplasm of every cell, for instance droplets.

    ``mean`` and ``radius`` name numbers of the preset; ``spread`` is that of the radius' logarithm, ``gather`` how far
    from the nucleus they lie, in radii of it; 0 is anywhere in the cell. ``times`` multiplies the number.
    """
    found = []
    for owner, (body, nucleus) in enumerate(zip(scene.bodies, scene.nuclei, strict=True), start=1):
        preset = body.preset
        if not getattr(preset, mean):
            continue
        rng = stream(scene.seed, "cell", body.name, kind)
        wanted = number(getattr(preset, mean) * times, scene.growth, rng)
        drawn = int(SPARE * getattr(preset, mean)) + 12
        size = getattr(preset, radius) * np.exp(spread * rng.standard_normal(drawn))
        size = np.clip(size, 0.1, getattr(preset, largest) if largest else 2.5 * getattr(preset, radius))
        y, x = _places(body, nucleus, gather, rng, drawn)
        up = rng.random(drawn)
        points = _inside(scene, owner, y, x, size, up)
        found.append(_apart(points, wanted))
    return join(*found)


def _places(body: Body, nucleus: Nucleus, gather: float, rng: np.random.Generator, drawn: int) -> tuple[Floats, Floats]:
    angle, along, across = rng.random((3, drawn))
    turn = 2 * np.pi * angle
    if gather:
        far = 1.0 + gather * np.sqrt(-2 * np.log(1 - 0.99 * along)) * (0.3 + 0.7 * across)
        u, v, tilt, y, x = (
            nucleus.length * far * np.cos(turn),
            nucleus.width * far * np.sin(turn),
            nucleus.angle,
            nucleus.y,
            nucleus.x,
        )
    else:
        far = 1.1 * np.sqrt(along)
        u, v, tilt, y, x = body.length * far * np.cos(turn), body.width * far * np.sin(turn), body.angle, body.y, body.x
    cos, sin = math.cos(tilt), math.sin(tilt)
    return y + sin * u + cos * v, x + cos * u - sin * v


def _inside(scene: Scene, owner: int, y: Floats, x: Floats, size: Floats, up: Floats) -> Points:
    """Those places that are in the cytoplasm of the cell, with a height."""
    row, column, inside = scene.at(y, x)
    land, relief = scene.land, scene.relief
    bottom, top = relief.bottom[row, column], relief.top[row, column]
    room = top - bottom - 2 * size - 0.2
    good = inside & (land.owner[row, column] == owner) & (room > 0)
    good &= (relief.nucleus_owner[row, column] == 0) & (land.contact[row, column] > 0.6 * size)
    place = np.stack([bottom + size + 0.1 + np.maximum(room, 0) * (0.1 + 0.8 * up), y, x], axis=1)
    return Points(place, size, np.full(len(size), owner, dtype=np.int32)).where(good)


def _apart(points: Points, wanted: int) -> Points:
    """The first ``wanted`` that do not touch an earlier one."""
    keep = np.zeros(len(points), dtype=bool)
    for number_ in range(len(points)):
        before = np.flatnonzero(keep)
        if len(before) >= wanted:
            break
        gap = np.sqrt(((points.place[before] - points.place[number_]) ** 2).sum(1))
        keep[number_] = bool((gap > 0.95 * (points.radius[before] + points.radius[number_])).all())
    return points.where(keep)


def nucleoli(scene: Scene, kind: str = "nucleoli") -> Points:
    """Balls within the nuclei."""
    found = []
    for owner, (body, nucleus) in enumerate(zip(scene.bodies, scene.nuclei, strict=True), start=1):
        preset = body.preset
        if not preset.nucleoli:
            continue
        rng = stream(scene.seed, "cell", body.name, kind)
        wanted = max(1, number(preset.nucleoli, 1.0, rng))
        far, turn, size, up = rng.random((4, 24))
        radius = preset.nucleolus_radius * (0.55 + 0.9 * size) * scene.growth ** (1 / 3)
        far, turn = 0.72 * np.sqrt(far), 2 * np.pi * turn
        u, v = nucleus.length * far * np.cos(turn), nucleus.width * far * np.sin(turn)
        cos, sin = math.cos(nucleus.angle), math.sin(nucleus.angle)
        height = nucleus.middle + (up - 0.5) * nucleus.height
        place = np.stack([height, nucleus.y + sin * u + cos * v, nucleus.x + cos * u - sin * v], axis=1)
        found.append(_apart(Points(place, radius, np.full(24, owner, dtype=np.int32)), min(wanted, 6)))
    return join(*found)


def tubes(scene: Scene, kind: str = "mitochondria") -> Points:
    """Mitochondria: chains of points along wandering paths through the cytoplasm."""
    found = []
    for owner, (body, nucleus) in enumerate(zip(scene.bodies, scene.nuclei, strict=True), start=1):
        preset = body.preset
        if not preset.mitochondria:
            continue
        rng = stream(scene.seed, "cell", body.name, kind)
        wanted = number(preset.mitochondria, scene.growth, rng)
        drawn = int(SPARE / 2 * preset.mitochondria) + 12
        y, x = _places(body, nucleus, 0.9, rng, drawn)
        steps = int(2.5 * preset.mitochondrion_length / STEP)
        length = preset.mitochondrion_length * np.exp(0.5 * rng.standard_normal(drawn) - 0.12)
        turn = 2 * np.pi * rng.random((drawn, 1)) + 0.16 * np.cumsum(rng.standard_normal((drawn, steps)), axis=1)
        up = np.clip(
            0.42
            + 0.2 * rng.standard_normal((drawn, 1))
            + 0.01 * np.cumsum(rng.standard_normal((drawn, steps)), axis=1),
            0.1,
            0.85,
        )
        ys, xs = (
            start[:, None] + STEP * np.cumsum(part, axis=1) for start, part in ((y, np.sin(turn)), (x, np.cos(turn)))
        )
        found.append(_paths(scene, owner, (ys, xs, up), length, wanted))
    return join(*found)


def _paths(scene: Scene, owner: int, path: tuple[Floats, Floats, Floats], length: Floats, wanted: int) -> Points:
    ys, xs, up = path
    preset = scene.bodies[owner - 1].preset
    row, column, inside = scene.at(ys, xs)
    land, relief = scene.land, scene.relief
    bottom, top = relief.bottom[row, column], relief.top[row, column]
    good = inside & (land.owner[row, column] == owner) & (top - bottom > 0.8) & (relief.nucleus_owner[row, column] == 0)
    good &= np.arange(ys.shape[1]) * STEP < length[:, None]
    good = np.logical_and.accumulate(good, axis=1)
    first = np.flatnonzero(good.sum(1) * STEP > 0.6)[:wanted]
    chosen = np.zeros_like(good)
    chosen[first] = good[first]
    margin = preset.mitochondrion_radius + 0.1
    z = bottom + margin + (top - bottom - 2 * margin) * up
    place = np.stack([z[chosen], ys[chosen], xs[chosen]], axis=1)
    count = len(place)
    return Points(place, np.full(count, preset.mitochondrion_radius), np.full(count, owner, dtype=np.int32))
