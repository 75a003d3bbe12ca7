"""Other days, instruments and cells than those of the asked split, and what is left of the correlation there.

No verdict: a shift that nobody promised to survive fails nobody. The figure is the worst group of fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.gates.sums import Finding, averages, by, diagnostic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row


def measured(subject: Subject) -> Measured:
    """Correlation with the truth, without noise where that is known."""
    yield subject.against, {"r": subject.pair.whole.correlation}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """The figure is the lowest mean correlation of any condition of any shift.

    Beside every shift stands what was reached in the same sessions without it, where those are shown again.
    """
    figures: dict[str, float] = {}
    for shift, group in by(rows, lambda row: row.item).items():
        sessions = {row.session for row in group}
        again = [row for row in spread if row.session in sessions]
        figures[shift] = averages(group)["r"]
        figures[f"{shift}, without"] = averages(again or spread)["r"]
    groups = {name: averages(group)["r"] for name, group in by(rows, _group).items()}
    worst = min(groups, key=lambda name: (groups[name], name))
    usual = averages(spread)["r"]
    return diagnostic(groups[worst], f"worst: {worst}, r {groups[worst]:.2f}; {usual:.2f} on the asked split", figures)


def _group(row: Row) -> str:
    return f"{row.item} ({row.condition})" if row.condition and row.condition != row.item else row.item
