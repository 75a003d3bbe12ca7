"""A board: rows of all labels, how they were ranked, and the overall ranking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.ranking.axes import axis_of
from harness.ranking.groups import Group, groups
from harness.ranking.notes import notes
from harness.ranking.rows import Row, row_of
from harness.ranking.tasks import Task, task_of
from harness.scoring import CONTROL_SPLIT
from harness.statistics.overall import Overall, overall

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.cost.figures import Costs
    from harness.gates.verdicts import Verdicts
    from harness.ranking.axes import Axis
    from harness.records import Run, Score

SEVERAL = 2
"""Tasks from which on there is an overall ranking."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything a report shows."""

    run: Run
    rows: tuple[Row, ...]
    tasks: tuple[Task, ...]
    """The labels of which there are scores."""
    overall: Overall | None
    """Over all tasks that are ranked; None where there is but one."""
    by_session: tuple[Group, ...]
    by_condition: tuple[Group, ...]
    notes: tuple[str, ...]
    verdicts: Verdicts = field(default_factory=dict)
    """What gates say, by model; they rank nobody."""
    costs: Costs = field(default_factory=dict)
    """What each model costs; nor does that."""

    def task(self, label: str) -> Task | None:
        """How that label was ranked; None where nothing was scored."""
        return next((task for task in self.tasks if task.label == label), None)


def board(run: Run, scores: Sequence[Score], verdicts: Verdicts | None = None, costs: Costs | None = None) -> Board:
    """The board of a run."""
    rows: list[Row] = []
    tasks: list[Task] = []
    for label in run.data.labels:
        found, task = _of_label(run, label, [score for score in scores if score.label == label])
        rows += found
        tasks += [task] if found else []
    ranked = _overall(tasks)
    return Board(
        run=run,
        rows=tuple(rows),
        tasks=tuple(tasks),
        overall=ranked,
        by_session=groups(run, scores, lambda score: score.session),
        by_condition=groups(run, scores, lambda score: score.condition),
        notes=tuple(notes(run, rows, tasks, ranked)),
        verdicts=verdicts or {},
        costs=costs or {},
    )


def _of_label(run: Run, label: str, scores: Sequence[Score]) -> tuple[list[Row], Task]:
    mine: dict[str, list[Score]] = {contender.id: [] for contender in run.contenders}
    for score in scores:
        mine[score.model].append(score)
    rows = [row_of(run, contender, label, mine[contender.id]) for contender in run.contenders if mine[contender.id]]
    axis = axis_of(run, rows, mine)
    eligible = [row for row in rows if _eligible(row)]
    task = task_of(run, label, axis, eligible, scores)
    return _ordered([_ranked(_compared(row, rows, run), task, axis) for row in rows]), task


def _eligible(row: Row) -> bool:
    """Never a control, never what has seen the fields or is not applicable."""
    return row.contender.kind != "control" and "seen" not in row.contender.marks and row.score is not None


def _compared(row: Row, rows: Iterable[Row], run: Run) -> Row:
    """A row with what it is to the floors."""
    floors = [one.score for one in rows if one.contender.bound == "floor" and one.score is not None]
    if row.contender.kind == "control" or row.score is None or run.data.split == CONTROL_SPLIT or not floors:
        return row
    return replace(row, above_floor=all(row.score > floor for floor in floors))


def _ranked(row: Row, task: Task, axis: Axis) -> Row:
    standing = task.of(row.contender.id)
    if standing is None:
        return replace(row, scaled=axis.shown(row.score))
    return replace(
        row,
        rank=standing.rank if standing.tied is None else standing.tied,
        place=standing.rank,
        scaled=standing.score if axis.known else None,
        ranks=standing.ranks,
        first=standing.first,
    )


def _ordered(rows: Iterable[Row]) -> list[Row]:
    """Who is ranked, who is not, controls, and last those to whom the label means nothing; best first."""

    def order(row: Row) -> tuple[int, int, float, str]:
        shelf = 0 if row.rank is not None else 1 if row.contender.kind != "control" else 2
        shelf = 3 if row.status == "not-applicable" else shelf
        return shelf, row.place or 0, -(row.score or 0.0), row.contender.id

    return sorted(rows, key=order)


def _overall(tasks: Sequence[Task]) -> Overall | None:
    """Every label that can be ranked weighs the same: declared by the dataset, before anything is scored."""
    declared = [task for task in tasks if not task.refused]
    if len(declared) < SEVERAL or not any(task.standings for task in declared):
        return None
    return overall({task.label: task.scores for task in declared}, {task.label: 1.0 for task in declared})
