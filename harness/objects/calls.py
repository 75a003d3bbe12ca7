"""Which cells take a stain, as far as a model can tell: yes, no, or unpredictable, cell by cell.

A model that gives a distribution for every pixel says by it how likely a pixel is stained. Where nothing in an image
tells cells of two kinds apart, an honest distribution has both in it, and no call is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from harness.objects.features import Numbers
    from harness.segmentation import Image, Labels

SURE = 0.9
"""How likely a call must be to be made."""


class Call(StrEnum):
    """What is said of a cell."""

    YES = "yes"
    NO = "no"
    UNPREDICTABLE = "unpredictable"


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Calls beside the truth."""

    cells: int
    stained: int
    """Cells that truly take the stain."""
    made: float
    """Share of cells of which yes or no was said, in [0, 1]."""
    right: float
    """Share of these that were called right, in [0, 1]; NaN where no call was made."""
    found: float
    """Share of the stained cells that were called yes, in [0, 1]; NaN without any."""
    brier: float
    """Mean squared difference of chance and truth, in [0, 1]; 0.25 for who always says one half."""


def above(quantiles: Mapping[float, Image], level: float) -> Numbers:
    """The chance of every pixel to exceed ``level``, in [0, 1], of quantiles by their level in percent.

    Straight between two quantiles; halfway to certainty beyond the outermost.
    """
    shares = np.array([0.0, *(share / 100 for share in sorted(quantiles)), 1.0])
    stack = np.stack([quantiles[share] for share in sorted(quantiles)]).astype(np.float64)
    under = np.count_nonzero(stack <= level, axis=0)
    middle = np.clip(under, 1, len(stack) - 1)
    low, high = (np.take_along_axis(stack, (middle + step)[None], 0)[0] for step in (-1, 0))
    gap = high - low
    part = np.clip(level - low, 0.0, gap) / np.where(gap > 0, gap, 1.0)  # never more than 1, however small the gap
    inside = shares[middle] + part * (shares[middle + 1] - shares[middle])
    below = np.where(under == 0, shares[1] / 2, np.where(under == len(stack), (1 + shares[-2]) / 2, inside))
    return np.asarray(1 - below, np.float64)


def levels(image: Image, objects: Labels) -> Numbers:
    """The median of an image in each object, 1 to n: rims, where neighbours shine in, do not count."""
    return np.asarray(ndimage.median(image, objects, np.arange(1, objects.max(initial=0) + 1)), np.float64)


def called(chances: Numbers, sure: float = SURE) -> Sequence[Call]:
    """A call for each chance of being stained.

    >>> [call.value for call in called(np.array([0.95, 0.5, 0.02]))]
    ['yes', 'unpredictable', 'no']
    """
    return [Call.YES if one >= sure else Call.NO if 1 - one >= sure else Call.UNPREDICTABLE for one in chances]


def judged(chances: Numbers, stained: npt.NDArray[np.bool_], sure: float = SURE) -> Calls:
    """Calls beside what is true; without any cell, shares are NaN."""
    calls = np.array(called(chances, sure), np.str_)
    made, yes = calls != Call.UNPREDICTABLE, calls == Call.YES
    return Calls(
        cells=chances.size,
        stained=int(stained.sum()),
        made=_share(made),
        right=_share(yes[made] == stained[made]),
        found=_share(yes[stained]),
        brier=float(np.mean((chances - stained) ** 2)) if chances.size else nan,
    )


def _share(which: npt.NDArray[np.bool_]) -> float:
    return float(which.mean()) if which.size else nan
