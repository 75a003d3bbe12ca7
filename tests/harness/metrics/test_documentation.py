"""docs/metrics.md names every metric, gate and diagnostic of a board as it names itself."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path

import pytest

from harness.gates import GATES
from harness.metrics import METRICS
from harness.objects import METRICS as OBJECTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("head", "things"),
    [
        ("## Pixels", METRICS),
        ("## Objects", OBJECTS),
        ("| gate |", [gate for gate in GATES if gate.verdict]),
        ("| diagnostic |", [gate for gate in GATES if not gate.verdict]),
    ],
)
def test_every_thing_stands_on_its_page_under_its_title(head, things):
    part = PAGE.split(f"\n{head}")[1].split("|---|---|\n")[1].split("\n\n")[0]
    assert part.splitlines() == [f"| `{one.id}` | {one.title} |" for one in things]


def test_c_max_of_an_unstained_strain_follows_from_two_boards():
    ((told, without, stained),) = re.findall(r"it is (0\.\d+) \((0\.\d+) / (0\.\d+)\)", PAGE)
    for split, amplitude in (("control", without), ("test", stained)):
        board = (ROOT / f"leaderboards/ecoli-yfp-{split}/leaderboard.md").read_text(encoding="utf-8")
        assert f"| `truth-amplitude` | {amplitude} |" in board
    assert f"{sqrt(1 - (float(without) / float(stained)) ** 2):.4f}" == told


def test_c_max_of_the_phantom_is_what_its_board_says():
    board = (ROOT / "leaderboards/phantom-test/leaderboard.md").read_text(encoding="utf-8")
    named = re.findall(r"(0\.\d{3})\sfor\s`(\w+)`", PAGE)
    assert len(named) == 2
    for told, label in named:
        part = board.split(f"\n## {label}\n")[1].split("\n## ")[0]
        assert f"1 is C_max, what `clean-truth` reaches, {told}." in part
