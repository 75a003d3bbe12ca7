"""Voxels that hold something, by themselves: most of a field is medium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.organelles import STEP
from unstained_phantom.cells.shapes import Points, balls, slab, specks

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from unstained_phantom.cells.contents import Contents, Edited
    from unstained_phantom.cells.relief import Relief
    from unstained_phantom.specimen import Grid

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Voxels:
    """Those with cells or debris in them. Every array of values has one number for each of these, (n,)."""

    grid: Grid
    where: npt.NDArray[np.intp]
    """Their numbers in the grid, z slowest."""
    owner: npt.NDArray[np.int32]
    """Number of the cell in each, from 1."""

    @property
    def column(self) -> npt.NDArray[np.intp]:
        """Number in the image plane, y slowest."""
        return self.where % (self.grid.shape[1] * self.grid.shape[2])

    def read(self, volume: npt.NDArray[np.floating]) -> Floats:
        """Values of a volume (z, y, x)."""
        return np.asarray(volume.ravel()[self.where], dtype=np.float64)

    def under(self, plane: npt.NDArray[np.floating | np.signedinteger]) -> Floats:
        """Values of a plane (y, x)."""
        return np.asarray(plane.ravel()[self.column], dtype=np.float64)

    def between(self, bottom: Floats, top: Floats) -> Floats:
        """What lies between two surfaces (y, x) in µm above the glass, in parts of each voxel."""
        step = self.grid.step
        lower = (self.where // (self.grid.shape[1] * self.grid.shape[2])) * step
        overlap = np.minimum(self.under(top), lower + step) - np.maximum(self.under(bottom), lower)
        return np.asarray(np.maximum(overlap, 0) / step)

    def whole(self, values: Floats) -> npt.NDArray[np.float32]:
        """A volume (z, y, x) that is 0 everywhere else."""
        volume = np.zeros(self.grid.shape, dtype=np.float32)
        volume.ravel()[self.where] = values
        return volume


@dataclass(frozen=True, eq=False, kw_only=True)
class Filling:
    """What part of each voxel is what. ``before`` is without edits, and decides what else there is room for."""

    cell: Floats
    nucleus: Floats
    nucleoli: Floats
    nucleoli_before: Floats
    lipid: Floats
    lipid_before: Floats
    mitochondria: Floats
    mitochondria_before: Floats
    vesicles: Floats
    vacuoles: Floats
    debris: Floats
    puncta: Floats
    shortcut: Floats


def occupied(relief: Relief, parts: Contents, grid: Grid) -> tuple[Voxels, Filling]:
    """The voxels that hold something, and what."""
    cells, pieces = slab(relief.bottom, relief.top, grid), balls(parts.debris, grid)
    where = np.flatnonzero((cells > 0) | (pieces > 0))
    inside = cells.ravel()[where] > 0
    owner = np.where(inside, relief.owner.ravel()[where % relief.owner.size], 0)
    voxels = Voxels(grid, where, owner)
    cell = voxels.read(cells)
    nucleus = np.minimum(voxels.between(relief.nucleus_bottom, relief.nucleus_top), cell)
    room = cell - nucleus
    lipid, lipid_before = _both(parts.lipid, lambda points: _balls(points, voxels, room))
    rest = room - lipid_before
    nucleoli, nucleoli_before = _both(parts.nucleoli, lambda points: _balls(points, voxels, nucleus))
    tubes, tubes_before = _both(parts.mitochondria, lambda points: _tubes(points, voxels, rest))
    return voxels, Filling(
        cell=cell,
        nucleus=nucleus,
        nucleoli=nucleoli,
        nucleoli_before=nucleoli_before,
        lipid=lipid,
        lipid_before=lipid_before,
        mitochondria=tubes,
        mitochondria_before=tubes_before,
        vesicles=_specks(parts.vesicles, voxels, rest),
        vacuoles=_balls(parts.vacuoles, voxels, rest),
        debris=np.minimum(voxels.read(pieces), 1 - cell),
        puncta=_specks(parts.puncta, voxels, room),
        shortcut=_balls(parts.shortcut, voxels, room),
    )


def _both(parts: Edited, made: Callable[[Points], Floats]) -> tuple[Floats, Floats]:
    """What is made of the parts now, and before an edit."""
    before = made(parts.before)
    return (before if parts.now is parts.before else made(parts.now)), before


def _balls(points: Points, voxels: Voxels, room: Floats) -> Floats:
    return np.minimum(voxels.read(balls(points, voxels.grid)), room)


def _specks(points: Points, voxels: Voxels, room: Floats) -> Floats:
    volume = 4 / 3 * np.pi * points.radius**3
    return np.minimum(voxels.read(specks(points, volume, voxels.grid)), room)


def _tubes(points: Points, voxels: Voxels, room: Floats) -> Floats:
    volume = np.pi * points.radius**2 * STEP
    return np.minimum(voxels.read(specks(points, volume, voxels.grid)), room)
