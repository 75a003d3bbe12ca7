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


def reach(row: Row, rows: Sequence[Row], task: Task | None) -> Markup:
    """A dot at the score, a line over its 95 % interval, and behind it what lies between floor and ceiling."""
    middle = HEIGHT / 2
    axis = _axis(rows, task)
    parts: list[Markup] = []
    floor, ceiling = (task.axis.floor, task.axis.ceiling) if task else (None, None)
    if floor is not None:
        end = axis(ceiling) if ceiling is not None else WIDTH - EDGE
        parts.append(
            element("rect", x=axis(floor), y=3, width=max(1.0, end - axis(floor)), height=HEIGHT - 6, class_="room")
        )
    parts.append(element("line", x1=EDGE, x2=WIDTH - EDGE, y1=middle, y2=middle, class_="rail"))
    told = "no score"
    if row.score is not None:
        told = f"{short(row.score)}"
        if row.low is not None and row.high is not None:
            told += f", 95 % interval {short(row.low)} to {short(row.high)}"
            parts.append(element("line", x1=axis(row.low), x2=axis(row.high), y1=middle, y2=middle, class_="range"))
        parts.append(element("circle", cx=axis(row.score), cy=middle, r=4.5, class_="dot solid"))
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=told, class_="reach")


def _axis(rows: Sequence[Row], task: Task | None) -> Axis:
    """The same for all rows of a label."""
    values = [value for row in rows for value in (row.score, row.low, row.high) if value is not None]
    values += [end for end in (task.axis.floor, task.axis.ceiling) if end is not None] if task else []
    return Axis(min(values, default=0.0), max(values, default=1.0), EDGE, WIDTH - EDGE)
