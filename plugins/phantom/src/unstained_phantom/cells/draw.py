"""A field of cells, from what grows in the dish to an index and fluorophores in every voxel."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.census import census
from unstained_phantom.cells.contents import contents
from unstained_phantom.cells.layout import bodies, spacing
from unstained_phantom.cells.matter import matter
from unstained_phantom.cells.measurement import Footprint, footprints, swelling
from unstained_phantom.cells.noise import grain, surface
from unstained_phantom.cells.nuclei import Nucleus, nucleus_of
from unstained_phantom.cells.organelles import Scene
from unstained_phantom.cells.parameters import LAYER, STAINING
from unstained_phantom.cells.protrusions import ridges
from unstained_phantom.cells.relief import surfaces, thickness
from unstained_phantom.cells.stains import stains
from unstained_phantom.cells.territory import Plane, divide
from unstained_phantom.cells.voxels import occupied
from unstained_phantom.seeds import stream
from unstained_phantom.specimen import Specimen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.population import Population
    from unstained_phantom.cells.voxels import Filling, Voxels
    from unstained_phantom.specimen import Grid

    Floats = npt.NDArray[np.float64]

COARSE = 0.8
"""Step in µm of the plane on which cells are measured: the same whatever the pixels of the grid."""


def draw(population: Population, grid: Grid, seed: str) -> Specimen:
    """The field that belongs to this seed.

    The same seed gives the same cells at any pixel size, and a larger grid shows more of the same dish. Every random
    quantity has a stream of its own, so that populations which differ in one thing give fields that differ in it alone.
    """
    scene = _scene(population, grid, seed)
    voxels, filling = occupied(scene.relief, contents(scene, population), grid)
    texture = voxels.read(grain(stream(seed, "grain"), grid, (STAINING.grain_fine, STAINING.grain_coarse)))
    made = matter(filling, voxels, scene.bodies, texture, population.lipid_index)
    cells, nuclei, who = census(scene, filling, voxels, made)
    return Specimen(
        grid=grid,
        index=voxels.whole(made.index),
        fluorophores={label: voxels.whole(values) for label, values in stains(scene, filling, voxels, texture).items()},
        cells=cells,
        nuclei=nuclei,
        who=who,
        edited=_edited(filling, voxels),
    )


def _scene(population: Population, grid: Grid, seed: str) -> Scene:
    extent = (grid.shape[1] * grid.pixel, grid.shape[2] * grid.pixel)
    young = bodies(population, extent, seed)
    nuclei, swollen = _measured(population, young, extent, seed)
    cells = tuple(body.grown(population.growth ** (1 / 3)) for body in young)
    plane = _plane(_centred(grid.shape[1], grid.pixel), _centred(grid.shape[2], grid.pixel), seed)
    land = divide(cells, plane)
    height = thickness(cells, land, nuclei, plane, _bumps(plane, seed))
    height = replace(height, own=height.own * swollen[land.owner])
    relief = surfaces(cells, land, nuclei, plane, height, ridges(cells, plane, population.growth, seed))
    seen = tuple((np.flatnonzero(np.bincount(land.owner.ravel(), minlength=len(cells) + 1)[1:]) + 1).tolist())
    return Scene(seed, population.growth, plane, land, relief, cells, nuclei, seen)


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
    population: Population, young: Sequence[Body], extent: tuple[float, float], seed: str
) -> tuple[tuple[Nucleus, ...], Floats]:
    """Nuclei in the footprints that cells have at first, and by how much growth has thickened each cell, by owner."""
    half = [math.ceil((size / 2 + 1.5 * spacing(population)) / COARSE) for size in extent]
    plane = _plane(_centred(2 * half[0] + 1, COARSE), _centred(2 * half[1] + 1, COARSE), seed)
    land = divide(young, plane)
    lying = footprints(land, plane, len(young))
    nuclei = _nuclei(young, lying, 1.0, seed)
    if population.growth == 1:
        return nuclei, np.ones(len(young) + 1)
    bumps, longer = _bumps(plane, seed), population.growth ** (1 / 3)
    before = thickness(young, land, nuclei, plane, bumps)
    nuclei = _nuclei(young, lying, longer, seed)
    old = [body.grown(longer) for body in young]
    later = divide(old, plane)
    after = thickness(old, later, nuclei, plane, bumps)
    return nuclei, swelling(before, after, (land, later), population.growth, len(young))


def _nuclei(cells: Sequence[Body], lying: Sequence[Footprint | None], grown: float, seed: str) -> tuple[Nucleus, ...]:
    return tuple(
        nucleus_of(body, owner, footprint or Footprint(1.0, body.y, body.x, 0.0), grown, seed)
        for owner, (body, footprint) in enumerate(zip(cells, lying, strict=True), start=1)
    )


def _edited(filling: Filling, voxels: Voxels) -> npt.NDArray[np.bool_]:
    """Where an edit changed what a voxel holds, seen from above, (y, x)."""
    pairs = (
        (filling.lipid, filling.lipid_before),
        (filling.nucleoli, filling.nucleoli_before),
        (filling.mitochondria, filling.mitochondria_before),
    )
    changed = np.zeros(voxels.grid.shape[1:], dtype=bool)
    for now, before in pairs:
        changed.ravel()[voxels.column[now != before]] = True
    return changed
