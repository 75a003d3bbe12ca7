"""Scores to rows: averages over sessions, the scale from floor to ceiling, ranks and how sure they are.

Pure: nothing is read here. A field counts once. Where the dataset names sessions, fields are averaged within their
session and sessions then count once; where it names none, fields are averaged, and nothing is claimed about other days.
``docs/ranking.md`` says the rest.
"""

from __future__ import annotations

from harness.ranking.boards import Board, board
from harness.ranking.groups import Group
from harness.ranking.rows import Row
from harness.ranking.tasks import Task

__all__ = ["Board", "Group", "Row", "Task", "board"]
