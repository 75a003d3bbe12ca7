"""A field of cells, from what grows in the dish to an index and fluorophores in every voxel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.census import census
from unstained_phantom.cells.contents import contents
from unstained_phantom.cells.matter import matter
from unstained_phantom.cells.noise import grain
from unstained_phantom.cells.parameters import STAINING
from unstained_phantom.cells.scene import arranged
from unstained_phantom.cells.stains import stains
from unstained_phantom.cells.voxels import occupied
from unstained_phantom.seeds import stream
from unstained_phantom.specimen import Specimen

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.cells.population import Population
    from unstained_phantom.cells.voxels import Filling, Voxels
    from unstained_phantom.specimen import Grid


def draw(population: Population, grid: Grid, seed: str) -> Specimen:
    """The field that belongs to this seed.

    The same seed gives the same cells at any pixel size, and a larger grid shows more of the same dish. Every random
    quantity has a stream of its own, so that populations which differ in one thing give fields that differ in it alone.
    """
    scene = arranged(population, grid, seed)
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
