"""Several boards beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.cells import short, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.ranking import Board, Row


def side_by_side(boards: Sequence[Board]) -> str:
    """Several boards as one table: the best model of each label beside the best floor, and what follows from it."""
    head = ["dataset", "split", "label", "best model", "score", "95 %", "best floor", "score", "sessions", "verdict"]
    lines = [
        _summary(made, [row for row in made.rows if row.label == label])
        for made in boards
        for label in made.run.data.labels
    ]
    return table(head, [line for line in lines if line]) + "\n"


def _summary(made: Board, rows: Sequence[Row]) -> list[str]:
    data = made.run.data
    floors = [row for row in rows if row.contender.bound == "floor"]
    if not floors:
        return []
    floor = max(floors, key=lambda row: (row.score is not None, row.score or 0.0))
    best = next((row for row in rows if row.rank == 1), None)
    place = [data.reference, data.split, rows[0].label]
    against = [f"`{floor.contender.id}`", short(floor.score), str(floor.sessions)]
    if best is None:
        return [*place, "", "", "", *against, "no model is ranked"]
    ends = f"{short(best.low)} to {short(best.high)}" if best.low is not None else ""
    verdict = "above every floor" if best.above_floor else "cannot be trusted here"
    stamp = f", {made.run.stamp}" if made.run.stamp else ""
    return [*place, f"`{best.contender.id}`", short(best.score), ends, *against, verdict + stamp]
