"""A field of cells, from what grows in the dish to an index and fluorophores in every voxel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells import matter
from unstained_phantom.cells.layout import Body, bodies, spacing_of
from unstained_phantom.cells.noise import surface
from unstained_phantom.cells.organelles import Scene
from unstained_phantom.cells.relief import Nucleus, parts, place, raise_
from unstained_phantom.cells.territory import Plane, divide
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.population import Population
    from unstained_phantom.specimen import Grid, Specimen

    Floats = npt.NDArray[np.float64]

COARSE = 0.8
"""Step in µm of the plane on which cells are measured: the same whatever the pixels of the grid."""
WARPS = ((5.0, 0.9), (1.6, 0.22))
"""Correlation and standard deviation of the bends of borders, in µm."""
BUMPS = 1.6
"""Correlation of the roughness of the upper side, in µm."""


def draw(population: Population, grid: Grid, seed: str) -> Specimen:
    """The field that belongs to this seed.

    The same seed gives the same cells at any pixel size; a larger grid shows more of the same dish. Each random
    quantity has a stream of its own, so that populations which differ in one thing give fields that differ in it alone.
    """
    extent = (grid.shape[1] * grid.pixel, grid.shape[2] * grid.pixel)
    cells = bodies(population, extent, seed)
    nuclei, factor = _measure(population, extent, seed)
    fine = _plane(_axis(grid.shape[1], grid.pixel), _axis(grid.shape[2], grid.pixel), seed)
    land = divide(cells, fine)
    relief = raise_(cells, land, nuclei, fine, _bumps(fine, seed), factor)
    scene = Scene(seed, population.growth, fine, land, relief, cells, nuclei)
    return matter.fill(scene, population, grid)


def _axis(count: int, pixel: float) -> Floats:
    return (np.arange(count) - (count - 1) / 2) * pixel


def _plane(y: Floats, x: Floats, seed: str) -> Plane:
    bent = [
        sum(
            spread * surface(stream(seed, "warp", axis, part), y, x, scale)
            for part, (scale, spread) in enumerate(WARPS)
        )
        for axis in ("y", "x")
    ]
    return Plane(y, x, np.asarray(bent[0]), np.asarray(bent[1]))


def _bumps(plane: Plane, seed: str) -> Floats:
    return surface(stream(seed, "bumps"), plane.y, plane.x, BUMPS)


def _measure(population: Population, extent: tuple[float, float], seed: str) -> tuple[tuple[Nucleus, ...], Floats]:
    """Nuclei, in the middle of the footprints that cells really have, and how much thicker growth makes each cell."""
    margin = 2 * spacing_of(population)
    axes = [
        np.arange(-np.ceil((size / 2 + margin) / COARSE), np.ceil((size / 2 + margin) / COARSE) + 1) * COARSE
        for size in extent
    ]
    plane = _plane(axes[0], axes[1], seed)
    young = bodies(replace(population, hours=0.0), extent, seed)
    land = divide(young, plane)
    centres = _centres(young, land.owner, plane)
    nuclei = _nuclei(young, centres, 1.0, seed)
    if population.growth == 1:
        return nuclei, np.ones(len(young) + 1)
    grown = bodies(population, extent, seed)
    bumps = _bumps(plane, seed)
    before = _volumes(young, land.owner, parts(young, land, nuclei, plane, bumps))
    nuclei = _nuclei(young, centres, population.growth ** (1 / 3), seed)
    land = divide(grown, plane)
    after = _volumes(grown, land.owner, parts(grown, land, nuclei, plane, bumps))
    wanted = population.growth * sum(before) - after[0] - after[2]
    return nuclei, np.clip(wanted / np.maximum(after[1], 1.0), 0.5, 3.0)


def _centres(cells: Sequence[Body], owner: npt.NDArray[np.int32], plane: Plane) -> list[tuple[float, float]]:
    count = np.bincount(owner.ravel(), minlength=len(cells) + 1)
    weights = (np.broadcast_to(plane.y[:, None], owner.shape), np.broadcast_to(plane.x, owner.shape))
    sums = [np.bincount(owner.ravel(), weight.ravel(), minlength=len(cells) + 1) for weight in weights]
    return [
        (sums[0][n] / count[n], sums[1][n] / count[n]) if count[n] else (body.y, body.x)
        for n, body in enumerate(cells, start=1)
    ]


def _nuclei(cells: Sequence[Body], centres: list[tuple[float, float]], grown: float, seed: str) -> tuple[Nucleus, ...]:
    return tuple(
        place(body, number, centre, grown, stream(seed, "cell", body.name, "nucleus"))
        for number, (body, centre) in enumerate(zip(cells, centres, strict=True), start=1)
    )


def _volumes(
    cells: Sequence[Body], owner: npt.NDArray[np.int32], heights: tuple[Floats, Floats, Floats]
) -> list[Floats]:
    return [COARSE**2 * np.bincount(owner.ravel(), height.ravel(), minlength=len(cells) + 1) for height in heights]
