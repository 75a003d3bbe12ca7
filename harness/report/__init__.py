"""A board as text: ``leaderboard.csv`` for scripts, ``.md`` for readers, ``.json`` for both. Same board, same bytes.

Costs stand at the end of the last two and in ``cost.csv``: what is ranked is the same from run to run, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import write_text
from harness.report.cells import plain, short, what
from harness.report.costs import costs_as_csv
from harness.report.documents import HEAD, as_csv, as_json
from harness.report.markdown import as_markdown
from harness.report.summaries import side_by_side

if TYPE_CHECKING:
    from pathlib import Path

    from harness.ranking import Board

__all__ = ["HEAD", "as_csv", "as_json", "as_markdown", "plain", "short", "side_by_side", "what", "write"]

BOARD = "leaderboard"
COST = "cost.csv"


def write(out: Path, made: Board) -> tuple[Path, ...]:
    """Write the files of a board into a folder; returns the paths of the board itself."""
    texts = {"csv": as_csv(made), "md": as_markdown(made), "json": as_json(made)}
    for suffix, text in texts.items():
        write_text(out / f"{BOARD}.{suffix}", text)
    if made.costs:
        write_text(out / COST, costs_as_csv(made))
    return tuple(out / f"{BOARD}.{suffix}" for suffix in texts)
