"""Rows to averages, averages to a finding: what all gates share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.averages import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from harness.gates.verdicts import Outcome, Row

    Doubles = npt.NDArray[np.float64]

ROUNDING = 1e-9
"""Part of a variable that sums lose."""


class Untested(Exception):  # noqa: N818 - the name of the state
    """A gate cannot be run on a field; its text says why."""


@dataclass(frozen=True)
class Limit:
    """How large a figure may be."""

    name: str
    most: float
    text: str
    """The figure in words: a format of one number."""
    signed: bool = False
    """Whether a figure far below zero is as good as one just below the limit; else its sign does not matter."""

    def share(self, figure: float) -> float:
        """The figure over what is allowed: above 1 it fails."""
        return (figure if self.signed else abs(figure)) / self.most


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What rows come to: a verdict that does not know yet whose it is. See ``harness.gates.verdicts.Verdict``."""

    outcome: Outcome
    figure: float | None = None
    limit: float | None = None
    text: str
    figures: Mapping[str, float] = field(default_factory=dict)


def averages(rows: Iterable[Row]) -> dict[str, float]:
    """Every value, averaged over fields and things within a session, then over sessions; what is undefined is left out.

    Fields without a session stand for themselves. NaN where a value is undefined everywhere.
    """
    named: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        for name, value in row.values.items():
            sessions = named.setdefault(name, {})
            sessions.setdefault(row.session or f"field {row.field}", []).extend([value] if math.isfinite(value) else [])
    return {name: _mean([_mean(values) for values in sessions.values() if values]) for name, sessions in named.items()}


def by(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Rows in groups, in the order in which these first come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def found(figures: Mapping[str, float], limits: Sequence[Limit], more: Mapping[str, float] | None = None) -> Finding:
    """Pass if every figure keeps its limit. The badge shows the one that comes nearest to it, or exceeds it most.

    ``more`` are figures that nothing is asked of.
    """
    undefined = [limit.name for limit in limits if not math.isfinite(figures.get(limit.name, math.nan))]
    if undefined:
        return untested(f"no field defines {', '.join(undefined)}")
    shares = {limit.name: limit.share(rounded(figures[limit.name])) for limit in limits}
    worst = max(limits, key=lambda limit: shares[limit.name])
    said = [f"{limit.text.format(figures[limit.name])} (limit {limit.most:g})" for limit in limits]
    kept = {name: value for name, value in {**figures, **(more or {})}.items() if math.isfinite(value)}
    return Finding(
        outcome="pass" if shares[worst.name] <= 1 else "fail",
        figure=rounded(figures[worst.name]),
        limit=worst.most,
        text=", ".join(said),
        figures={name: rounded(value) for name, value in kept.items()},
    )


def untested(reason: str) -> Finding:
    """Nothing follows from the rows."""
    return Finding(outcome="not tested", text=reason)


def diagnostic(figure: float, text: str, figures: Mapping[str, float]) -> Finding:
    """A figure to be read."""
    if not math.isfinite(figure):
        return untested("the truth of no field defines it")
    kept = {name: rounded(value) for name, value in figures.items() if math.isfinite(value)}
    return Finding(outcome="diagnostic", figure=rounded(figure), text=text, figures=kept)


def left(values: Doubles, known: Sequence[Doubles]) -> Doubles:
    """What the best plane through other variables leaves of one; exactly 0 where it leaves nothing but rounding.

    >>> left(np.array([1.0, 2.0, 4.0]), [np.array([0.0, 1.0, 3.0])])
    array([0., 0., 0.])
    """
    design = np.stack([*known, np.ones_like(values)], axis=1)
    rest = values - design @ np.linalg.lstsq(design, values)[0]
    return np.where(np.abs(rest).max(initial=0.0) <= ROUNDING * np.abs(values).max(initial=0.0), 0.0, rest)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
