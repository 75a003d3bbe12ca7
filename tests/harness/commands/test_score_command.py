"""``zoo score``, ``zoo rank`` and ``zoo report``: predictions made elsewhere, and boards from records."""

from __future__ import annotations

import csv
import json
import os

import numpy as np
import pytest
import tifffile
import xarray as xr

from harness import ledger
from harness.controls import CONTROLS
from harness.metrics import METRICS
from zoo.images import write_image

BOARDS = ("leaderboard.csv", "leaderboard.md", "leaderboard.json")


def table(out):
    with (out / "leaderboard.csv").open() as file:
        return {row["model"]: row for row in csv.DictReader(file)}


def boards(out):
    return {name: (out / name).read_bytes() for name in BOARDS}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "predicted"
    (made / "dna").mkdir(parents=True)
    return made


@pytest.fixture
def fill(folder, truths):
    """Write a good prediction for every field but the given ones."""

    def write(*without):
        for name, truth in truths.items():
            if name not in without:
                tifffile.imwrite(folder / "dna" / f"{name}.tif", truth + 5)

    return write


@pytest.fixture
def score(zoo, manifest, folder, tmp_path):
    def run(*more, out="out"):
        places = ("--out", tmp_path / out, "--ledger", tmp_path / "ledger.csv")
        return zoo("score", folder, "--dataset", manifest, *places, *more)

    return run


def test_predictions_made_elsewhere_stand_on_the_board(score, fill, tmp_path):
    fill()
    ran = score()
    row = table(tmp_path / "out")["predicted"]
    assert ran.status == 0, ran.err
    assert (row["rank"], row["kind"], row["score"], row["above_floor"]) == ("1", "predictions", "1", "yes")
    assert float(row["r2-offset"]) > 0
    assert [line.model for line in ledger.read(tmp_path / "ledger.csv")] == ["predicted"]
    assert score("--name", "mine").status == 0
    assert table(tmp_path / "out").keys() >= {"predicted", "mine"}


@pytest.mark.parametrize("suffix", [".tif", ".tiff", ".ome.tif", ".ome.zarr", ".npy"])
@pytest.mark.parametrize("together", [False, True])
def test_predictions_are_read_from_every_form(score, truths, folder, tmp_path, suffix, together):
    for name, truth in truths.items():
        place = folder if together else folder / "dna"
        if suffix == ".npy":
            np.save((folder / "dna" if together else place) / f"{name}.npy", truth[None])
        elif together:
            both = xr.DataArray(np.stack([truth * 0, truth]), dims=("c", "y", "x"), coords={"c": ["rna", "dna"]})
            write_image(both, folder / f"{name}{'.ome.tif' if suffix.startswith('.tif') else suffix}")
        elif suffix.startswith(".ome"):
            write_image(xr.DataArray(truth, dims=("y", "x")), place / f"{name}{suffix}")
        else:
            tifffile.imwrite(place / f"{name}{suffix}", truth)
    ran = score()
    assert ran.status == 0, ran.err
    assert table(tmp_path / "out")["predicted"]["score"] == "1"


def test_a_missing_field_is_named_and_scored_like_the_training_mean(score, fill, tmp_path):
    fill("test3")
    ran = score()
    row = table(tmp_path / "out")["predicted"]
    assert ran.status == 1
    assert (row["status"], row["failed"], row["fields"], row["rank"]) == ("missing", "1", "10", "1")
    assert row["note"] == "missing on 1 of 10: no file predicted/dna/test3.tif or predicted/test3.ome.tif"
    assert "zoo: predicted, test0 to test3: missing: field 'test3': no file predicted/dna/test3.tif" in ran.err
    assert float(row["score"]) < 1


@pytest.mark.parametrize(
    ("spoil", "status", "note"),
    [
        (lambda image: image[:-1], "wrong-shape", "prediction of 63 x 80 pixels, truth of 64 x 80"),
        (lambda image: np.stack([image, image]), "wrong-shape", "prediction of 2 x 64 x 80 pixels, truth of 64 x 80"),
        (
            lambda image: np.where(image > image.mean(), np.nan, image),
            "not-finite",
            "of 5120 recorded pixels are NaN or infinite",
        ),
    ],
)
def test_a_prediction_that_cannot_be_scored_has_a_status_of_its_own(
    score, fill, truths, folder, tmp_path, spoil, status, note
):
    fill("test3")
    np.save(folder / "dna" / "test3.npy", spoil(truths["test3"]))
    assert score().status == 1
    row = table(tmp_path / "out")["predicted"]
    assert row["status"] == status
    assert note in row["note"]


def test_a_constant_prediction_is_named_and_counts_as_lost_though_the_run_succeeds(
    score, fill, truths, folder, tmp_path
):
    fill("test3")
    np.save(folder / "dna" / "test3.npy", np.full_like(truths["test3"], 7))
    assert score().status == 0
    row = table(tmp_path / "out")["predicted"]
    assert (row["status"], row["failed"]) == ("constant", "1")
    assert row["note"] == "constant on 1 of 10: the prediction is the same everywhere"


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("test3.tif", b"II*\0 this is no image", "test3.tif"),
        ("test3.npy", b"\x93NUMPY\x01", "test3.npy: cannot be read as .npy: "),
    ],
)
def test_a_damaged_prediction_fails_that_field_alone(score, fill, folder, tmp_path, name, content, note):
    fill("test3")
    (folder / "dna" / name).write_bytes(content)
    assert score().status == 1
    row = table(tmp_path / "out")["predicted"]
    assert (row["status"], row["failed"]) == ("failed", "1")
    assert note in row["note"]


def test_what_is_no_number_is_refused(score, fill, folder, tmp_path):
    fill("test3")
    np.save(folder / "dna" / "test3.npy", np.full((64, 80), "bright"))
    assert score().status == 1
    assert "test3.npy: holds <U6, expected numbers" in table(tmp_path / "out")["predicted"]["note"]


def test_images_that_belong_to_no_field_are_named(score, fill, folder):
    fill()
    for index in range(5):
        np.save(folder / "dna" / f"other{index}.npy", np.zeros(3))
    ran = score()
    assert ran.status == 0
    assert (
        f"zoo: {folder}: dna/other0.npy, dna/other1.npy, dna/other2.npy and 2 more belong to no field of this split "
        "and are not scored"
    ) in ran.err


def test_changed_predictions_are_scored_again(score, fill, truths, folder, tmp_path):
    fill()
    score()
    tifffile.imwrite(folder / "dna" / "test0.tif", truths["test0"][::-1])
    score()
    assert float(table(tmp_path / "out")["predicted"]["score"]) < 1


def test_a_folder_without_predictions_says_what_was_looked_for(score, folder, tmp_path):
    ran = score()
    assert ran.status == 2
    assert ran.err == (
        f"zoo: {folder}: no prediction of dna for any field\n"
        f"  hint: expected {folder / 'dna' / 'test0.tif'} or {folder / 'test0.ome.tif'} with a channel 'dna'\n"
    )


def test_a_folder_that_is_not_there_is_named(zoo, manifest, tmp_path):
    ran = zoo("score", tmp_path / "nowhere", "--dataset", manifest, "--out", tmp_path / "out")
    assert ran.status == 2
    assert ran.err.startswith(f"zoo: {tmp_path / 'nowhere'}: no such folder\n")


def test_a_changed_image_of_the_dataset_stops_the_run_before_it_begins_and_nothing_is_lost(
    score, fill, manifest, tmp_path
):
    fill()
    assert score().status == 0
    before = boards(tmp_path / "out")
    image = manifest.parent / "test7-dna.tif"
    kept = image.read_bytes()
    os.utime(image, ns=(0, 0))
    image.write_bytes(kept[:-10])
    ran = score()
    assert ran.status == 2
    assert f"zoo: {image}: wrong hash: expected sha256 " in ran.err
    assert boards(tmp_path / "out") == before
    image.write_bytes(kept)
    assert score().status == 0


def test_boards_are_rebuilt_by_rank_and_by_report(zoo, score, fill, tmp_path):
    fill()
    score()
    out = tmp_path / "out"
    first = boards(out)
    for command in ("rank", "report"):
        for name in BOARDS:
            (out / name).unlink()
        ran = zoo(command, out)
        assert ran.status == 0, ran.err
        assert boards(out) == first
        assert str(out / "leaderboard.csv") in ran.out


@pytest.mark.parametrize(("columns", "shown"), [("200", True), ("70", False)])
def test_a_narrow_terminal_cuts_metrics_and_never_names(score, fill, monkeypatch, columns, shown):
    monkeypatch.setenv("COLUMNS", columns)
    fill()
    name = "a-very-long-name-of-somebody@with-a-dataset"
    out = score("--name", name).out
    assert name in out
    assert ("truth-amplitude" in out) == shown
    assert "score (r)" in out


def test_several_runs_become_one_board(zoo, score, fill, tmp_path):
    fill()
    score(out="one")
    score("--name", "again", out="two")
    ran = zoo("rank", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "both", "--json")
    assert ran.status == 0, ran.err
    assert {row["model"] for row in ran.json["rows"] if row["rank"]} == {"predicted", "again"}
    assert [row["rank"] for row in ran.json["rows"] if row["rank"]] == [1, 1], "equal to six digits is equal"
    assert "give --out DIR" in zoo("rank", tmp_path / "one", tmp_path / "two").err


def test_several_runs_stand_side_by_side_in_one_table(zoo, score, fill, tmp_path):
    fill()
    score(out="one")
    score("--limit", 2, out="two")
    ran = zoo("report", tmp_path / "one", tmp_path / "two")
    lines = ran.out.splitlines()
    assert lines[0].startswith("| dataset | split | label | best model | score |")
    assert lines[2].startswith("| cells | test | dna | `predicted` | 1.000 |")
    assert lines[2].endswith("| above every floor |")
    assert lines[3].endswith("| above every floor, not for leaderboards |")
    assert zoo("report", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "table.md").status == 0
    assert (tmp_path / "table.md").read_text() == ran.out


def test_the_default_folder_is_named_after_what_is_judged(zoo, fill, folder, manifest, tmp_path, monkeypatch):
    fill()
    monkeypatch.chdir(tmp_path)
    assert zoo("score", folder, "--dataset", manifest).status == 0
    assert zoo("score", folder, "--dataset", manifest, "--limit", 2).status == 0
    assert sorted(path.name for path in (tmp_path / "leaderboards").iterdir()) == [
        "cells-test",
        "cells-test-limit2",
        "test-ledger.csv",
    ]
    monkeypatch.undo()


def test_metrics_and_controls_are_listed(zoo):
    assert {row["id"] for row in zoo("list", "metrics", "--json").json} >= {metric.id for metric in METRICS}
    listed = zoo("list", "controls", "--json").json
    assert [(row["id"], row["kind"]) for row in listed] == [(control.id, control.kind) for control in CONTROLS]
    assert json.dumps(listed)
