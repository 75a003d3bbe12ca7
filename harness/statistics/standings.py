"""All that can be said of the models on one task, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.statistics.averages import rounded
from harness.statistics.bootstrap import Stability, stability
from harness.statistics.comparisons import Comparisons, comparisons
from harness.statistics.intervals import Interval, interval
from harness.statistics.schemes import Schemes, schemes
from harness.statistics.tables import TooFew
from harness.statistics.ties import group_ranks, tie_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.statistics.tables import Table


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One model on one task. Numbers have six digits."""

    model: str
    rank: int
    """By its score alone: mean, then rank."""
    tied: int | None
    """Rank that it shares with all it cannot be told apart from; None with too few sessions."""
    score: float
    """Mean over sessions of the mean over fields, floor 0, ceiling 1."""
    interval: Interval | None
    """95 % interval of the score; None with too few sessions."""
    failed: int
    """Fields that it was asked for and did not deliver: each scored 0."""
    ranks: tuple[int, int] | None
    """Best and worst rank in 95 % of the draws of sessions; None with too few."""
    first: float | None
    """Share of the draws in which it leads; None with too few sessions."""


@dataclass(frozen=True, kw_only=True)
class Standings:
    """All models on one task, best first."""

    rows: tuple[Standing, ...]
    fields: int
    sessions: int
    """Independent ones."""
    schemes: Schemes
    comparisons: Comparisons | TooFew
    stability: Stability | TooFew

    @property
    def note(self) -> str:
        """What a board must say beneath the table."""
        return self.comparisons.note


def standings(table: Table) -> Standings:
    """The ranking of a task with everything that says how sure it is."""
    compared = comparisons(table)
    moved = stability(table)
    ways = schemes(table)
    tied = {} if isinstance(compared, TooFew) else group_ranks(tie_groups(table, compared))
    rows = [_standing(table, index, ways.ranks["mean-then-rank"], tied, moved) for index in table.ordered]
    return Standings(
        rows=tuple(rows),
        fields=len(table.fields),
        sessions=table.independent,
        schemes=ways,
        comparisons=compared,
        stability=moved,
    )


def _standing(
    table: Table, index: int, ranks: Mapping[str, int], tied: Mapping[str, int], moved: Stability | TooFew
) -> Standing:
    model = table.models[index]
    few = isinstance(moved, TooFew)
    found = TooFew(table.independent) if few else interval(table.means[index].tolist())
    return Standing(
        model=model,
        rank=ranks[model],
        tied=tied.get(model),
        score=rounded(table.scores[index]),
        interval=None if isinstance(found, TooFew) else Interval(rounded(found.low), rounded(found.high), found.method),
        failed=int(table.failed[index]),
        ranks=None if isinstance(moved, TooFew) else moved.ranks[model],
        first=None if isinstance(moved, TooFew) else rounded(moved.first[model]),
    )
