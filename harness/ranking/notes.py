"""What a board must say above its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.scoring import CONTROL_SPLIT, PROTOCOL
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.ranking.rows import Row
    from harness.ranking.tasks import Task
    from harness.records import Data, Mark, Run
    from harness.statistics.overall import Overall

MARKS: Mapping[Mark, str] = {
    "seen": "trained on sessions or fields that it is scored on; never ranked.",
    "transfer": "trained on other data alone.",
    "other scheme": "trained on this dataset as another scheme divides it.",
    "training unknown": "its package does not say what it was trained on.",
}


def notes(run: Run, rows: Sequence[Row], tasks: Sequence[Task], overall: Overall | None) -> Iterable[str]:
    """Notes on the whole board, then on each label."""
    data = run.data
    if data.split == CONTROL_SPLIT:
        yield "These fields carry no stain: nothing is ranked. Read amplitude: the signal that a model invents."
    sessions = max((row.sessions for row in rows), default=0)
    if sessions < PROTOCOL.sessions:
        yield f"{TooFew(sessions).note} No intervals are given."
    if data.intensity == "arbitrary":
        kept = ", ".join(column.id for column in run.columns if column.ranked)
        yield f"Counts cannot be compared between sessions: only {kept} may be ranked, the rest are shown unranked."
    if not sessions:
        yield "The dataset names no sessions: figures are means over fields and claim nothing about other days."
    yield from _label_notes(data, rows, tasks)
    if any(row.failed for row in rows):
        yield (
            "A field that was asked for and not delivered scores like the mean of the training truth, and 0 on the"
            " scaled axis; so does one of which the same is said everywhere."
        )
    if overall and overall.partial:
        yield f"Partial, and so without an overall rank: {', '.join(overall.partial)}."
    for mark, meaning in MARKS.items():
        if any(mark in row.contender.marks for row in rows):
            yield f"{mark}: {meaning}"


def _label_notes(data: Data, rows: Sequence[Row], tasks: Iterable[Task]) -> Iterable[str]:
    if data.controls:
        names = ", ".join(data.controls)
        yield f"Control labels, which no honest model can predict in full, are shown and never ranked: {names}."
    for task in tasks:
        if task.refused and data.split != CONTROL_SPLIT and task.label not in data.controls:
            yield f"{task.label}: {task.refused}."
        yield from _certainty(task)
        ranked = [row for row in rows if row.label == task.label and row.rank is not None]
        if ranked and all(row.above_floor is False for row in ranked):
            yield f"{task.label}: no model stands above every floor control. None can be trusted here."


def _certainty(task: Task) -> Iterable[str]:
    """How sure the ranks of a label are; nothing with too few sessions or a single model."""
    compared = task.standings.comparisons if task.standings else None
    if compared is None or isinstance(compared, TooFew) or not compared.pairs:
        return
    apart = sum(pair.apart for pair in compared.pairs)
    yield f"{task.label}: {compared.note} {apart} of {len(compared.pairs)} pairs are told apart."
