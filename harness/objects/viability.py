"""Dead or alive, cell by cell: a level of stain in each cell beside the state that is known.

Cells of one field are few, so levels and states of a session or of a split are judged together. Which level is dead is
fitted on training truth and never on what is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy.typing as npt

    from harness.objects.features import Numbers

STATE, DEAD = "state", "dead"
"""Fact of each cell, and what it is of a dead one."""
SPECIFICITY = 0.95
"""Share of living cells that must be called alive where sensitivity is read."""


@dataclass(frozen=True)
class Viability:
    """How well dead cells are told from living ones."""

    cells: int
    dead: int
    balanced_accuracy: float
    """Mean of the shares of dead and of living cells that are called right, in [0, 1]; a coin reaches 0.5."""
    mcc: float
    """Matthews' correlation of called with true state, in [-1, 1]; 0 where all are called the same."""
    sensitivity: float
    """Share of dead cells found by the lowest level above which at most 5 % of living ones lie, in [0, 1]."""


def fitted(levels: Numbers, dead: npt.NDArray[np.bool_]) -> float:
    """The level above which a cell is called dead: best balanced accuracy on training truth, midway between levels.

    Raises
    ------
    ZooError
        Where the training cells are all dead or all alive.
    """
    if dead.all() or not dead.any():
        state = "dead" if dead.any() else "alive"
        message = f"viability: all {dead.size} training cells are {state}; expected both dead and living ones"
        raise ZooError(message, hint="judge this label without viability, or add training fields with both")
    ordered = np.unique(levels)
    tried = (ordered[1:] + ordered[:-1]) / 2 if ordered.size > 1 else ordered
    sensitivity, specificity = _rates(levels, dead, tried)
    return float(tried[np.argmax(sensitivity + specificity)])


def viability(levels: Numbers, dead: npt.NDArray[np.bool_], threshold: float) -> Viability:
    """Cells called dead above ``threshold`` beside their true state; NaN where all are dead or all alive."""
    count = int(np.count_nonzero(dead))
    if count in (0, dead.size):
        return Viability(dead.size, count, nan, nan, nan)
    sensitivity, specificity = (float(rate[0]) for rate in _rates(levels, dead, np.array([threshold])))
    return Viability(
        cells=dead.size,
        dead=count,
        balanced_accuracy=(sensitivity + specificity) / 2,
        mcc=_matthews(levels > threshold, dead),
        sensitivity=_at_specificity(levels, dead),
    )


def _rates(levels: Numbers, dead: npt.NDArray[np.bool_], thresholds: Numbers) -> tuple[Numbers, Numbers]:
    """Sensitivity and specificity of calling dead what exceeds each threshold."""
    died, lived = np.sort(levels[dead]), np.sort(levels[~dead])
    missed = np.searchsorted(died, thresholds, side="right") / died.size
    return 1 - missed, np.searchsorted(lived, thresholds, side="right") / lived.size


def _at_specificity(levels: Numbers, dead: npt.NDArray[np.bool_]) -> float:
    sensitivity, specificity = _rates(levels, dead, np.unique(levels))
    return float(sensitivity[specificity >= SPECIFICITY].max(initial=0.0))


def _matthews(called: npt.NDArray[np.bool_], dead: npt.NDArray[np.bool_]) -> float:
    right, false = int(np.sum(called & dead)), int(np.sum(called & ~dead))
    missed, alive = int(np.sum(~called & dead)), int(np.sum(~called & ~dead))
    scale = (right + false) * (right + missed) * (alive + false) * (alive + missed)
    return (right * alive - false * missed) / sqrt(scale) if scale else 0.0
