"""Folders of boards to a page: everything is read here, nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import records
from harness.examination.files import read_verdicts
from harness.page.costs import measures
from harness.page.document import document
from harness.page.gallery.wall import wall
from harness.page.views import View, view
from harness.ranking import board

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def page(folders: Sequence[Path], command: str) -> str:
    """One page of one board or several; ``command`` is what makes it again."""
    views = [opened(folder, f"board{index + 1}") for index, folder in enumerate(folders)]
    named = ", ".join(f"{one.board.run.data.reference} {one.board.run.data.split}" for one in views)
    return document(views, f"{named} \N{MIDDLE DOT} Unstained", command)


def opened(folder: Path, name: str) -> View:
    """A board as a page shows it, from the files of its folder alone."""
    run = records.read_run(folder)
    made = board(run, records.scores_of(folder), read_verdicts(folder))
    return view(made, measures(folder, run), wall(folder, run), name)
