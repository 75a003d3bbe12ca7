"""The scale from floor to ceiling on which models are ranked: what trivial controls reach, and what can be reached.

The ceiling is C_max of Ounkomol et al. 2018 (Nat. Methods 15, 917-920): what a perfect prediction would reach against
a noisy recording, sqrt((Vt - Vn) / Vt) with Vt and Vn the variances of the recording and of its noise. Where the truth
was made, its r without noise is that number; else two recordings tell it, sqrt(r(t1, t2)), while the second recording
itself reaches r(t1, t2) alone. That scores are put between two ends has a precedent in OpenProblems.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.controls import CLEAN, REPEAT
from harness.ranking.rows import mean_of
from harness.scoring import PROTOCOL
from harness.statistics.averages import rounded, scale, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.ranking.rows import Row
    from harness.records import Run, Score
    from harness.statistics.averages import Averaging

ROOM = 0.05
"""Least distance of ceiling and floor: with less of it a ranking would be one of noise."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Where the scores of one label stand, in units of the primary metric."""

    averaged: Averaging
    floor: float | None = None
    """What the best floor control reaches; None without one."""
    floor_by: str = ""
    """Its id."""
    ceiling: float | None = None
    """C_max: what a perfect prediction reaches against this recording; None where that is not known."""
    ceiling_by: str = ""
    """The control that it comes from."""

    @property
    def room(self) -> float | None:
        """What lies between floor and ceiling; None where one of them is not known."""
        return None if self.floor is None or self.ceiling is None else rounded(self.ceiling - self.floor)

    @property
    def known(self) -> bool:
        """Whether scores can be scaled: both ends are known and far enough apart."""
        return self.room is not None and self.room >= ROOM

    def placed(self, value: float) -> float:
        """Where a score stands: 0 at the floor, 1 at the ceiling, linear in the units that scores are averaged in.

        Where the axis is not ``known``, the score in those units and no more.

        >>> axis = Axis(averaged="plain", floor=0.2, ceiling=0.7)
        >>> round(axis.placed(0.2), 9), round(axis.placed(0.45), 9), round(axis.placed(0.7), 9)
        (0.0, 0.5, 1.0)
        """
        stretched, _ = scale(self.averaged)
        if self.floor is None or self.ceiling is None or not self.known:
            return stretched(value)
        low = stretched(self.floor)
        return (stretched(value) - low) / (stretched(self.ceiling) - low)

    def shown(self, value: float | None) -> float | None:
        """The scaled score as a board shows it; None where there is none."""
        return None if value is None or not self.known else significant(self.placed(value))


def axis_of(run: Run, rows: Iterable[Row], scores: Mapping[str, Sequence[Score]]) -> Axis:
    """The axis of one label, from its rows and the scores of each contender."""
    column = next(column for column in run.columns if column.id == PROTOCOL.primary)
    floors = [(row.score, row.contender.id) for row in rows if row.contender.bound == "floor" and row.score is not None]
    found = Axis(averaged=column.averaged)
    if floors:
        floor, name = max(floors)
        found = replace(found, floor=floor, floor_by=name)
    clean = mean_of(column, scores.get(CLEAN, ()))
    if clean is not None:
        return replace(found, ceiling=clean, ceiling_by=CLEAN)
    ceiling = mean_of(column, [_cleaned(score) for score in scores.get(REPEAT, ())])
    return found if ceiling is None else replace(found, ceiling=ceiling, ceiling_by=REPEAT)


def _cleaned(score: Score) -> Score:
    """What the noise-free truth would have reached where a second recording reaches this."""
    return replace(score, value=None if score.value is None else math.sqrt(max(score.value, 0.0)))
