"""The critical-difference diagram: mean ranks, and bars over models that sessions do not tell apart.

Source: Demsar 2006, J. Mach. Learn. Res. 7, 1-30, turned by a quarter so that names of any length and forty models have
room; with Wilcoxon's test on session means, Holm over all pairs, instead of one critical difference for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.page.figures.stability import SEVERAL, places
from harness.page.figures.svg import LEFT, LINE, WIDTH, Axis, Figure, bottom, drawing, element, name, text, tip
from harness.scoring import PROTOCOL
from harness.statistics.averages import shared_ranks
from harness.statistics.comparisons import ALPHA, ROPE, Comparisons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from harness.ranking import Board

TOP = 8
VALUE = 40
BAR = 7
"""Distance of bars from each other."""
LOST = -2.0
"""Stands for a session of which nothing was delivered: below every correlation."""


def difference(made: Board, label: str) -> Figure | None:
    """Mean ranks over sessions, and who is not told apart; None where nothing can be compared."""
    task = made.task(label)
    found = task.standings if task else None
    if found is None or len(found.rows) < SEVERAL or not isinstance(found.comparisons, Comparisons):
        return None
    means = _mean_ranks(made, label, [row.model for row in found.rows])
    order = sorted(means, key=lambda model: (means[model], model))
    groups = cliques(order, found.comparisons)
    room = VALUE + BAR * max(len(groups), 1)
    axis = Axis(1, len(order), LEFT + 6, WIDTH - room)
    foot = TOP + LINE * len(order)
    parts = [bottom(axis, foot, TOP, places(len(order)), "mean rank over sessions")]
    parts += [_line(model, means[model], TOP + LINE * (index + 0.5), axis) for index, model in enumerate(order)]
    parts += [_bar(group, order, WIDTH - room + VALUE + BAR * index) for index, group in enumerate(groups)]
    told = sum(pair.apart for pair in found.comparisons.pairs)
    said = f"Mean ranks on {label}; {told} of {len(found.comparisons.pairs)} pairs of models are told apart"
    return Figure(
        kind="difference",
        title="Who can be told apart",
        svg=drawing(foot + 34, parts, said),
        said=said,
        caption=f"Critical differences: a bar joins models that cannot be told apart (Wilcoxon on {found.sessions}"
        f" session means, Holm over all pairs, {ALPHA:g}; at least {ROPE:g} on the scale from floor to ceiling)."
        f" {told} of {len(found.comparisons.pairs)} pairs are told apart.",
    )


def cliques(order: Sequence[str], found: Comparisons) -> list[Sequence[str]]:
    """The longest runs of neighbours of whom no two are told apart."""
    runs: list[tuple[int, int]] = []
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not any(found.apart(order[end], one) for one in order[start:end]):
            end += 1
        if end - start >= SEVERAL and (not runs or end > runs[-1][1]):
            runs.append((start, end))
    return [order[start:end] for start, end in runs]


def _mean_ranks(made: Board, label: str, models: Sequence[str]) -> Mapping[str, float]:
    values = {
        (group.model, group.name): group.values.get(PROTOCOL.primary)
        for group in made.by_session
        if group.label == label
    }
    sessions = sorted({name for _, name in values})
    table = [[values.get((model, session)) for model in models] for session in sessions]
    known = np.array([[LOST if value is None else value for value in row] for row in table], np.float64)
    return dict(zip(models, shared_ranks(known).mean(axis=0).tolist(), strict=True))


def _line(model: str, mean: float, y: float, axis: Axis) -> Markup:
    return element(
        "g",
        tip(f"{model}: mean rank {mean:.2f}"),
        name(model, y),
        element("line", x1=axis.start - 6, x2=axis(mean), y1=y, y2=y, class_="stem"),
        element("circle", cx=axis(mean), cy=y, r=4.5, class_="dot solid"),
        element("text", text(round(mean, 2)), x=axis.end + 9, y=y + 4, class_="value"),
        data_model=model,
        class_="series",
    )


def _bar(group: Sequence[str], order: Sequence[str], x: float) -> Markup:
    first, last = order.index(group[0]), order.index(group[-1])
    ends = {"y1": TOP + LINE * first + 5, "y2": TOP + LINE * (last + 1) - 5}
    return element("line", tip(f"not told apart: {', '.join(group)}"), x1=x, x2=x, class_="clique", **ends)
