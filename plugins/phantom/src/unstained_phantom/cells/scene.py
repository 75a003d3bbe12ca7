"""Cells on the glass: who lies there, how high, and where the nuclei are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.layout import bodies, spacing
from unstained_phantom.cells.measurement import Footprint, footprints, swelling
from unstained_phantom.cells.noise import surface
from unstained_phantom.cells.nuclei import Nucleus, nucleus_of
from unstained_phantom.cells.parameters import LAYER
from unstained_phantom.cells.protrusions import ridges
from unstained_phantom.cells.relief import Relief, surfaces, thickness
from unstained_phantom.cells.territory import Plane, Territory, divide
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.population import Population
    from unstained_phantom.specimen import Grid

    Floats = npt.NDArray[np.float64]
    Marks = npt.NDArray[np.bool_]

COARSE = 0.8
"""Step in µm of the plane on which cells are measured: the same whatever the pixels of the grid."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What organelles are placed in."""

    seed: str
    plane: Plane
    land: Territory
    relief: Relief
    bodies: Sequence[Body]
    nuclei: Sequence[Nucleus]
    """One for each body, in the same order."""
    seen: tuple[int, ...]
    """Numbers of the cells that lie on the plane, from 1."""

    def cells(self) -> Iterator[tuple[int, Body, Nucleus]]:
        """The cells that lie on the plane: number, body, nucleus."""
        return ((owner, self.bodies[owner - 1], self.nuclei[owner - 1]) for owner in self.seen)

    def at(self, y: Floats, x: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Marks]:
        """Row and column of places, and whether they are on the plane."""
        pixel = self.plane.y[1] - self.plane.y[0]
        row = np.floor((y - self.plane.y[0]) / pixel + 0.5).astype(np.intp)
        column = np.floor((x - self.plane.x[0]) / pixel + 0.5).astype(np.intp)
        height, width = self.plane.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return np.clip(row, 0, height - 1), np.clip(column, 0, width - 1), inside


def arranged(population: Population, grid: Grid, seed: str) -> Scene:
    """The cells that belong to this seed, where and as large as they are, without what is in them."""
    extent = (grid.shape[1] * grid.pixel, grid.shape[2] * grid.pixel)
    young = bodies(population, extent, seed)
    cells = tuple(body.grown(population.growth) for body in young)
    beyond = 1.5 * spacing(population)
    nuclei, swollen = _measured(young, cells, (extent[0] / 2 + beyond, extent[1] / 2 + beyond), seed)
    plane = _plane(_centred(grid.shape[1], grid.pixel), _centred(grid.shape[2], grid.pixel), seed)
    land = divide(cells, plane)
    height = thickness(cells, land, nuclei, plane, _bumps(plane, seed))
    height = replace(height, own=height.own * swollen[land.owner])
    relief = surfaces(cells, land, nuclei, plane, height, ridges(cells, plane, seed))
    seen = tuple((np.flatnonzero(np.bincount(land.owner.ravel(), minlength=len(cells) + 1)[1:]) + 1).tolist())
    return Scene(seed, plane, land, relief, cells, nuclei, seen)


def _centred(count: int, step: float) -> Floats:
    """Places at this step around 0, in µm."""
    return np.asarray((np.arange(count) - (count - 1) / 2) * step, dtype=np.float64)


def _plane(y: Floats, x: Floats, seed: str) -> Plane:
    bends = ((LAYER.warp_scale, LAYER.warp), (LAYER.fray_scale, LAYER.fray))
    warp = [
        np.sum(
            [
                spread * surface(stream(seed, "warp", axis, part), y, x, scale)
                for part, (scale, spread) in enumerate(bends)
            ],
            axis=0,
        )
        for axis in ("y", "x")
    ]
    return Plane(y, x, warp[0], warp[1])


def _bumps(plane: Plane, seed: str) -> Floats:
    return surface(stream(seed, "bumps"), plane.y, plane.x, LAYER.bump_scale)


def _measured(
    young: Sequence[Body], cells: Sequence[Body], reach: tuple[float, float], seed: str
) -> tuple[tuple[Nucleus, ...], Floats]:
    """Nuclei in the footprints that cells have at first, and by how much growth has thickened each cell, by owner.

    ``reach`` is how far cells are measured from the middle of the field, along y and x, in µm.
    """
    sides = [2 * math.ceil(length / COARSE) + 1 for length in reach]
    plane = _plane(_centred(sides[0], COARSE), _centred(sides[1], COARSE), seed)
    land = divide(young, plane)
    lying = footprints(land, plane, len(young))
    first, nuclei = _nuclei(young, lying, seed), _nuclei(cells, lying, seed)
    if all(body.growth == 1 for body in cells):
        return nuclei, np.ones(len(cells) + 1)
    bumps, later = _bumps(plane, seed), divide(cells, plane)
    before = thickness(young, land, first, plane, bumps)
    after = thickness(cells, later, nuclei, plane, bumps)
    return nuclei, swelling(before, after, (land, later), [body.growth for body in cells])


def _nuclei(cells: Sequence[Body], lying: Sequence[Footprint | None], seed: str) -> tuple[Nucleus, ...]:
    return tuple(
        nucleus_of(body, owner, footprint or Footprint(1.0, body.y, body.x, 0.0), seed)
        for owner, (body, footprint) in enumerate(zip(cells, lying, strict=True), start=1)
    )
