"""Score and interval of one row between floor and ceiling, small enough for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.page.figures.svg import Axis, element
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from harness.ranking import Row, Task

WIDTH, HEIGHT, EDGE = 200, 22, 5
BELOW = 0.6
"""How far below the floor scores have a place, in units of the room above it."""


def reach(row: Row, rows: Sequence[Row], task: Task | None) -> Markup:
    """A dot at the score, a line over its 95 % interval, and behind it what lies between floor and ceiling.

    An arrow instead of the dot where the score lies far below the floor.
    """
    middle = HEIGHT / 2
    axis = _axis(rows, task)
    parts = [*_room(axis, task), element("line", x1=EDGE, x2=WIDTH - EDGE, y1=middle, y2=middle, class_="rail")]
    told = "no score"
    if row.score is not None:
        told = short(row.score)
        if row.low is not None and row.high is not None:
            told += f", 95 % interval {short(row.low)} to {short(row.high)}"
            parts.append(element("line", x1=axis(row.low), x2=axis(row.high), y1=middle, y2=middle, class_="range"))
        if row.score < axis.low:
            points = f"{EDGE + 5},{middle - 4} {EDGE + 1},{middle} {EDGE + 5},{middle + 4}"
            parts.append(element("polyline", points=points, class_="beyond"))
        else:
            parts.append(element("circle", cx=axis(row.score), cy=middle, r=4.5, class_="dot solid"))
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=told, class_="reach")


def _room(axis: Axis, task: Task | None) -> list[Markup]:
    if task is None or task.axis.floor is None:
        return []
    end = axis(task.axis.ceiling) if task.axis.ceiling is not None else WIDTH - EDGE
    start = axis(task.axis.floor)
    return [element("rect", x=start, y=3, width=max(1.0, end - start), height=HEIGHT - 6, class_="room")]


def _axis(rows: Sequence[Row], task: Task | None) -> Axis:
    """The same for all rows of a label; what lies far below the floor would leave no room for the rest."""
    values = [value for row in rows for value in (row.score, row.low, row.high) if value is not None]
    ends = (task.axis.floor, task.axis.ceiling) if task else (None, None)
    values += [end for end in ends if end is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if task and task.axis.known and task.axis.floor is not None and task.axis.room is not None:
        low = max(low, task.axis.floor - BELOW * task.axis.room)
    return Axis(low, high, EDGE, WIDTH - EDGE)
