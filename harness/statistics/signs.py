"""Wilcoxon's signed-rank test, exact for any number of pairs and with ties.

``scipy.stats.wilcoxon`` gives the same numbers where it is exact, which it is not with ties or zeros from 14 pairs on;
and in one call for many pairs of models, ties in one of them change the method for all. Here the test of two models
depends on these two alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.tables import GRAIN

if TYPE_CHECKING:
    from harness.statistics.averages import Counts, Floats


def superiority(means: Floats) -> Floats:
    """One-sided p-values, models x models: how readily chance would set the row's model so far above the column's.

    ``means`` is models x sessions. Source: Wilcoxon 1945, Biometrics Bull. 1, 80-83; sessions without a difference are
    left out, equal differences share their ranks, and all 2ⁿ signs are taken as equally likely.

    >>> superiority(np.array([[0.5, 0.6, 0.7], [0.1, 0.3, 0.6]])).tolist()
    [[1.0, 0.125], [1.0, 1.0]]
    """
    count = len(means)
    found = np.ones((count, count))
    for one in range(count):
        for other in range(one + 1, count):
            found[one, other], found[other, one] = _tails(np.round(means[one] - means[other], GRAIN))
    return found


def _tails(differences: Floats) -> tuple[float, float]:
    """Chance of a rank sum at least as high for what is positive, and for what is negative."""
    given = differences[differences != 0]
    doubled = _doubled_ranks(np.abs(given))
    tail = _tail(tuple(sorted(doubled.tolist())))
    return float(tail[doubled[given > 0].sum()]), float(tail[doubled[given < 0].sum()])


def _doubled_ranks(sizes: Floats) -> Counts:
    """Twice the rank of each size, 1 for the smallest: whole numbers even where ranks are shared."""
    _, place, tied = np.unique(sizes, return_inverse=True, return_counts=True)
    return (2 * np.cumsum(tied) - tied + 1)[place]


@lru_cache(maxsize=256)
def _tail(ranks: tuple[int, ...]) -> Floats:
    """Chance that the ranks with a plus sum to at least each whole number from 0 on."""
    chances = np.ones(1)
    for rank in ranks:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return np.minimum(np.cumsum(chances[::-1])[::-1], 1.0)
