"""What a net may say of a label beside its mean: the names of statistics, and how each goes back to counts."""

from __future__ import annotations

from typing import Literal, TypeAlias

LEVELS: tuple[float, ...] = (2.5, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 97.5)
"""Levels of the quantiles that nets give, in percent."""
Unit: TypeAlias = Literal["counts", "spread", "share"]
"""``counts``: gain and offset lead back to counts; ``spread``: the gain alone; ``share``: from 0 to 1 as it is."""
PLAIN: dict[str, Unit] = {"sd": "spread", "mode": "counts", "entropy": "share", "nonzero": "share"}
"""Statistics that are no quantiles. ``entropy`` is divided by its maximum, ``nonzero`` is a probability."""


def quantile(level: float) -> str:
    """The name of a quantile by its level in percent; ``q50`` is the median.

    >>> [quantile(level) for level in (2.5, 50)]
    ['q2.5', 'q50']
    """
    return f"q{level:g}"


def level(statistic: str) -> float | None:
    """The level of a quantile in percent; None for what is no quantile.

    >>> level("q97.5"), level("sd"), level("quartile"), level("q100")
    (97.5, None, None, None)
    """
    digits = statistic[1:]
    if not statistic.startswith("q") or not digits.replace(".", "", 1).isdecimal():
        return None
    found = float(digits)
    return found if 0 < found < 100 and quantile(found) == statistic else None  # noqa: PLR2004 - percent


def unit(statistic: str) -> Unit:
    """How a statistic goes back to counts; raises ValueError for a name that nobody knows.

    >>> unit("q5"), unit("sd")
    ('counts', 'spread')
    """
    if level(statistic) is not None:
        return "counts"
    if statistic not in PLAIN:
        message = f"unknown statistic {statistic!r}, expected a quantile such as 'q50', or {', '.join(PLAIN)}"
        raise ValueError(message)
    return PLAIN[statistic]
