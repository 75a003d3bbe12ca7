"""Bodies of a field weighed in its phase image: those that are drawn, and those that a prediction shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import watershed

from harness.objects.drymass import Scales, masses
from harness.objects.matching import matched, overlaps

if TYPE_CHECKING:
    from harness.objects.features import Numbers
    from harness.segmentation import Image, Labels, Mask


@dataclass(frozen=True, eq=False)
class Phase:
    """A phase image and what turns it into mass."""

    image: Image
    """In radians, ``y x``; the background is 0."""
    scales: Scales


@dataclass(frozen=True, eq=False)
class Weighed:
    """Bodies and their dry mass."""

    bodies: Labels
    """1 to n without gaps, ``y x``."""
    mass: Numbers
    """Of each, in pg."""

    @property
    def total(self) -> float:
        """Of all in the field."""
        return float(self.mass.sum())

    @cached_property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Of each, whether it lies in the field from end to end."""
        edge = [self.bodies[[0, -1]].ravel(), self.bodies[:, [0, -1]].ravel()]
        return ~np.isin(np.arange(1, self.mass.size + 1), np.concatenate(edge))

    def found_by(self, other: Weighed) -> Numbers:
        """Mass of the one body of the other that is each of these (IoU of 0.5 or more); NaN where there is none."""
        pairs = matched(overlaps(self.bodies, other.bodies))
        found = np.full(self.mass.size, np.nan)
        found[pairs.truth] = other.mass[pairs.predicted]
        return found


def nuclei_weighed(phase: Phase, nuclei: Labels) -> Weighed:
    """Nuclei with all that lies above and below them."""
    return Weighed(nuclei, masses(phase.image, nuclei, nuclei, phase.scales).nucleus)


def cytoplasm_weighed(phase: Phase, cells: Labels, nuclei: npt.NDArray[np.integer]) -> Weighed:
    """Cells without what lies above and below their nuclei."""
    return Weighed(cells, masses(phase.image, cells, nuclei, phase.scales).cytoplasm)


def cells_around(nuclei: Labels, covered: Mask) -> Labels:
    """Cells with the numbers of their nuclei: whatever is covered and connected belongs to the nearest of them.

    What touches cannot be parted by its own brightness; nuclei do not touch.
    """
    away = ndimage.distance_transform_edt(nuclei == 0)
    return np.asarray(watershed(away, nuclei, mask=covered | (nuclei > 0)), np.int32)
