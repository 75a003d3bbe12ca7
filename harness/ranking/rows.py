"""One contender on one label: averages over sessions, how many fields failed, what a reader must know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.scoring import FAILURES, PROTOCOL, Status
from harness.statistics.averages import averaged, significant
from harness.statistics.intervals import interval
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.records import Column, Contender, Run, Score

LOST: frozenset[Status] = FAILURES | {"constant"}
"""What counts as failed in a ranking: an image without any content is no prediction either."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender on one label."""

    rank: int | None
    """1 is best, shared by all that cannot be told apart where there are sessions enough to tell; None for controls and
    for what must not be ranked."""
    contender: Contender
    label: str
    score: float | None
    """The primary metric, averaged; None if the contender is not applicable."""
    status: Status
    """``ok``, ``not-applicable``, or the commonest way in which fields failed."""
    above_floor: bool | None
    """Whether the score is above that of every floor control; None for controls."""
    fields: int
    failed: int
    """Fields asked for and not delivered, or of which the same was said everywhere."""
    sessions: int
    low: float | None
    high: float | None
    """95 % interval over session means; None with too few sessions."""
    values: Mapping[str, float | None]
    """Every metric, averaged as the score is."""
    note: str
    control_label: bool = False
    """Whether the label is one that no honest model can predict in full: never ranked."""
    place: int | None = None
    """Rank by the score alone, whether or not it can be told apart."""
    scaled: float | None = None
    """The score between floor, 0, and ceiling, 1, a failure counting 0; None where one of these is not known."""
    ranks: tuple[int, int] | None = None
    """Best and worst rank in 95 % of the draws of sessions; None with too few."""
    first: float | None = None
    """Share of the draws in which it leads; None with too few sessions."""


def row_of(run: Run, contender: Contender, label: str, scores: Sequence[Score]) -> Row:
    """The row of a contender from all its scores on a label; not ranked yet."""
    lost = FAILURES if contender.kind == "control" else LOST
    primary = [score for score in scores if score.metric == PROTOCOL.primary]
    failed = Counter(score.status for score in primary if score.status in lost)
    applicable = [score for score in primary if score.status != "not-applicable"]
    status: Status = failed.most_common(1)[0][0] if failed else "ok" if applicable else "not-applicable"
    values = {column.id: mean_of(column, scores) for column in run.columns}
    ends = _ends(run, applicable)
    return Row(
        rank=None,
        contender=contender,
        label=label,
        score=values[PROTOCOL.primary],
        status=status,
        above_floor=None,
        fields=len(applicable),
        failed=failed.total(),
        sessions=len({score.session for score in applicable} - {""}),
        low=ends and significant(ends[0]),
        high=ends and significant(ends[1]),
        values=values,
        note=_note(primary, contender),
        control_label=label in run.data.controls,
    )


def mean_of(column: Column, scores: Iterable[Score]) -> float | None:
    """The mean over sessions of a metric, to six digits; None where no field has it."""
    means = list(_session_means(column, scores).values())
    return significant(averaged(means, column.averaged)) if means else None


def _session_means(column: Column, scores: Iterable[Score]) -> dict[str, float]:
    """Mean of each session; of each field where no sessions are named."""
    values: dict[str, list[float]] = {}
    for score in scores:
        if score.metric == column.id and score.value is not None:
            values.setdefault(score.session or f"field {score.field}", []).append(score.value)
    return {name: averaged(numbers, column.averaged) for name, numbers in values.items()}


def _ends(run: Run, primary: Sequence[Score]) -> tuple[float, float] | None:
    column = next(column for column in run.columns if column.id == PROTOCOL.primary)
    named = [score for score in primary if score.session]
    means = list(_session_means(column, named).values())
    found = interval(means, column.averaged)
    return None if isinstance(found, TooFew) else (found.low, found.high)


def _note(primary: Sequence[Score], contender: Contender) -> str:
    """What a reader must know, most frequent first: never drops a failure without a word."""
    if contender.kind == "control":
        return ""
    said = Counter((score.status, score.note) for score in primary if score.status != "ok")
    if len(said) == 1 and ("not-applicable", primary[0].note) in said:
        return primary[0].note
    resampled = [f"resampled by {contender.zoom:.4g}"] if contender.zoom != 1 else []
    parts = [f"{status} on {count} of {len(primary)}: {note}" for (status, note), count in said.most_common()]
    return "; ".join([*resampled, *parts])
