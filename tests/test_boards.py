"""What is committed under leaderboards/: rebuilt from its records, told as it is, every scoring in the ledger."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BOARDS = sorted(path.parent for path in (ROOT / "leaderboards").glob("*/run.json"))
MADE = ("leaderboard.csv", "leaderboard.json", "leaderboard.md")


def test_there_are_boards():
    assert len(BOARDS) >= 4


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_board_comes_out_of_its_records_byte_for_byte(zoo, board, tmp_path):
    again = tmp_path / board.name
    shutil.copytree(board, again, ignore=shutil.ignore_patterns("leaderboard.*", "records"))
    assert zoo("rank", again).status == 0
    assert {name: (again / name).read_bytes() for name in MADE} == {name: (board / name).read_bytes() for name in MADE}


def test_the_readme_shows_what_the_boards_say(zoo):
    readme = (ROOT / "README.md").read_text()
    command = re.search(r"^zoo report (leaderboards/.+)$", readme, re.MULTILINE)
    assert command is not None
    ran = zoo("report", *(ROOT / folder for folder in command[1].split()))
    assert ran.status == 0
    assert ran.out.strip() in readme


def test_the_page_of_systems_shows_what_their_board_says():
    rows = json.loads((ROOT / "leaderboards" / "phantom-test" / "leaderboard.json").read_text())["rows"]
    known = {(row["model"], row["label"]): row for row in rows}
    table = (ROOT / "docs" / "systems.md").read_text().partition("| label | ")[2].partition("\n\n")[0].splitlines()
    models = [name.strip("` ") for name in table[0].split("|")[:-3]]
    for line in table[2:]:
        label, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for model, shown in zip(models, cells, strict=False):
            row = known[f"{model}@phantom", label]
            score = row["score"]
            assert shown == ("" if score is None else f"{score:.2f}{'' if row['above_floor'] else '!'}"), (model, label)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_no_committed_board_was_limited(board):
    assert json.loads((board / "run.json").read_text())["stamp"] == ""


def test_every_trained_model_on_a_test_board_stands_in_the_ledger():
    with (ROOT / "leaderboards" / "test-ledger.csv").open() as file:
        told = {(line["model"], line["dataset"], line["digest"]) for line in csv.DictReader(file)}
    for board in BOARDS:
        document = json.loads((board / "leaderboard.json").read_text())
        if document["dataset"]["split"] == "test":
            for row in document["rows"]:
                if row["kind"] == "model" and row["status"] != "not-applicable":
                    assert (row["model"], row["dataset"], row["digest"]) in told


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_what_is_ranked_first_is_above_every_floor_or_the_board_says_that_nothing_is(board):
    document = json.loads((board / "leaderboard.json").read_text())
    for row in document["rows"]:
        warned = f"{row['label']}: no model stands above every floor control. None can be trusted here."
        assert row["rank"] != 1 or row["above_floor"] or warned in document["notes"]
