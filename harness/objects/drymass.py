"""Dry mass of nuclei and cytoplasm from a phase image, and how fast it grows.

Phase is measured, not predicted: a model's error enters through the masks that its labels give. So a truth and a
prediction are weighed in the same phase image, less the same background.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, nan, pi
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy.typing as npt

    from harness.objects.features import Numbers
    from harness.segmentation import Image, Labels, Mask

INCREMENT = 0.2
"""Refraction increment of protein in µm³/pg, the same as mL/g: 0.18 to 0.21 (Barer 1952; Zhao et al. 2011)."""


@dataclass(frozen=True, kw_only=True)
class Scales:
    """What turns phase into mass."""

    wavelength: float
    """Of the light, in µm."""
    pixel_size: float
    """In µm."""
    nucleus: float = INCREMENT
    """Refraction increment of the nucleus, in µm³/pg."""
    cytoplasm: float = INCREMENT
    """Refraction increment of the cytoplasm, in µm³/pg."""


@dataclass(frozen=True, eq=False)
class Masses:
    """Dry mass of every cell, in pg."""

    nucleus: Numbers
    """Over the nucleus: what lies above and below it is weighed with it."""
    cytoplasm: Numbers
    """Over the rest of the cell."""


@dataclass(frozen=True)
class Growth:
    """Exponential growth of a mass."""

    rate: float
    """Per hour: the slope of ln(mass) over time, by least squares."""
    error: float
    """Standard error of the rate; NaN for two points, which leave nothing over."""

    @property
    def doubling(self) -> float:
        """Hours in which the mass doubles; infinite without growth, negative where it shrinks."""
        return log(2) / self.rate if self.rate else inf


def density(wavelength: float, increment: float = INCREMENT) -> float:
    """Dry mass per area and radian, in pg/µm²: wavelength / (2 pi increment) (Barer 1952, Nature 169, 366-367).

    >>> round(density(0.59), 4)
    0.4695
    """
    return wavelength / (2 * pi * increment)


def background(phase: Image, cells: npt.NDArray[np.integer], valid: Mask) -> float:
    """Phase where there is no cell: the median of it, in radians; 0 where cells are everywhere.

    Take it from the true cells, once, for everything that is weighed in this image.
    """
    empty = phase[(cells == 0) & valid]
    return float(np.median(empty)) if empty.size else 0.0


def masses(phase: Image, cells: Labels, nuclei: npt.NDArray[np.integer], scales: Scales) -> Masses:
    """Of every cell, 1 to n, the mass over its nucleus and over the rest of it.

    ``phase`` in radians, less its background, all arrays ``y x``. A pixel is of the nucleus where ``nuclei`` is not 0;
    nuclei outside of all cells are not weighed.
    """
    inside = nuclei > 0
    return Masses(
        _weighed(phase, cells, inside, scales.pixel_size**2 * density(scales.wavelength, scales.nucleus)),
        _weighed(phase, cells, ~inside, scales.pixel_size**2 * density(scales.wavelength, scales.cytoplasm)),
    )


def mass_error(found: Numbers, there: Numbers) -> float:
    """Median over cells of |found - there| / there. NaN in ``found`` is a cell that was not found: an error of 1.

    NaN where no cell has a mass.
    """
    weighed = there > 0
    if not weighed.any():
        return nan
    said = np.nan_to_num(found[weighed])
    return float(np.median(np.abs(said - there[weighed]) / there[weighed]))


def total_error(found: Numbers, there: Numbers) -> float:
    """(sum found - sum there) / sum there: of a whole field, where errors of single cells make up for each other."""
    total = float(there.sum())
    return (float(np.nansum(found)) - total) / total if total > 0 else nan


def growth(hours: Numbers, mass: Numbers) -> Growth:
    """The rate at which a mass grows.

    Raises
    ------
    ZooError
        With fewer than two different times, or a mass that is not positive.
    """
    if np.unique(hours).size < 2:  # noqa: PLR2004 - a slope needs two
        raise ZooError(f"growth rate: {np.unique(hours).size} time points; expected at least 2", hint="add time points")
    if not np.all(mass > 0):
        message = f"growth rate: a mass of {float(np.min(mass)):g} pg; expected positive masses only"
        raise ZooError(message, hint="take the background off the phase image, or leave the cell out")
    centred, ordinate = hours - hours.mean(), np.log(mass)
    spread = float(np.sum(centred**2))
    rate = float(np.sum(centred * ordinate)) / spread
    left = ordinate - ordinate.mean() - rate * centred
    free = hours.size - 2
    return Growth(rate, float(np.sqrt(np.sum(left**2) / free / spread)) if free else nan)


def _weighed(phase: Image, cells: Labels, part: Mask, factor: float) -> Numbers:
    """Sum of phase over a part of every cell, times a factor."""
    total = np.bincount(cells[part], phase[part], int(cells.max(initial=0)) + 1)
    return np.asarray(total[1:] * factor, np.float64)
