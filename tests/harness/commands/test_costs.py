"""What ``zoo bench`` says of the cost of real packages. No time is asserted: figures are there, or not."""

from __future__ import annotations

import csv
import json

import pytest

from harness.cost.files import read_costs
from zoo.runtime.threads import available

MODEL = "shadow@elsewhere"
TORCH = ("--format", "pytorch_state_dict")


@pytest.fixture
def words(manifest, shadow_zip, tmp_path):
    """Arguments of ``zoo bench`` on two fields."""
    places = ["--out", tmp_path / "out", "--ledger", tmp_path / "ledger.csv"]
    return ["bench", "--model", shadow_zip, "--dataset", manifest, "--limit", 2, *places]


def ranked(out):
    """Whatever may never differ from run to run."""
    board = json.loads((out / "leaderboard.json").read_text())
    board.pop("cost", None)
    text = (out / "leaderboard.md").read_text().partition("## Cost")[0].rstrip()
    return (out / "leaderboard.csv").read_bytes(), board, text


def test_a_model_is_timed_once_for_a_machine_and_what_is_ranked_stays_the_same(zoo, words, shadow_zip, tmp_path):
    out = tmp_path / "out"
    assert zoo(*words).status == 0, "a limited run times nothing unless it is asked to"
    plain = ranked(out)
    assert not (out / "cost.json").exists()
    assert "## Cost" not in (out / "leaderboard.md").read_text()

    assert zoo(*words, "--cost").status == 0
    assert ranked(out) == plain, "no score has anything to do with time"
    (cost,) = read_costs(out).values()
    assert (cost.reference, cost.threads, cost.note) == ("plain-unet/1", available(), "")
    assert (cost.size.parameters, cost.size.macs) == (2, 1.0), "one weight for each pixel, and a bias"
    assert cost.size.package == shadow_zip.stat().st_size
    assert 0 < cost.timing.single.p50 <= cost.timing.single.p90
    assert cost.timing.single.quartiles[0] <= cost.timing.single.p50 <= cost.timing.single.quartiles[1]
    assert cost.timing.bulk > 0
    assert cost.timing.memory is None or 0 <= cost.timing.memory < 2**30

    document = json.loads((out / "leaderboard.json").read_text())["cost"]
    assert document[MODEL]["timing"]["single"]["p50"] == pytest.approx(cost.timing.single.p50, rel=1e-5)
    with (out / "cost.csv").open() as file:
        (line,) = csv.DictReader(file)
    assert (line["model"], line["machine"], line["macs_per_pixel"]) == (MODEL, cost.machine, "1")
    board = (out / "leaderboard.md").read_text()
    assert f"seconds on {cost.machine} |" in board
    assert f"| `{MODEL}` | {cost.timing.single.p50:.2f} |" in board

    before = (out / "cost.json").read_bytes()
    for again in ((*words,), (*words, "--no-cost"), ("rank", out)):
        assert zoo(*again).status == 0
        assert (out / "cost.json").read_bytes() == before
        assert (out / "leaderboard.md").read_text() == board
    assert zoo(*words, "--no-resume").status == 0
    assert (out / "cost.json").read_bytes() != before


def test_a_model_that_crashes_has_a_size_and_no_time(zoo, words, tmp_path, monkeypatch):
    monkeypatch.setenv("SHADOW_CRASH", "1")
    ran = zoo(*words, *TORCH, "--cost")
    assert ran.status == 1
    (cost,) = read_costs(tmp_path / "out").values()
    assert cost.timing is None
    assert cost.note == f"{MODEL}: its process crashed (exit status 3)"
    assert cost.size.parameters == 2
    board = (tmp_path / "out" / "leaderboard.md").read_text()
    assert f"- `{MODEL}`: not timed, {cost.note}." in board
    assert f"failed on 2 of 2: {MODEL}: its process crashed (exit status 3)" in board, "and no field more for it"
