"""Who is in a field: instance masks, and what is true of every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.specimen import Cell, State

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.cells.matter import Matter
    from unstained_phantom.cells.scene import Scene
    from unstained_phantom.cells.voxels import Filling, Voxels

    Mask = npt.NDArray[np.uint16]

SEEN = 0.2
"""Thickness in µm from which on a place belongs to the mask of a cell: fibres do not."""


def census(scene: Scene, filling: Filling, voxels: Voxels, matter: Matter) -> tuple[Mask, Mask, tuple[Cell, ...]]:
    """Masks of cells and of nuclei, (y, x), and the cells by id."""
    relief = scene.relief
    ids = np.zeros(len(scene.bodies) + 1, dtype=np.uint16)
    ids[list(scene.seen)] = np.arange(1, len(scene.seen) + 1)
    body = (relief.top - relief.bottom > SEEN) & ((scene.land.owner > 0) | (relief.top > 2 * SEEN))
    cells = np.where(body, ids[relief.owner], 0).astype(np.uint16)
    nuclei = ids[relief.nucleus_owner]
    under = voxels.under(relief.nucleus_owner) == voxels.owner

    def total(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(voxels.owner, values, minlength=len(ids)), dtype=np.float64)

    volume = voxels.grid.pixel**2 * voxels.grid.step
    facts = {
        "nucleus_volume": volume * total(filling.nucleus),
        "cytoplasm_volume": volume * total(filling.cell - filling.nucleus),
        "nucleus_dry_mass": total(matter.nuclear_mass),
        "cytoplasm_dry_mass": total(matter.other_mass),
        "column_dry_mass": total((matter.nuclear_mass + matter.other_mass) * under),
    }
    who = tuple(
        Cell(
            id=int(ids[owner]),
            preset=body.preset.name,
            state=State(body.preset.state),
            level=body.level,
            **{name: float(values[owner]) for name, values in facts.items()},
        )
        for owner, body, _ in scene.cells()
    )
    return cells, nuclei, who
