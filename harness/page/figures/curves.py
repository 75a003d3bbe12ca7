"""Answers to inputs that change step by step: a cue that gets clearer, light that gets worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.gates.corruptions import KINDS
from harness.page.figures.svg import WIDTH, Axis, Figure, apart, bottom, drawing, element, shortened, text, ticks, tip
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from harness.ranking import Board

TOP, FOOT, START, END = 22, 186, 34, WIDTH - 128
PITCH = 13
"""Height of a line of text."""
RESPONSE = "slope at "
"""What the figures of the cue gate are named after; the strength follows."""


@dataclass(frozen=True)
class Curve:
    """One model's answers, from the weakest input to the strongest."""

    model: str
    points: tuple[tuple[float, float], ...]


def cue(made: Board, label: str) -> Figure | None:
    """How much of a stain is said while the thing that shows it fades in."""
    curves = _curves(made, label, "cue", RESPONSE)
    if not curves:
        return None
    said = f"Response to a cue on {label}: {_ends(curves)}"
    return Figure(
        kind="cue",
        title="As the cue fades in",
        svg=_drawn(
            curves, said, "strength of the cue, from none", "response: slope on the truth, 0 silent, 1 faithful"
        ),
        said=said,
        caption="The same cells made again with organelles that get easier to see. An honest net is silent at 0 and"
        " says more with every step; one that paints them where they usually are speaks at 0 too. Gate cue.",
    )


def corruptions(made: Board, label: str) -> list[Figure]:
    """Correlation while the input gets worse, one drawing for each kind."""
    found = []
    for kind, (_, severities) in KINDS.items():
        curves = _curves(
            made, label, "corruptions", f"{kind} ", places={f"{one:g}": i + 1 for i, one in enumerate(severities)}
        )
        if curves:
            said = f"Correlation on {label} under {kind}: {_ends(curves)}"
            svg = _drawn(curves, said, f"{kind}, severity", "r")
            caption = (
                f"Inputs of up to six fields made worse in five steps ({', '.join(f'{one:g}' for one in severities)})."
            )
            found.append(Figure(kind="corruptions", title=f"Under {kind}", svg=svg, said=said, caption=caption))
    return found


def _curves(made: Board, label: str, gate: str, prefix: str, places: Mapping[str, float] | None = None) -> list[Curve]:
    curves = []
    for model, verdicts in made.verdicts.items():
        figures = next((one.figures for one in verdicts if one.gate == gate and one.label == label), {})
        named = {key.removeprefix(prefix): value for key, value in figures.items() if key.startswith(prefix)}
        points = sorted((places[at] if places else float(at), value) for at, value in named.items())
        if points:
            curves.append(Curve(model, tuple(points)))
    return sorted(curves, key=lambda curve: -curve.points[-1][1])


def _ends(curves: Sequence[Curve]) -> str:
    return "; ".join(
        f"{curve.model} from {short(curve.points[0][1])} to {short(curve.points[-1][1])}" for curve in curves[:5]
    )


def _drawn(curves: Sequence[Curve], said: str, across: str, up: str) -> Markup:
    points = [point for curve in curves for point in curve.points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x, y = Axis(min(xs), max(xs), START, END), Axis(min(0.0, *ys) - 0.04, max(1.0, *ys), FOOT, TOP)
    foot = max(FOOT, TOP + PITCH * len(curves))
    lines = [
        element("line", x1=START, x2=END, y1=y(value), y2=y(value), class_="grid" if value else "grid zero")
        + element("text", text(value), x=START - 6, y=y(value) + 4, class_="tick end")
        for value in ticks(y.low, y.high)
    ]
    named = apart([y(curve.points[-1][1]) for curve in curves], PITCH, TOP, foot)
    drawn = [_line(curve, x, y, place) for curve, place in zip(curves, named, strict=True)]
    head = element("text", up, x=0, y=8, class_="axis")
    return drawing(foot + 34, [head, *lines, bottom(x, FOOT, FOOT - 3, ticks(x.low, x.high), across), *drawn], said)


def _line(curve: Curve, x: Axis, y: Axis, place: float) -> Markup:
    path = " ".join(f"{x(one):.1f},{y(other):.1f}" for one, other in curve.points)
    dots = [
        element("circle", tip(f"{curve.model}: {short(other)} at {one:g}"), cx=x(one), cy=y(other), r=2.5, class_="dot")
        for one, other in curve.points
    ]
    end = curve.points[-1][1]
    label = element("text", tip(curve.model), shortened(curve.model), x=END + 8, y=place + 4, class_="name")
    link = element("line", x1=END, x2=END + 6, y1=y(end), y2=place, class_="link")
    line = element("polyline", points=path, class_="curve")
    return element("g", line, *dots, link, label, data_model=curve.model, class_="series")
