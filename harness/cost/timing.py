"""Two things timed in turn, so that a busy machine slows both."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.cost.figures import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DRIFT = 0.2
"""A pair counts whose reference took its median time within this share."""
LEAST = 3
"""Fewest pairs, however long they take, and fewest that a figure is made of."""


@dataclass(frozen=True)
class Patience:
    """How long to go on."""

    most: int
    """Pairs."""
    seconds: float
    """No further pair is begun after that."""


def paired(model: Callable[[], object], reference: Callable[[], object], patience: Patience) -> Pairs:
    """Time both in turn, A B B A; whoever calls has warmed them up."""
    pairs: list[tuple[float, float]] = []
    started = time.perf_counter()
    while len(pairs) < LEAST or (len(pairs) < patience.most and time.perf_counter() - started < patience.seconds):
        if len(pairs) % 2 == 0:
            mine = timed(model)
            pairs.append((mine, timed(reference)))
        else:
            its = timed(reference)
            pairs.append((timed(model), its))
    return summary(pairs)


def summary(pairs: Sequence[tuple[float, float]]) -> Pairs:
    """What pairs of seconds, of the model and of the reference net, come to.

    >>> found = summary([(2.0, 1.0)] * 3 + [(6.0, 3.0)])
    >>> found.p50, found.seconds, found.count, found.steady
    (2.0, 2.0, 3, True)
    """
    usual = statistics.median(its for _, its in pairs)
    kept = [pair for pair in pairs if abs(pair[1] - usual) <= DRIFT * usual]
    steady = len(kept) >= LEAST
    used = kept if steady else list(pairs)
    ratios = [mine / its for mine, its in used]
    tenths = statistics.quantiles(ratios, n=10, method="inclusive")
    quarters = statistics.quantiles(ratios, n=4, method="inclusive")
    return Pairs(
        p50=quarters[1],
        p90=tenths[-1],
        quartiles=(quarters[0], quarters[2]),
        seconds=statistics.median(mine for mine, _ in used),
        reference_seconds=statistics.median(its for _, its in used),
        count=len(used),
        steady=steady,
    )


def timed(run: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
