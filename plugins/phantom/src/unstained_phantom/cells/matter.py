"""What fills the voxels: refractive index, fluorophores, dry mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells import organelles
from unstained_phantom.cells.noise import grain
from unstained_phantom.cells.parameters import MATERIALS
from unstained_phantom.cells.relief import table
from unstained_phantom.cells.shapes import Points, balls, join, slab, specks
from unstained_phantom.seeds import stream
from unstained_phantom.specimen import Cell, Specimen, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from unstained_phantom.cells.organelles import Scene
    from unstained_phantom.cells.population import Population
    from unstained_phantom.specimen import Grid

    Floats = npt.NDArray[np.float64]

LABELS = (
    "dna", "nucleoli", "lipid", "mitochondria", "membrane", "cytoplasm", "dead", "null_puncta", "random_level", "shortcut",
)  # fmt: skip
"""The labels of a specimen, controls last."""
SHELL = 0.25
"""Thickness of the stained cortex in µm."""


@dataclass(frozen=True, eq=False)
class Organelles:
    """The parts of an organelle that a specimen has, and those that it had before an edit."""

    now: Points
    before: Points


def _edited(population: Population, scene: Scene, label: str, first: Points, more: Points) -> Organelles:
    edit = population.edit
    if edit is None or edit.label != label:
        return Organelles(first, first)
    chosen = np.array(
        [False, *(stream(scene.seed, "cell", body.name, "edit").random() < 1 / 3 for body in scene.bodies)]
    )
    if edit.action == "erase":
        return Organelles(first.where(~chosen[first.owner]), first)
    return Organelles(join(first, more.where(chosen[more.owner])), first)


def droplets(scene: Scene, population: Population, kind: str) -> Points:
    return organelles.around(
        scene,
        kind,
        "droplets",
        radius="droplet_radius",
        spread=0.33,
        largest="droplet_largest",
        gather=0.9,
        times=population.droplets,
    )


def fill(scene: Scene, population: Population, grid: Grid) -> Specimen:
    """Everything that is in the voxels."""
    land, relief = scene.land, scene.relief
    cell = slab(relief.bottom, relief.top, grid)
    where = np.flatnonzero(cell)
    column = where % (grid.shape[1] * grid.shape[2])
    owner = land.owner.ravel()[column]
    cell = cell.ravel()[where]
    nucleus = np.minimum(slab(relief.nucleus_bottom, relief.nucleus_top, grid).ravel()[where], cell)
    room = cell - nucleus

    def taken(volume: Floats) -> Floats:
        return np.minimum(volume.ravel()[where], 1.0)

    lipids = _edited(
        population, scene, "lipid", droplets(scene, population, "lipid"), droplets(scene, population, "lipid inserted")
    )
    bodies_ = _edited(
        population, scene, "nucleoli", organelles.nucleoli(scene), organelles.nucleoli(scene, "nucleoli inserted")
    )
    mitos = _edited(
        population, scene, "mitochondria", organelles.tubes(scene), organelles.tubes(scene, "mitochondria inserted")
    )

    def tube(points: Points) -> Floats:
        return taken(specks(points, np.pi * points.radius**2 * organelles.STEP, grid))

    lipid, lipid0 = (np.minimum(taken(balls(p, grid)), room) for p in (lipids.now, lipids.before))
    nucleolus, nucleolus0 = (np.minimum(taken(balls(p, grid)), nucleus) for p in (bodies_.now, bodies_.before))
    mito = np.minimum(tube(mitos.now), room - lipid0)
    vesicle = organelles.around(
        scene, "vesicles", "vesicles", radius="vesicle_radius", spread=0.3, largest=None, gather=1.0
    )
    vesicles = np.minimum(taken(specks(vesicle, 4 / 3 * np.pi * vesicle.radius**3, grid)), room - lipid0)
    texture = grain(stream(scene.seed, "grain"), grid, (0.3, 0.8)).ravel()[where]
    offset = np.array([0.0, *(body.index_offset for body in scene.bodies)])

    cytosol = (table(scene.bodies, "index") + offset)[owner] - MATERIALS.medium
    plasm = (table(scene.bodies, "nucleus_index") + offset)[owner] - MATERIALS.medium
    index = room * (cytosol + table(scene.bodies, "granularity")[owner] * texture)
    index += nucleus * (plasm + MATERIALS.chromatin * texture)
    index += nucleolus * (table(scene.bodies, "nucleolus_index") - table(scene.bodies, "nucleus_index"))[owner]
    index += mito * (MATERIALS.mitochondrion - MATERIALS.medium - cytosol)
    index += vesicles * MATERIALS.vesicle
    delta = MATERIALS.lipid if population.lipid_index is None else population.lipid_index
    index += lipid * delta

    dead = table(scene.bodies, "index") * 0
    for number, body in enumerate(scene.bodies, start=1):
        dead[number] = body.preset.state == "dead"
    level = np.array([0.0, *(body.level for body in scene.bodies)])
    dna = (
        nucleus
        * (1 - 0.7 * nucleolus0 / np.maximum(nucleus, 1e-9))
        * (0.8 + 0.15 * np.tanh(texture))
        * (1 + dead[owner])
    )
    null = organelles.around(
        scene, "null_puncta", "vesicles", radius="vesicle_radius", spread=0.3, largest=None, gather=0.0, times=0.5
    )
    if population.shortcut_linked:
        short = lipids.before
    else:
        short = droplets(scene, population, "lipid elsewhere")
    short = short.where(_nine_of_ten(scene, short))
    slope = np.hypot(*np.gradient(relief.top, grid.pixel))
    thick = SHELL * np.sqrt(1 + np.minimum(slope, 4) ** 2)
    shell = taken(slab(np.maximum(relief.top - thick, relief.bottom), relief.top, grid)) + taken(
        slab(relief.bottom, np.minimum(relief.bottom + SHELL, relief.top), grid)
    )
    shell = np.minimum(cell, shell + cell * np.exp(-((land.contact.ravel()[column] / 0.25) ** 2)))
    labels = {
        "dna": dna,
        "nucleoli": nucleolus,
        "lipid": lipid,
        "mitochondria": mito,
        "membrane": shell,
        "cytoplasm": np.maximum(room - lipid0, 0) * (1 - 0.9 * dead[owner]),
        "dead": nucleus * dead[owner],
        "null_puncta": np.minimum(taken(specks(null, 4 / 3 * np.pi * null.radius**3, grid)), room),
        "random_level": nucleus * level[owner],
        "shortcut": np.minimum(taken(balls(short, grid)), room),
    }

    def volume(values: Floats) -> npt.NDArray[np.float32]:
        whole = np.zeros(int(np.prod(grid.shape)), dtype=np.float32)
        whole[where] = values
        return whole.reshape(grid.shape)

    changed = np.zeros(grid.shape, dtype=bool)
    same = (lipids.now is lipids.before) and (bodies_.now is bodies_.before) and (mitos.now is mitos.before)
    if not same:
        before = np.minimum(tube(mitos.before), room - lipid0)
        changed.ravel()[where] = (lipid != lipid0) | (nucleolus != nucleolus0) | (mito != before)

    voxel = grid.pixel**2 * grid.step
    inside = (
        nucleus * (plasm + MATERIALS.chromatin * texture)
        + nucleolus * (table(scene.bodies, "nucleolus_index") - table(scene.bodies, "nucleus_index"))[owner]
    )
    fat = lipid * (cytosol + delta)
    mass = (
        inside / MATERIALS.nuclear_increment,
        fat / MATERIALS.lipid_increment,
        (index - inside - fat) / MATERIALS.protein_increment,
    )
    masks, who = _who(scene, grid, column, owner, cell * voxel, nucleus * voxel, tuple(m * voxel for m in mass))
    return Specimen(
        grid=grid,
        index=volume(index),
        fluorophores={name: volume(labels[name]) for name in LABELS},
        cells=masks[0],
        nuclei=masks[1],
        who=who,
        edited=changed.any(0),
    )


def _nine_of_ten(scene: Scene, points: Points) -> npt.NDArray[np.bool_]:
    keep = np.zeros(len(points), dtype=bool)
    for owner, body in enumerate(scene.bodies, start=1):
        own = np.flatnonzero(points.owner == owner)
        if len(own):
            keep[own] = stream(scene.seed, "cell", body.name, "shortcut").random(len(own)) < 0.9
    return keep


def _who(scene, grid, column, owner, cell, nucleus, masses):
    land, relief = scene.land, scene.relief
    present = np.unique(land.owner)
    present = present[present > 0]
    ids = np.zeros(len(scene.bodies) + 1, dtype=np.uint16)
    ids[present] = np.arange(1, len(present) + 1)
    cells = ids[land.owner]
    nuclei = ids[relief.nucleus_owner]
    n = len(scene.bodies) + 1
    under = relief.nucleus_owner.ravel()[column] > 0
    total = sum(masses)
    sums = {
        "nucleus_volume": np.bincount(owner, nucleus, minlength=n),
        "cytoplasm_volume": np.bincount(owner, cell - nucleus, minlength=n),
        "nucleus_dry_mass": np.bincount(owner, masses[0], minlength=n),
        "cytoplasm_dry_mass": np.bincount(owner, masses[1] + masses[2], minlength=n),
        "column_dry_mass": np.bincount(owner, total * under, minlength=n),
    }
    who = tuple(
        Cell(
            id=int(ids[number]),
            preset=scene.bodies[number - 1].preset.name,
            state=State(scene.bodies[number - 1].preset.state),
            level=scene.bodies[number - 1].level,
            **{name: float(values[number]) for name, values in sums.items()},
        )
        for number in present.tolist()
    )
    return (cells, nuclei), who
