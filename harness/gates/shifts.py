"""Other days, instruments and cells than those of the asked split, and what is left of the correlation there.

No verdict: a shift that nobody promised to survive fails nobody. The figure is the worst group of fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.gates.sums import Finding, averages, by, diagnostic
from harness.metrics.distributions import auroc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row


NOTICED = "noticed"
"""Name of the figure that says how well widths tell shifted fields from others."""


def measured(subject: Subject) -> Measured:
    """Correlation with the truth, without noise where that is known, and how unsure the model says it is."""
    yield subject.against, {"r": subject.pair.whole.correlation, **subject.doubt}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """The figure is the lowest mean correlation of any condition of any shift.

    Beside every shift stands what was reached in the same sessions without it, where those are shown again, and for
    models that say how unsure they are, how well that tells its fields from those of the asked split.
    """
    figures: dict[str, float] = {}
    for shift, group in by(rows, lambda row: row.item).items():
        sessions = {row.session for row in group}
        again = [row for row in spread if row.session in sessions]
        figures[shift] = averages(group)["r"]
        figures[f"{shift}, without"] = averages(again or spread)["r"]
    noticed = _noticed(rows, spread)
    groups = {name: averages(group)["r"] for name, group in by(rows, _group).items()}
    worst = min(groups, key=lambda name: (groups[name], name))
    usual = averages(spread)["r"]
    text = f"worst: {worst}, r {groups[worst]:.2f}; {usual:.2f} on the asked split"
    if noticed:
        text += f"; by its own account it notices a shift with AUROC {noticed[NOTICED]:.2f}"
    return diagnostic(groups[worst], text, {**figures, **noticed})


def _noticed(rows: Sequence[Row], spread: Sequence[Row]) -> dict[str, float]:
    """Area under the ROC curve of the mean width of intervals, for fields of all shifts and of each; 0.5 is chance."""
    usual = [row.values["doubt"] for row in spread if "doubt" in row.values]
    shifted = [row for row in rows if "doubt" in row.values]
    if not usual or not shifted:
        return {}
    groups = {
        NOTICED: shifted,
        **{f"{NOTICED}, {name}": group for name, group in by(shifted, lambda row: row.item).items()},
    }
    return {name: _told(usual, [row.values["doubt"] for row in group]) for name, group in groups.items()}


def _told(usual: Sequence[float], shifted: Sequence[float]) -> float:
    return auroc([*usual, *shifted], [False] * len(usual) + [True] * len(shifted))


def _group(row: Row) -> str:
    return f"{row.item} ({row.condition})" if row.condition and row.condition != row.item else row.item
