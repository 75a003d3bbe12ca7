"""The score of every session of every model: how far days differ, and whether the lead is one of a few days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.page.figures.svg import LEFT, LINE, RIGHT, WIDTH, Axis, Figure, bottom, drawing, element, name, ticks, tip
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from harness.ranking import Board, Group, Row, Task

TOP = 8


def strips(made: Board, label: str) -> Figure | None:
    """One line for each model and the best floor, one dot for each session, and a bar at the mean."""
    task = made.task(label)
    rows = [row for row in made.rows if row.label == label and row.score is not None and _shown(row, made, label)]
    primary = made.run.protocol.primary
    groups = [group for group in made.by_session if group.label == label and group.values.get(primary) is not None]
    if task is None or not rows or not groups:
        return None
    values = [group.values[primary] or 0.0 for group in groups if group.model in {row.contender.id for row in rows}]
    marks = [mark for mark in (task.axis.floor, task.axis.ceiling) if mark is not None]
    axis = _axis([*values, *marks, *(row.score or 0.0 for row in rows)])
    foot = TOP + LINE * len(rows)
    parts = [bottom(axis, foot, TOP, ticks(axis.low, axis.high), f"{primary} of a session"), *_ends(axis, task, foot)]
    parts += [_line(row, TOP + LINE * (index + 0.5), axis, groups, primary) for index, row in enumerate(rows)]
    best = rows[0]
    sessions = len({group.name for group in groups})
    said = f"{primary} on {label} by session; {best.contender.id} leads with a mean of {short(best.score)}"
    return Figure(
        kind="strips",
        title="Session by session",
        svg=drawing(foot + 34, parts, said),
        said=said,
        caption=f"Each dot is the mean over the fields of one of {sessions} sessions, the bar the mean over sessions."
        " Point at a dot to see the same session everywhere. Dashed: the best floor control and the ceiling.",
    )


def _shown(row: Row, made: Board, label: str) -> bool:
    task = made.task(label)
    return row.contender.kind != "control" or (task is not None and row.contender.id == task.axis.floor_by)


def _axis(values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    room = 0.04 * (high - low) or 0.05
    return Axis(low - room, high + room, LEFT, WIDTH - RIGHT)


def _ends(axis: Axis, task: Task, foot: float) -> list[Markup]:
    ends = [(task.axis.floor, "floor"), (task.axis.ceiling, "ceiling")]
    return [
        element("line", x1=axis(value), x2=axis(value), y1=TOP - 6, y2=foot, class_=f"bound {kind}")
        for value, kind in ends
        if value is not None
    ]


def _line(row: Row, y: float, axis: Axis, groups: Sequence[Group], primary: str) -> Markup:
    mine = [group for group in groups if group.model == row.contender.id]
    dots = [
        element(
            "circle",
            tip(f"{group.name}: {short(group.values[primary])} ({group.fields} fields)"),
            cx=axis(group.values[primary] or 0.0),
            cy=y,
            r=3,
            class_="dot",
            data_session=group.name,
        )
        for group in mine
    ]
    middle = axis(row.score or 0.0)
    bar = element("line", x1=middle, x2=middle, y1=y - 6, y2=y + 6, class_="mean")
    value = element("text", short(row.score), x=WIDTH - RIGHT + 8, y=y + 4, class_="value")
    kind = "control" if row.contender.kind == "control" else ""
    parts = [name(row.contender.id, y, kind=kind), *dots, bar, value]
    return element("g", *parts, data_model=row.contender.id, class_=f"series {kind}".strip())
