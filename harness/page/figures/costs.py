"""Score against cost: what more of it buys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.page.figures.svg import WIDTH, Axis, Figure, apart, bottom, drawing, element, shortened, text, ticks, tip
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from harness.page.costs import Measure
    from harness.ranking import Board, Row

TOP, FOOT, START, END = 20, 190, 36, WIDTH - 118
PITCH = 13
SEVERAL = 2
FEW, TENFOLD = 1.6, 10
_DECADES = (1, 2, 5)


def cost(made: Board, label: str, measure: Measure) -> Figure | None:
    """Every model that has a score and a cost, and the line of those that nobody beats for less; None below two."""
    rows = [
        row
        for row in made.rows
        if row.label == label and row.contender.kind != "control" and row.score is not None
        if row.contender.id in measure.values
    ]
    if len(rows) < SEVERAL:
        return None
    values = measure.values
    costs, scores = [values[row.contender.id] for row in rows], [row.score or 0.0 for row in rows]
    x = Axis(min(costs) / FEW, max(costs) * FEW, START, END, log=True)
    room = 0.08 * (max(scores) - min(scores)) or 0.05
    y = Axis(min(scores) - room, max(scores) + room, FOOT, TOP)
    places = apart([y(score) for score in scores], PITCH, TOP, max(FOOT, TOP + PITCH * len(rows)))
    front = _front(rows, values)
    parts = [
        element("text", f"{made.run.protocol.primary}, higher is better", x=0, y=8, class_="axis"),
        *_scale(y),
        bottom(x, FOOT, FOOT - 3, decades(x.low, x.high), measure.title),
        element("polyline", points=_steps(front, values, x, y), class_="front"),
    ]
    for row, at, up, place in zip(rows, costs, scores, places, strict=True):
        parts.append(_point(row, x(at), y(up), place, leads=row in front))
    unbeaten = ", ".join(row.contender.id for row in front)
    said = f"{made.run.protocol.primary} on {label} against {measure.title}; nobody beats {unbeaten} for less"
    return Figure(
        kind="cost",
        title=f"Score against {measure.title}",
        svg=drawing(max(FOOT, *places) + 34, parts, said),
        said=said,
        caption=f"{measure.said} The line joins models that none beats at the same cost or less.",
    )


def decades(low: float, high: float) -> list[float]:
    """Round numbers of a logarithmic axis, few enough to be read.

    >>> decades(3, 400), decades(40, 70)
    ([10.0, 100.0], [50.0])
    """
    every = [step * 10.0**power for power in range(-9, 13) for step in _DECADES if low <= step * 10.0**power <= high]
    tens = [value for value in every if f"{value:e}".startswith("1.0")]
    return tens if len(tens) >= SEVERAL else every


def _front(rows: Sequence[Row], values: Mapping[str, float]) -> list[Row]:
    """Cheapest first, each better than all before it."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda row: (values[row.contender.id], -(row.score or 0.0))):
        if not found or (row.score or 0.0) > (found[-1].score or 0.0):
            found.append(row)
    return found


def _steps(front: Sequence[Row], values: Mapping[str, float], x: Axis, y: Axis) -> str:
    points: list[tuple[float, float]] = []
    for row in front:
        across, up = x(values[row.contender.id]), y(row.score or 0.0)
        points += [(across, points[-1][1])] if points else []
        points.append((across, up))
    points.append((x.end, points[-1][1]))
    return " ".join(f"{across:.1f},{up:.1f}" for across, up in points)


def _scale(y: Axis) -> list[Markup]:
    return [
        element("line", x1=START, x2=END, y1=y(value), y2=y(value), class_="grid")
        + element("text", text(value), x=START - 6, y=y(value) + 4, class_="tick end")
        for value in ticks(y.low, y.high)
    ]


def _point(row: Row, x: float, y: float, place: float, *, leads: bool) -> Markup:
    return element(
        "g",
        tip(f"{row.contender.id}: {short(row.score)}"),
        element(
            "polyline", points=f"{x:.1f},{y:.1f} {END + 2:.1f},{place:.1f} {END + 6:.1f},{place:.1f}", class_="link"
        ),
        element("circle", cx=x, cy=y, r=4.5, class_="dot solid" if leads else "dot hollow"),
        element("text", shortened(row.contender.id, 18), x=END + 9, y=place + 4, class_="name"),
        data_model=row.contender.id,
        class_="series",
    )
