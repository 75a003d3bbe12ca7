"""Where every model could have stood, had other days been drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.page.figures.svg import LEFT, LINE, WIDTH, Axis, Figure, bottom, drawing, element, name, tip
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from markupsafe import Markup

    from harness.ranking import Board
    from harness.statistics.standings import Standing

TOP = 8
SHARE = 92
"""Room for the share of draws in which a model leads."""
MOST = 8
"""Ticks of an axis of ranks."""
SEVERAL = 2


def stability(made: Board, label: str) -> Figure | None:
    """The ranks that 95 % of the draws of sessions give; None with too few sessions, or a single model."""
    task = made.task(label)
    found = task.standings if task else None
    if found is None or len(found.rows) < SEVERAL or isinstance(found.stability, TooFew):
        return None
    rows = found.rows
    axis = Axis(0.6, len(rows) + 0.4, LEFT, WIDTH - SHARE)
    foot = TOP + LINE * len(rows)
    parts = [bottom(axis, foot, TOP, places(len(rows)), "rank")]
    parts += [_line(row, TOP + LINE * (index + 0.5), axis) for index, row in enumerate(rows)]
    moved = sum(row.ranks is not None and row.ranks[0] != row.ranks[1] for row in rows)
    said = f"Ranks on {label} over draws of sessions: {moved} of {len(rows)} models move"
    return Figure(
        kind="stability",
        title="Had it been other days",
        svg=drawing(foot + 34, parts, said),
        said=said,
        caption=f"{found.sessions} sessions drawn again with replacement, {found.stability.resamples} times, the same"
        " for all models. Dot: rank by score. Line: ranks in 95 % of the draws. At the right: how often a model leads.",
    )


def places(count: int) -> list[float]:
    """Ranks that an axis names.

    >>> places(3), places(40)
    ([1, 2, 3], [1, 6, 11, 16, 21, 26, 31, 36])
    """
    return list(range(1, count + 1, -(-count // MOST)))


def _line(row: Standing, y: float, axis: Axis) -> Markup:
    low, high = row.ranks or (row.rank, row.rank)
    first = row.first or 0.0
    told = f"{row.model}: rank {row.rank}, {low} to {high} in 95 % of draws, leads in {first:.0%}"
    return element(
        "g",
        tip(told),
        name(row.model, y),
        element("line", x1=axis(low), x2=axis(high), y1=y, y2=y, class_="range"),
        element("circle", cx=axis(row.rank), cy=y, r=4.5, class_="dot solid"),
        element(
            "text", f"leads in {first:.0%}" if first else "never leads", x=WIDTH - SHARE + 12, y=y + 4, class_="value"
        ),
        data_model=row.model,
        class_="series",
    )
