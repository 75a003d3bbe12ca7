"""What the ranking would have been on other days: sessions drawn again and again, the same ones for all models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.agreement import tau
from harness.statistics.averages import ranks
from harness.statistics.tables import FEWEST, TooFew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.statistics.tables import Table

RESAMPLES = 2000
SEED = 0
TAILS = (2.5, 97.5)
"""Percentiles that bound 95 %."""


@dataclass(frozen=True, kw_only=True)
class Stability:
    """How ranks by mean-then-rank move when sessions are drawn again."""

    resamples: int
    ranks: Mapping[str, tuple[int, int]]
    """Model -> best and worst rank that 95 % of the draws give."""
    first: Mapping[str, float]
    """Model -> share of draws in which it leads; a shared lead counts in parts, so that all shares sum to 1."""
    tau: tuple[float, float, float] | None
    """Kendall's tau of the draws with the ranking itself: percentile 2.5, median, percentile 97.5; None if all models
    are alike."""


def stability(table: Table, resamples: int = RESAMPLES, seed: int = SEED) -> Stability | TooFew:
    """Ranks over resampled sessions; nothing but its name if there are too few of them.

    Source: cluster bootstrap, Field and Welsh 2007, J. R. Stat. Soc. B 69, 369-390: whole sessions are drawn with
    replacement, and a session's fields stay together.
    """
    if table.independent < FEWEST:
        return TooFew(table.independent)
    count = table.independent
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    placed = ranks(drawn @ table.means.T / count)
    low, high = np.percentile(placed, TAILS, axis=0, method="inverted_cdf")
    lead = placed == 1
    first = np.mean(lead / lead.sum(axis=1, keepdims=True), axis=0)
    return Stability(
        resamples=resamples,
        ranks={model: (int(low[index]), int(high[index])) for index, model in enumerate(table.models)},
        first=dict(zip(table.models, first.tolist(), strict=True)),
        tau=_spread(tau(placed, ranks(table.scores))),
    )


def _spread(values: np.typing.NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Draws in which all models are alike have no order to compare."""
    given = values[~np.isnan(values)]
    if not given.size:
        return None
    low, middle, high = np.percentile(given, (TAILS[0], 50, TAILS[1]))
    return float(low), float(middle), float(high)
