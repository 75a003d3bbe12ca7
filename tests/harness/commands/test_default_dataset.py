"""``zoo bench`` and ``zoo score`` on a dataset that is made on this machine, without its name."""

from __future__ import annotations

import csv
from importlib import metadata

import numpy as np
import pytest

from zoo import registry as registries


@pytest.fixture
def alone(generated, monkeypatch):
    """The plugin of the dataset and no other."""
    others = {point.name for point in metadata.entry_points(group="zoo")} - {"builtin", "harness", "made"}
    monkeypatch.setenv("ZOO_NO_PLUGINS", ",".join(others))
    return generated


@pytest.fixture
def places(tmp_path):
    return ("--out", tmp_path / "out", "--ledger", tmp_path / "ledger.csv")


def table(out):
    with (out / "leaderboard.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_limited_run_makes_what_it_needs_and_no_more(zoo, alone, places, tmp_path):
    ran = zoo("bench", "--model", "all", "--limit", 2, "--no-cost", *places)
    assert ran.status == 0, ran.err
    assert ran.err.splitlines()[:2] == ["no dataset is named: taking made, the default", "generating made: 6 fields"]
    assert "no model is registered: controls alone are judged" in ran.err
    assert sorted(path.stem for path in alone.glob("test*")) == ["test0-0", "test1-0"]
    assert len(list(alone.glob("train*"))) == 4
    rows = {(row["model"], row["label"]): float(row["score"]) for row in table(tmp_path / "out")}
    assert rows["linear-pixel", "dna"] > 0.3
    assert rows["repeat", "dna"] > 0.9
    assert abs(rows["linear-pixel", "puncta"]) < 0.3
    assert zoo("bench", "--model", "all", "--limit", 2, "--no-cost", *places).err.splitlines()[:1] == [
        "no dataset is named: taking made, the default"
    ]


def test_predictions_are_scored_on_it_and_never_ranked_on_a_control_label(zoo, alone, places, tmp_path):
    folder = tmp_path / "predicted"
    for field in registries.load().datasets.get("made").fields("test"):
        for label in ("dna", "puncta"):
            (folder / label).mkdir(parents=True, exist_ok=True)
            np.save(folder / label / f"{field.id}.npy", field.open()[label].to_numpy())
    ran = zoo("score", folder, *places)
    assert ran.status == 0, ran.err
    rows = {(row["model"], row["label"]): row for row in table(tmp_path / "out")}
    assert (rows["predicted", "dna"]["rank"], rows["predicted", "puncta"]["rank"]) == ("1", "")
    assert float(rows["predicted", "puncta"]["score"]) == pytest.approx(1)
    assert "control label" in ran.out
    assert (
        "Control labels, which no honest model can predict in full, are shown and never ranked: puncta."
        in (tmp_path / "out" / "leaderboard.md").read_text()
    )
    assert zoo("rank", tmp_path / "out").status == 0
    assert {(row["model"], row["label"]): row for row in table(tmp_path / "out")} == rows


def test_without_a_default_the_option_is_named(zoo, places, monkeypatch):
    monkeypatch.setenv("ZOO_NO_PLUGINS", "all")
    ran = zoo("bench", "--model", "all", "--no-cost", *places)
    assert ran.status == 2
    assert ran.err == (
        "zoo: no dataset is named, and no plugin brings a default one\n"
        "  hint: name one: --dataset ID; zoo list datasets shows what there is\n"
    )
