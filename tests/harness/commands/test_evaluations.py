"""Scores written into the package that they are about."""

from __future__ import annotations

import shutil
import zipfile

import pytest
import yaml

from harness.report.evaluations import joined
from zoo.package import digest, evaluations, read

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
MODEL = "shadow@elsewhere"
LOCAL = ("--runner", "local", "--no-cost")
SOURCE = ("--source", "https://example.com/cells")


@pytest.fixture
def model(shadow_zip, tmp_path):
    """A copy of the package that may be written to."""
    return shutil.copy(shadow_zip, tmp_path / "model.zip")


@pytest.fixture
def judge(zoo, manifest, model, tmp_path):
    """Judges the copy on the dataset on disk; returns the folder of the board."""

    def bench(*more):
        places = ["--out", tmp_path / "out", "--ledger", tmp_path / "ledger.csv"]
        ran = zoo("bench", "--model", model, "--dataset", manifest, *LOCAL, *places, *more)
        assert ran.status == 0, ran.err
        return tmp_path / "out"

    return bench


def members(path):
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_scores_go_into_the_package_and_leave_its_identity_as_it_was(zoo, judge, model, tmp_path):
    before, old = digest(model), members(model)
    out = judge()
    board = {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()}
    ran = zoo("evaluations", out, model, *SOURCE)
    assert (ran.status, ran.out.strip()) == (0, str(model))
    assert digest(model) == before
    new = members(model)
    changed = [name for name in old if new[name] != old[name]]
    assert (list(new), len(changed)) == (list(old), 1), "the description, and nothing else"
    assert {file.name: file.read_bytes() for file in out.iterdir() if file.is_file()} == board

    (told,) = evaluations(read(model))
    assert (told["dataset_id"], told["dataset_role"], told["sample_count"]) == ("cells", "independent", 10)
    assert told["evaluation_factors"] == ["dna"]
    rows = zoo("rank", out, "--json").json["rows"]
    row = next(row for row in rows if row["model"] == MODEL)
    assert dict(zip(told["metrics"], told["results"], strict=True))["r"] == [pytest.approx(row["score"])]
    own = told["unstained"]
    assert (own["split"], own["suite"], own["protocol"]) == ("test", "core", "training-scale/2")
    assert own["command"] == f"zoo bench --model {MODEL} --dataset cells --split test"
    assert own["gates"]["dna"]["blank"] == "not tested"
    assert own["above_floor"] == {"dna": row["above_floor"]}

    shown = zoo("info", model).out
    assert "cells, split test, suite core, protocol training-scale/2, 10 fields" in shown
    assert f"dna: r {row['score']:.3f}" in shown
    assert zoo("info", model, "--json").json["evaluations"] == [told]
    assert (
        zoo(
            "bench",
            "--model",
            model,
            "--dataset",
            tmp_path / "cells" / "manifest.toml",
            *LOCAL,
            "--out",
            out,
            "--ledger",
            tmp_path / "ledger.csv",
        ).status
        == 0
    ), "the same model still: nothing runs again"


def test_writing_twice_is_writing_once(zoo, judge, model):
    out = judge()
    zoo("evaluations", out, model, *SOURCE)
    once = model.read_bytes()
    assert zoo("evaluations", out, model, *SOURCE).status == 0
    assert model.read_bytes() == once


def test_a_folder_is_written_to_as_well(zoo, judge, model, tmp_path):
    out = judge()
    with zipfile.ZipFile(model) as opened:
        opened.extractall(tmp_path / "folder")
    assert zoo("evaluations", out, tmp_path / "folder", *SOURCE).status == 0
    assert len(evaluations(read(tmp_path / "folder"))) == 1


def test_the_formats_own_test_passes(zoo, judge, model):
    from bioimageio.core import test_model

    zoo("evaluations", judge(), model, *SOURCE)
    summary = test_model(model, weight_format="onnx")
    assert summary.status == "passed", summary.format()


def test_a_board_that_does_not_know_the_package_is_refused(zoo, judge, model):
    out = judge()
    with zipfile.ZipFile(model, "a") as opened:
        opened.writestr("more.txt", "another package")
    ran = zoo("evaluations", out, model, *SOURCE)
    assert ran.status == 2
    assert f"does not know the package {digest(model)[:12]}; models on it: {MODEL} (" in ran.err
    assert "judge it first: zoo bench --model PACKAGE" in ran.err


def test_a_board_on_a_part_of_a_split_is_refused(zoo, judge, model):
    ran = zoo("evaluations", judge("--limit", 2), model, *SOURCE)
    assert ran.status == 2
    assert "the board on cells, split test, is not for leaderboards: 2 fields" in ran.err


def test_a_dataset_that_is_not_installed_needs_a_source(zoo, judge, model):
    ran = zoo("evaluations", judge(), model)
    assert ran.status == 2
    assert "the dataset 'cells' is not installed: give --source URL" in ran.err


def test_a_package_of_an_older_format_is_refused(zoo, judge, model):
    out = judge()
    with zipfile.ZipFile(model) as opened:
        name = next(name for name in opened.namelist() if name.endswith("rdf.yaml"))
        described = yaml.safe_load(opened.read(name))
    described["config"] = {**described["config"]}
    flow = "\n".join(
        f"{key}: {yaml.safe_dump(value, default_flow_style=True, width=10**6).split(chr(10))[0]}"
        for key, value in described.items()
    )
    rewritten = {**members(model), name: flow.encode()}
    with zipfile.ZipFile(model, "w") as made:
        for member, content in rewritten.items():
            made.writestr(member, content)
    places = judge("--no-resume")
    ran = zoo("evaluations", places, model, *SOURCE)
    assert ran.status == 2
    assert f"{model}: rdf.yaml cannot hold evaluations: expected format 0.5 with config written as a block" in ran.err
    assert out == places


def test_evaluations_of_others_are_kept_and_those_of_the_same_split_replaced():
    foreign = {"dataset_id": "cells", "results": 1}
    first, second, other = (
        {"dataset_id": "cells", "unstained": {"split": split}, "results": n}
        for split, n in (("test", 2), ("test", 3), ("val", 4))
    )
    assert joined([foreign, first, other], second) == [foreign, second, other]
    assert joined([foreign], first) == [foreign, first]
    assert joined([first, first], second) == [second]
