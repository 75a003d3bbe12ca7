"""A board as a page shows it: plain values, ready to be put into templates. Draws and formats, decides nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.page.badges import Badge, badges_of, legend
from harness.page.figures.costs import cost
from harness.page.figures.curves import corruptions, cue
from harness.page.figures.difference import difference
from harness.page.figures.reach import reach
from harness.page.figures.shifts import shifts
from harness.page.figures.stability import stability
from harness.page.figures.strips import strips
from harness.report import short, what
from harness.report.documents import repeat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from harness.page.costs import Measure
    from harness.page.figures.svg import Figure
    from harness.page.gallery.wall import Wall
    from harness.ranking import Board, Row, Task


@dataclass(frozen=True, kw_only=True)
class Line:
    """One contender on one label, as a row of the table."""

    row: Row
    badges: Sequence[Badge]
    reach: Markup
    """Score and interval between floor and ceiling, drawn."""
    costs: Mapping[str, float]
    """By measure."""
    remarks: str

    @property
    def model(self) -> str:
        """Its id."""
        return self.row.contender.id

    @property
    def failed(self) -> int:
        """Gates that it failed."""
        return sum(badge.outcome == "fail" for badge in self.badges)

    @property
    def passed(self) -> int:
        """Gates that it passed."""
        return sum(badge.outcome == "pass" for badge in self.badges)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One label with all that is shown of it."""

    label: str
    slug: str
    """Part of the ids of its elements."""
    said: str
    """What 0 and 1 are, why nobody is ranked, how sure the order is."""
    lines: Sequence[Line]
    figures: Sequence[Figure]
    shifts: Sequence[Figure]
    gates: Sequence[tuple[str, str]]
    """Gates that judge it: id and what they ask."""
    ranked: bool
    tied: bool
    """Whether some models share a rank."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One model on one label, at a glance."""

    score: str
    scaled: float
    """Between 0 and 1, for its shade."""
    failed: int
    """Gates failed."""
    lead: bool
    told: str
    sheet: str
    """Id of the sheet that shows more."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One model on all labels."""

    model: str
    overall: int | None
    cells: Sequence[Cell | None]
    control: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    """A board, as a page shows it."""

    id: str
    """Part of the ids of its elements."""
    board: Board
    sheets: Sequence[Sheet]
    standings: Sequence[Standing]
    measures: Sequence[Measure]
    wall: Wall | None
    """Pictures; None where none were made."""
    command: str
    made: str
    """The day of the run."""
    sessions: int


def view(made: Board, measures: Sequence[Measure], wall: Wall | None, name: str) -> View:
    """The board with its costs and pictures; ``name`` sets its elements apart from those of other boards."""
    labels = [label for label in made.run.data.labels if any(row.label == label for row in made.rows)]
    sheets = [_sheet(made, label, measures, f"{name}-{index}") for index, label in enumerate(labels)]
    ended = made.run.timing.get("ended")
    return View(
        id=name,
        board=made,
        sheets=sheets,
        standings=_standings(made, sheets),
        measures=measures,
        wall=wall,
        command=repeat(made.run),
        made=time.strftime("%-d %B %Y", time.gmtime(ended)) if ended else "",
        sessions=max((row.sessions for row in made.rows), default=0),
    )


def _sheet(made: Board, label: str, measures: Sequence[Measure], slug: str) -> Sheet:
    task = made.task(label)
    rows = [row for row in made.rows if row.label == label]
    lines = [_line(made, row, rows, measures) for row in rows]
    drawn = [strips(made, label), stability(made, label), difference(made, label)]
    drawn += [cost(made, label, measure) for measure in measures]
    drawn += [cue(made, label), *corruptions(made, label)]
    ranks = [row.rank for row in rows if row.rank is not None]
    return Sheet(
        label=label,
        slug=slug,
        said=_said(task),
        lines=lines,
        figures=[figure for figure in drawn if figure],
        shifts=shifts(made, label),
        gates=legend(made.verdicts, label),
        ranked=bool(ranks),
        tied=len(ranks) != len(set(ranks)),
    )


def _line(made: Board, row: Row, rows: Sequence[Row], measures: Sequence[Measure]) -> Line:
    return Line(
        row=row,
        badges=badges_of(made.verdicts.get(row.contender.id, ()), row.label),
        reach=reach(row, rows, made.task(row.label)),
        costs={one.id: one.values[row.contender.id] for one in measures if row.contender.id in one.values},
        remarks=what(row),
    )


def _said(task: Task | None) -> str:
    """In one sentence or two."""
    if task is None:
        return ""
    if task.refused:
        return f"Nobody is ranked here: {task.refused}."
    axis = task.axis
    if not axis.known:
        return ""
    return (
        f"Scaled: 0 is what the best floor control reaches ({axis.floor_by}, {short(axis.floor)}), 1 is the ceiling,"
        f" C_max ({axis.ceiling_by}, {short(axis.ceiling)})."
    )


def _standings(made: Board, sheets: Sequence[Sheet]) -> list[Standing]:
    """Best first: by the overall rank, then by how many labels are led and predicted."""
    ranks = made.overall.ranks if made.overall else {}
    names = [one.id for one in made.run.contenders if one.kind != "control"]
    rows = []
    for model in names:
        found = {sheet.label: line for sheet in sheets for line in sheet.lines if line.model == model}
        cells = [_cell(found[sheet.label], sheet) if sheet.label in found else None for sheet in sheets]
        rows.append(Standing(model=model, overall=ranks.get(model), cells=cells))
    return sorted(rows, key=_order)


def _order(one: Standing) -> tuple[float, int, float, str]:
    shown = [cell for cell in one.cells if cell]
    best = sum(cell.scaled for cell in shown)
    return one.overall or float("inf"), -len(shown), -best, one.model


def _cell(line: Line, sheet: Sheet) -> Cell | None:
    row = line.row
    if row.score is None:
        return None
    untested = "no gate failed" if line.passed else "no gate tested"
    gates = f"{line.failed} gates failed" if line.failed else untested
    return Cell(
        score=short(row.score),
        scaled=min(1.0, max(0.0, row.scaled or 0.0)) if sheet.ranked else 0.0,
        failed=line.failed,
        lead=row.rank == 1,
        told=f"{row.contender.id} on {row.label}: {short(row.score)}; {gates}",
        sheet=sheet.slug,
    )
