"""Fluorophores: what each label shows of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.parameters import STAINING

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.cells.scene import Scene
    from unstained_phantom.cells.voxels import Filling, Voxels

    Floats = npt.NDArray[np.float64]


def stains(scene: Scene, filling: Filling, voxels: Voxels, texture: Floats) -> dict[str, Floats]:
    """Label -> density in each voxel, (n,).

    An organelle's own label follows an edit; all other labels are those of the cell before it.
    """
    dead, condensed = (
        np.array([False, *(body.preset.state in states for body in scene.bodies)])[voxels.owner]
        for states in (("dead",), ("dead", "mitotic"))
    )
    neuron, motor = (
        np.array([False, *(body.preset.name in names for body in scene.bodies)])[voxels.owner]
        for names in (("neuron", "motor-neuron"), ("motor-neuron",))
    )
    level = np.array([0.0, *(body.level for body in scene.bodies)])[voxels.owner]
    chromatin = filling.nucleus - (1 - STAINING.dna_nucleolus) * filling.nucleoli_before
    clumps = np.maximum(0.0, 1 - STAINING.dna_texture + STAINING.dna_texture * texture)
    cytosol = filling.cell - filling.nucleus - filling.lipid_before - filling.vacuoles
    dye = np.maximum(cytosol, 0) + STAINING.cytosol_nucleus * filling.nucleus
    return {
        "dna": chromatin * clumps * np.where(condensed, STAINING.dna_condensed, 1.0),
        "nucleoli": filling.nucleoli,
        "lipid": filling.lipid,
        "mitochondria": filling.mitochondria,
        "membrane": _cortex(scene, filling, voxels),
        "cytoplasm": dye * np.where(dead, STAINING.cytosol_dead, 1.0),
        "dead": filling.nucleus * dead,
        "null_puncta": filling.puncta,
        "random_level": filling.nucleus * level,
        "shortcut": filling.shortcut,
        "neuron": filling.nucleus * neuron,
        "motor_neuron": filling.nucleus * motor,
    }


def _cortex(scene: Scene, filling: Filling, voxels: Voxels) -> Floats:
    """What lies close under the surface of a cell, or along its border with another."""
    relief, thick = scene.relief, STAINING.cortex
    steep = np.hypot(*np.gradient(relief.top, voxels.grid.pixel))
    upper = thick * np.sqrt(1 + np.minimum(steep, 4.0) ** 2)
    shell = voxels.between(np.maximum(relief.top - upper, relief.bottom), relief.top)
    shell += voxels.between(relief.bottom, np.minimum(relief.bottom + thick, relief.top))
    border = np.exp(-((scene.land.contact / thick) ** 2)) * (scene.land.owner > 0)
    return np.minimum(filling.cell, shell + filling.cell * voxels.under(border))
