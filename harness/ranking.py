"""Scores to rows: averages over sessions, ranks, intervals where there are sessions enough. Pure: nothing is read here.

A field counts once. Where the dataset names sessions, fields are averaged within their session and sessions then count
once; where it names none, fields are averaged, and nothing is claimed about other days.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from harness.scoring import CONTROL_SPLIT, FAILURES, PROTOCOL, Status
from harness.statistics.averages import averaged, significant
from harness.statistics.intervals import interval
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.gates.verdicts import Verdicts
    from harness.records import Column, Contender, Data, Mark, Run, Score

MARKS: Mapping[Mark, str] = {
    "seen": "trained on sessions or fields that it is scored on; never ranked.",
    "transfer": "trained on other data alone.",
    "other scheme": "trained on this dataset as another scheme divides it.",
    "training unknown": "its package does not say what it was trained on.",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender on one label."""

    rank: int | None
    """1 is best; None for controls and for what must not be ranked."""
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
    """Fields asked for and not delivered: scored like the mean of the training truth."""
    sessions: int
    low: float | None
    high: float | None
    """95 % interval over session means; None with too few sessions."""
    values: Mapping[str, float | None]
    """Every metric, averaged as the score is."""
    note: str
    control_label: bool = False
    """Whether the label is one that no honest model can predict in full: never ranked."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """One contender on one label within one session or condition."""

    model: str
    label: str
    name: str
    fields: int
    values: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything a report shows."""

    run: Run
    rows: tuple[Row, ...]
    by_session: tuple[Group, ...]
    by_condition: tuple[Group, ...]
    notes: tuple[str, ...]
    verdicts: Verdicts = field(default_factory=dict)
    """What gates say, by model; they rank nobody."""


def board(run: Run, scores: Sequence[Score], verdicts: Verdicts | None = None) -> Board:
    """The board of a run."""
    rows = [row for label in run.data.labels for row in _rows_of_label(run, label, scores)]
    return Board(
        run=run,
        rows=tuple(rows),
        by_session=_groups(run, scores, lambda score: score.session),
        by_condition=_groups(run, scores, lambda score: score.condition),
        notes=tuple(_notes(run, rows)),
        verdicts=verdicts or {},
    )


def _rows_of_label(run: Run, label: str, scores: Sequence[Score]) -> list[Row]:
    mine: dict[str, list[Score]] = {contender.id: [] for contender in run.contenders}
    for score in scores:
        if score.label == label:
            mine[score.model].append(score)
    rows = [_row(run, contender, label, mine[contender.id]) for contender in run.contenders if mine[contender.id]]
    floors = [row.score for row in rows if row.contender.bound == "floor" and row.score is not None]
    rows = [_compared(row, floors, run) for row in rows]
    return _ranked(rows, run.data.split)


def _row(run: Run, contender: Contender, label: str, scores: Sequence[Score]) -> Row:
    primary = [score for score in scores if score.metric == PROTOCOL.primary]
    failed = Counter(score.status for score in primary if score.status in FAILURES)
    applicable = [score for score in primary if score.status != "not-applicable"]
    status: Status = failed.most_common(1)[0][0] if failed else "ok" if applicable else "not-applicable"
    values = {column.id: _score(column, scores) for column in run.columns}
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


def _score(column: Column, scores: Iterable[Score]) -> float | None:
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


def _compared(row: Row, floors: Sequence[float], run: Run) -> Row:
    if row.contender.kind == "control" or row.score is None or run.data.split == CONTROL_SPLIT or not floors:
        return row
    return replace(row, above_floor=all(row.score > floor for floor in floors))


def _rankable(row: Row, split: str) -> bool:
    """Never a control, never on a control label, never what has seen the fields or delivered nothing at all."""
    if split == CONTROL_SPLIT or row.control_label:
        return False
    delivered = row.score is not None and row.failed < row.fields
    return row.contender.kind != "control" and "seen" not in row.contender.marks and delivered


def _ranked(rows: Sequence[Row], split: str) -> list[Row]:
    def order(row: Row) -> tuple[int, float, str]:
        shelf = 0 if _rankable(row, split) else 1 if row.contender.kind != "control" else 2
        return (3 if row.status == "not-applicable" else shelf, -(row.score or 0.0), row.contender.id)

    ordered = sorted(rows, key=order)
    scores = [row.score for row in ordered if _rankable(row, split)]
    return [replace(row, rank=scores.index(row.score) + 1) if _rankable(row, split) else row for row in ordered]


def _groups(run: Run, scores: Sequence[Score], name: Callable[[Score], str]) -> tuple[Group, ...]:
    place = {contender.id: index for index, contender in enumerate(run.contenders)}
    labels = {label: index for index, label in enumerate(run.data.labels)}

    def key(score: Score) -> tuple[int, int, str]:
        return labels[score.label], place[score.model], name(score)

    named = sorted((score for score in scores if score.field and name(score)), key=key)
    return tuple(_group(run, list(members), name) for _, members in groupby(named, key))


def _group(run: Run, scores: Sequence[Score], name: Callable[[Score], str]) -> Group:
    values: dict[str, float | None] = {}
    for column in run.columns:
        numbers = [score.value for score in scores if score.metric == column.id and score.value is not None]
        values[column.id] = significant(averaged(numbers, column.averaged)) if numbers else None
    first = scores[0]
    fields = len({score.field for score in scores})
    return Group(model=first.model, label=first.label, name=name(first), fields=fields, values=values)


def _notes(run: Run, rows: Sequence[Row]) -> Iterable[str]:
    data = run.data
    if data.split == CONTROL_SPLIT:
        yield "These fields carry no stain: nothing is ranked. Read amplitude: the signal that a model invents."
    sessions = max((row.sessions for row in rows), default=0)
    if sessions < PROTOCOL.sessions:
        found = f"{sessions} independent sessions" if sessions else "no independent sessions"
        yield f"Cannot separate models: {found}, {PROTOCOL.sessions} are needed. No intervals are given."
    if data.intensity == "arbitrary":
        kept = ", ".join(column.id for column in run.columns if column.ranked)
        yield f"Counts cannot be compared between sessions: only {kept} may be ranked, the rest are shown unranked."
    if not sessions:
        yield "The dataset names no sessions: figures are means over fields and claim nothing about other days."
    yield from _label_notes(data, rows)
    if any(row.failed for row in rows):
        yield "A field that was asked for and not delivered is scored like the mean of the training truth."
    for mark, meaning in MARKS.items():
        if any(mark in row.contender.marks for row in rows):
            yield f"{mark}: {meaning}"


def _label_notes(data: Data, rows: Sequence[Row]) -> Iterable[str]:
    if data.controls:
        names = ", ".join(data.controls)
        yield f"Control labels, which no honest model can predict in full, are shown and never ranked: {names}."
    for label in data.labels:
        ranked = [row for row in rows if row.label == label and row.rank is not None]
        if ranked and all(row.above_floor is False for row in ranked):
            yield f"{label}: no model stands above every floor control. None can be trusted here."
