"""What is left under other light, instruments and cells: one small drawing for each model, all on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.page.figures.svg import Axis, Figure, bottom, drawing, element, tip
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from harness.ranking import Board

WIDTH, TOP, ROW, START, END = 190, 8, 17, 84, 180
WITHOUT = ", without"
"""What follows the name of a shift where the figure is that of the same sessions without it."""


def shifts(made: Board, label: str) -> list[Figure]:
    """For each model a line for each shift, from what it reaches without it to what is left."""
    found = []
    for model, verdicts in made.verdicts.items():
        figures = next((one.figures for one in verdicts if one.gate == "shifts" and one.label == label), {})
        names = [name for name in figures if not name.endswith(WITHOUT)]
        if names:
            found.append(_figure(model, label, names, figures))
    return found


def _figure(model: str, label: str, names: list[str], figures: Mapping[str, float]) -> Figure:
    axis = Axis(0, 1, START, END)
    foot = TOP + ROW * len(names)
    worst = min(names, key=lambda name: figures[name])
    said = f"{model} on {label} under shifts: lowest r {short(figures[worst])}, {worst}"
    parts = [bottom(axis, foot, TOP, [0, 0.5, 1])]
    parts += [_line(name, figures, TOP + ROW * (index + 0.5), axis) for index, name in enumerate(names)]
    return Figure(
        kind="shifts",
        title=model,
        svg=drawing(foot + 18, parts, said, width=WIDTH),
        said=said,
        caption="",
    )


def _line(name: str, figures: Mapping[str, float], y: float, axis: Axis) -> Markup:
    after, before = figures[name], figures.get(name + WITHOUT)
    parts = [element("text", name, x=START - 8, y=y + 4, class_="name end")]
    told = f"{name}: r {short(after)}"
    if before is not None:
        told += f", {short(before)} without"
        parts.append(element("line", x1=axis(before), x2=axis(after), y1=y, y2=y, class_="range"))
        parts.append(element("circle", cx=axis(before), cy=y, r=3, class_="dot hollow"))
    parts.append(element("circle", cx=axis(after), cy=y, r=3.5, class_="dot solid"))
    return element("g", tip(told), *parts, class_="series")
