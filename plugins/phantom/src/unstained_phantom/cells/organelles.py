"""Where the small parts of cells are. Every kind has its own random stream in every cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.shapes import Points
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.cells.anatomy import Preset
    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.nuclei import Nucleus
    from unstained_phantom.cells.scene import Scene

    Floats = npt.NDArray[np.float64]
    Marks = npt.NDArray[np.bool_]

SPARE = 3
"""Places are drawn for this many times the mean number; those outside the cell are passed over."""
STEP = 0.2
"""Distance of the points of a tube, in µm."""
MARGIN = 0.1
"""Least way from an organelle to the surface of its cell, in µm."""
CLUSTERED = 0.65
"""Share of the balls around a nucleus that lie in one of three clusters."""
SHORTEST = 0.5
"""No tube is shorter, and none lies where the cell is thinner than itself and this, in µm."""
AROUND = ((0.0, 0.0), (0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7))
"""Where a ball must fit into its cell: its centre and four places on it, in radii."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of ball in the cytoplasm."""

    name: str
    """Of its random stream."""
    number: float
    """In a cell, on average."""
    radius: float
    """Median, in µm."""
    spread: float
    """Standard deviation of the radius' logarithm."""
    largest: float
    """Largest radius, in µm."""
    gather: float = 0.0
    """How far from the nucleus they lie, in its radii; 0 is anywhere."""
    dominated: float = 0.0
    """Share of cells whose first ball is the largest."""
    apart: bool = True
    """Whether none may touch another of the kind."""


def amount(mean: float, rng: np.random.Generator) -> int:
    """How many of a kind a cell has: more varied than Poisson's law, and always from two numbers drawn.

    >>> amount(0.0, np.random.default_rng(0))
    0
    """
    return int(mean * math.exp(0.35 * rng.standard_normal() - 0.06) + rng.random())


def balls_of(scene: Scene, owner: int, kind: Kind, times: float = 1.0) -> Points:
    """Balls in the cytoplasm of one cell that do not touch each other. ``times`` multiplies their number."""
    body, nucleus = scene.bodies[owner - 1], scene.nuclei[owner - 1]
    rng = stream(scene.seed, "cell", body.name, kind.name)
    wanted = amount(kind.number * body.growth * times, rng)
    drawn = int(SPARE * kind.number) + 12
    size = np.clip(kind.radius * np.exp(kind.spread * rng.standard_normal(drawn)), 0.3 * kind.radius, kind.largest)
    y, x = _places(body, nucleus, kind.gather, rng, drawn)
    up = 0.1 + 0.8 * rng.random(drawn)
    if rng.random() < kind.dominated:
        size[:3] = kind.largest
        y[:3], x[:3] = body.y + 0.2 * (y[:3] - body.y), body.x + 0.2 * (x[:3] - body.x)
    points = _inside(scene, owner, (y, x), size, up)
    return _apart(points, wanted) if kind.apart else points.where(np.arange(len(points)) < wanted)


def _places(body: Body, nucleus: Nucleus, gather: float, rng: np.random.Generator, drawn: int) -> tuple[Floats, Floats]:
    """Places in a cell: anywhere, or around its nucleus, in clusters."""
    far, turn, fewer = rng.random((3, drawn))
    normal = rng.standard_normal((2, drawn))
    angle = 2 * np.pi * turn
    if not gather:
        radius = 1.1 * np.sqrt(far)
        return _turned(body.length * radius * np.cos(angle), body.width * radius * np.sin(angle), body)
    clusters = 2 * np.pi * rng.random(3)
    angle = np.where(fewer < CLUSTERED, clusters[np.arange(drawn) % 3] + 0.45 * normal[0], angle)
    radius = 1.05 + gather * np.sqrt(-2 * np.log(1 - 0.99 * far)) * np.abs(normal[1]) ** 0.5
    return _turned(nucleus.length * radius * np.cos(angle), nucleus.width * radius * np.sin(angle), nucleus)


def _turned(along: Floats, across: Floats, thing: Body | Nucleus) -> tuple[Floats, Floats]:
    """From the axes of a cell or nucleus to those of the field."""
    cos, sin = math.cos(thing.angle), math.sin(thing.angle)
    return thing.y + sin * along + cos * across, thing.x + cos * along - sin * across


def _inside(scene: Scene, owner: int, places: tuple[Floats, Floats], size: Floats, up: Floats) -> Points:
    """Those balls that fit into the cytoplasm of the cell, each at a part ``up`` of the height it may have."""
    row, column, _ = scene.at(*places)
    bottom, top = scene.relief.bottom[row, column], scene.relief.top[row, column]
    room = top - bottom - 2 * size - 2 * MARGIN
    height = bottom + size + MARGIN + np.maximum(room, 0) * up
    good = room > 0
    for down, right in AROUND:
        row, column, inside = scene.at(places[0] + down * size, places[1] + right * size)
        half = size * (0.71 if down or right else 1.0)
        good &= inside & (scene.relief.owner[row, column] == owner) & (scene.relief.nucleus_owner[row, column] == 0)
        good &= (scene.relief.top[row, column] > height + half) & (scene.relief.bottom[row, column] < height - half)
    place = np.stack([height, *places], axis=1)
    return Points(place, size, np.full(len(size), owner, dtype=np.int32)).where(good)


def _apart(points: Points, wanted: int) -> Points:
    """The first ``wanted`` that do not touch an earlier one."""
    gaps = np.sqrt(((points.place[:, None] - points.place) ** 2).sum(2))
    free = gaps > 0.95 * (points.radius[:, None] + points.radius)
    keep: list[int] = []
    for one in range(len(points)):
        if len(keep) < wanted and free[one, keep].all():
            keep.append(one)
    return points.where(np.isin(np.arange(len(points)), keep))


def nucleoli(scene: Scene, owner: int, kind: str = "nucleoli") -> Points:
    """Balls within the nucleus of a cell."""
    body, nucleus = scene.bodies[owner - 1], scene.nuclei[owner - 1]
    rng = stream(scene.seed, "cell", body.name, kind)
    wanted = min(6, max(1, amount(body.preset.nucleoli, rng)))
    far, turn, size, up = rng.random((4, 24))
    radius = body.preset.nucleolus_radius * (0.6 + 0.8 * size) * body.growth ** (1 / 3)
    far, turn = 0.7 * np.sqrt(far), 2 * np.pi * turn
    y, x = _turned(nucleus.length * far * np.cos(turn), nucleus.width * far * np.sin(turn), nucleus)
    height = nucleus.middle + (up - 0.5) * nucleus.height
    return _apart(Points(np.stack([height, y, x], axis=1), radius, np.full(24, owner, dtype=np.int32)), wanted)


def tubes(scene: Scene, owner: int, kind: str = "mitochondria") -> Points:
    """Mitochondria of a cell: chains of points along wandering paths through the cytoplasm."""
    body, nucleus = scene.bodies[owner - 1], scene.nuclei[owner - 1]
    preset = body.preset
    rng = stream(scene.seed, "cell", body.name, kind)
    wanted = amount(preset.mitochondria * body.growth, rng)
    drawn = int(2 * preset.mitochondria) + 12
    y, x = _places(body, nucleus, 0.7, rng, drawn)
    steps = int(2 * preset.mitochondrion_length / STEP)
    length = preset.mitochondrion_length * np.exp(0.5 * rng.standard_normal((drawn, 1)) - 0.12)
    turn = 2 * np.pi * rng.random((drawn, 1)) + 0.17 * np.cumsum(rng.standard_normal((drawn, steps)), axis=1)
    up = np.clip(0.4 + 0.2 * rng.standard_normal((drawn, 1)), 0.1, 0.8) * np.ones(steps)
    y, x = (start[:, None] + STEP * np.cumsum(part, axis=1) for start, part in ((y, np.sin(turn)), (x, np.cos(turn))))
    row, column, inside = scene.at(y, x)
    bottom = scene.relief.bottom[row, column]
    room = scene.relief.top[row, column] - bottom - 2 * (preset.mitochondrion_radius + MARGIN)
    good = inside & (scene.relief.owner[row, column] == owner) & (scene.relief.nucleus_owner[row, column] == 0)
    good &= (room > SHORTEST) & (np.arange(steps) * STEP < length)
    chosen = _begun(good, wanted)
    place = np.stack([bottom + preset.mitochondrion_radius + MARGIN + room * up, y, x], axis=2)[chosen]
    count = len(place)
    return Points(place, np.full(count, preset.mitochondrion_radius), np.full(count, owner, dtype=np.int32))


def _begun(good: Marks, wanted: int) -> Marks:
    """Of paths (rows) the points up to the first that is not good, for the first ``wanted`` of some length."""
    whole = np.logical_and.accumulate(good, axis=1)
    first = np.flatnonzero(whole.sum(1) * STEP > SHORTEST)[:wanted]
    chosen = np.zeros_like(whole)
    chosen[first] = whole[first]
    return chosen


def droplets(preset: Preset, name: str) -> Kind:
    """Lipid droplets."""
    return Kind(
        name=name,
        number=preset.droplets,
        radius=preset.droplet_radius,
        spread=preset.droplet_spread,
        largest=preset.droplet_largest,
        gather=preset.droplet_gather,
        dominated=preset.dominated,
    )


def vesicles(preset: Preset) -> Kind:
    """Lysosomes and endosomes: between cytoplasm and droplets in index, and without any label."""
    radius = preset.vesicle_radius
    return Kind(
        name="vesicles", number=preset.vesicles, radius=radius, spread=0.35, largest=2 * radius, gather=1.0, apart=False
    )


def vacuoles(preset: Preset) -> Kind:
    """Balls of little more than medium."""
    radius = preset.vacuole_radius
    return Kind(name="vacuoles", number=preset.vacuoles, radius=radius, spread=0.3, largest=2 * radius, gather=1.2)
