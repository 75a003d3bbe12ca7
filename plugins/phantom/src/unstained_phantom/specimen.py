"""What lies under the microscope: a refractive index and fluorophores in every voxel, and who is who."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Grid:
    """Voxels of a specimen: averages, not points. ``z`` 0 is the glass; the axis points away from the objective."""

    shape: tuple[int, int, int]
    """Voxels along z, y, x, margin included."""
    pixel: float
    """Edge along y and x, in µm."""
    step: float
    """Edge along z, in µm."""
    margin: int = 0
    """Pixels on each side in y and x that are simulated but not recorded: light comes into the field from there."""

    @property
    def recorded(self) -> tuple[int, int]:
        """Pixels of an image, y and x."""
        return self.shape[1] - 2 * self.margin, self.shape[2] - 2 * self.margin


class State(StrEnum):
    """What a cell is doing."""

    ALIVE = "alive"
    MITOTIC = "mitotic"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell, as it was made."""

    id: int
    """Value in the instance masks, from 1."""
    preset: str
    """``epithelial``, ``fibroblast`` ..."""
    state: State
    level: float
    """Of the label ``random_level``: drawn for this cell, without any cause in what can be seen."""
    nucleus_volume: float
    """In µm³."""
    cytoplasm_volume: float
    """Of the cell without its nucleus, in µm³."""
    nucleus_dry_mass: float
    """Of the compartment: nucleoplasm and nucleoli, in pg."""
    cytoplasm_dry_mass: float
    """Of the compartment: cytoplasm and all organelles in it, in pg."""
    column_dry_mass: float
    """All dry mass above and below the outline of the nucleus, in pg: what an image of phase can show at best."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Specimen:
    """A field of cells in their medium."""

    grid: Grid
    index: npt.NDArray[np.float32]
    """Refractive index minus that of the medium, (z, y, x), at 550 nm."""
    fluorophores: Mapping[str, npt.NDArray[np.float32]]
    """Label -> relative density, (z, y, x), 0 to about 1: 1 is what fills a voxel of the label's structure entirely."""
    cells: npt.NDArray[np.uint16]
    """Instance mask of whole cells, projected, (y, x); 0 is background. Where cells overlap the higher one counts."""
    nuclei: npt.NDArray[np.uint16]
    """Instance mask of nuclei, projected, (y, x), with the ids of their cells; mitotic cells: their chromatin."""
    who: tuple[Cell, ...]
    """The cells, by id."""
    edited: npt.NDArray[np.bool_]
    """Where an edit (an erased or inserted organelle) changed the specimen, projected, (y, x)."""
