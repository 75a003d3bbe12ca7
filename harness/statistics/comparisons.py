"""Every model against every other, on session means: is the difference more than chance, and more than nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.averages import rounded
from harness.statistics.signs import superiority
from harness.statistics.tables import FEWEST, GRAIN, TooFew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.statistics.averages import Floats
    from harness.statistics.tables import Table

ALPHA = 0.05
"""Chance, over all comparisons of a task together, of setting apart two models that are alike."""
ROPE = 0.01
"""Region of practical equivalence: a smaller difference on the scaled axis matters to nobody, however certain."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models on the same sessions."""

    better: str
    worse: str
    difference: float
    """Mean over sessions of the better less the worse, 0 or more."""
    p: float
    """Two-sided Wilcoxon signed-rank test on session means."""
    adjusted: float
    """The same after Holm over all pairs of the task."""
    apart: bool
    """Adjusted p at most 0.05, difference at least ``ROPE``, and mean and test agree on who leads."""


@dataclass(frozen=True, kw_only=True)
class Comparisons:
    """All pairs of the models of a task, the best model's first."""

    sessions: int
    pairs: tuple[Comparison, ...]
    smallest: float
    """Smallest p that so many sessions can give: 2/2ⁿ."""

    @property
    def smallest_adjusted(self) -> float:
        """Smallest p that is left after Holm, when one pair alone differs."""
        return min(1.0, self.smallest * max(1, len(self.pairs)))

    @property
    def needed(self) -> int:
        """Sessions from which on one of so many pairs can be told apart at all."""
        return max(FEWEST, math.ceil(math.log2(2 * max(1, len(self.pairs)) / ALPHA)))

    @property
    def decisive(self) -> bool:
        """Whether any difference, however large, could have been told apart."""
        return self.smallest_adjusted <= ALPHA

    @property
    def note(self) -> str:
        """For a board: the smallest attainable p, and a refusal where it is too large."""
        least, held = rounded(self.smallest), rounded(self.smallest_adjusted)
        counts = f"{self.sessions} sessions, {len(self.pairs)} comparison{'s' * (len(self.pairs) != 1)}"
        said = f"Smallest attainable p with {counts}: {least:g}, after Holm {held:g}."
        return said if self.decisive else f"Cannot separate models: {self.needed} sessions are needed. {said}"

    def apart(self, one: str, other: str) -> bool:
        """Whether two models are told apart."""
        return frozenset((one, other)) in self._apart

    @cached_property
    def _apart(self) -> frozenset[frozenset[str]]:
        return frozenset(frozenset((pair.better, pair.worse)) for pair in self.pairs if pair.apart)


def comparisons(table: Table) -> Comparisons | TooFew:
    """Every pair of models; nothing but its name if there are too few sessions."""
    if table.independent < FEWEST:
        return TooFew(table.independent)
    tails = superiority(table.means)
    order = [*combinations(table.ordered, 2)]
    values = [min(1.0, 2 * min(tails[one, other], tails[other, one])) for one, other in order]
    adjusted = holm(values).tolist()
    pairs = []
    for (one, other), p, held in zip(order, values, adjusted, strict=True):
        difference = round(float(table.scores[one] - table.scores[other]), GRAIN)
        agreed = tails[one, other] < tails[other, one]
        pairs.append(
            Comparison(
                better=table.models[one],
                worse=table.models[other],
                difference=difference,
                p=float(p),
                adjusted=held,
                apart=bool(agreed and held <= ALPHA and difference >= ROPE),
            )
        )
    return Comparisons(sessions=table.independent, pairs=tuple(pairs), smallest=2 / 2**table.independent)


def holm(values: Sequence[float]) -> Floats:
    """P-values adjusted so that the chance of any false one among all stays below the level that each is held to.

    Source: Holm 1979, Scand. J. Stat. 6, 65-70.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.array(values, np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    found = np.empty_like(given)
    found[order] = np.minimum(stepped, 1.0)
    return found
