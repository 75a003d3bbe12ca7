"""Refractive index and dry mass of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.parameters import MATERIALS
from unstained_phantom.cells.relief import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.voxels import Filling, Voxels

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Matter:
    """Of each voxel, (n,)."""

    index: Floats
    """Refractive index minus that of the medium."""
    nuclear_mass: Floats
    """Dry mass of nucleoplasm and nucleoli, in pg."""
    other_mass: Floats
    """Dry mass of everything else in the cell, in pg."""


def matter(
    filling: Filling, voxels: Voxels, bodies: Sequence[Body], texture: Floats, lipid_index: float | None
) -> Matter:
    """Mix the indices of what a voxel holds by volume, and tell the dry mass behind them.

    Droplets have their index over whatever surrounds them, so that with 0 nothing of them is left; ``lipid_index`` is
    that, or None for the usual one. ``texture`` is a random field of variance 1 that makes cytoplasm and nuclei grainy.
    """
    cytosol = (_each(bodies, "index") - MATERIALS.medium)[voxels.owner]
    plasm = (_each(bodies, "nucleus_index") - MATERIALS.medium)[voxels.owner]
    dense = (table(bodies, "nucleolus_index") - table(bodies, "nucleus_index"))[voxels.owner]
    nuclear = filling.nucleus * (plasm + MATERIALS.chromatin * texture) + filling.nucleoli * dense
    grainy = cytosol + table(bodies, "granularity")[voxels.owner] * texture
    other = (filling.cell - filling.nucleus) * grainy
    other += filling.mitochondria * (MATERIALS.mitochondrion - MATERIALS.medium - cytosol)
    other += filling.vesicles * MATERIALS.vesicle
    other += filling.vacuoles * MATERIALS.vacuole
    lipid = MATERIALS.lipid if lipid_index is None else lipid_index
    fat = filling.lipid * (cytosol + lipid)
    volume = voxels.grid.pixel**2 * voxels.grid.step
    return Matter(
        index=nuclear + other + filling.lipid * lipid + filling.debris * MATERIALS.debris,
        nuclear_mass=volume * nuclear / MATERIALS.nuclear,
        other_mass=volume * ((other - filling.lipid * cytosol) / MATERIALS.protein + fat / MATERIALS.fat),
    )


def _each(bodies: Sequence[Body], name: str) -> Floats:
    """An index of every cell, by owner; that of the medium where no cell is."""
    return np.array([MATERIALS.medium, *(getattr(body, name) for body in bodies)])
