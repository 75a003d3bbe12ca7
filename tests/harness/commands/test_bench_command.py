"""``zoo bench`` with real packages, in workers of their own."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest
import yaml

from harness import ledger, records
from zoo.package import read

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
BOARDS = ("leaderboard.csv", "leaderboard.md", "leaderboard.json")
TORCH = ("--format", "pytorch_state_dict")
LOCAL = ("--runner", "local")
MODEL = "shadow@elsewhere"


def table(out):
    with (out / "leaderboard.csv").open() as file:
        return {row["model"]: row for row in csv.DictReader(file)}


def boards(out):
    return {name: (out / name).read_bytes() for name in BOARDS}


@pytest.fixture
def command(manifest, tmp_path):
    """Arguments of ``zoo bench`` on the dataset on disk; everything is written below ``tmp_path``."""

    def words(*models, out="out"):
        asked = [word for model in models for word in ("--model", model)]
        places = ["--out", tmp_path / out, "--ledger", tmp_path / "ledger.csv"]
        return ["bench", *asked, "--dataset", manifest, "--no-cost", *places]

    return words


def test_a_package_is_judged_from_end_to_end(zoo, command, shadow_zip, tmp_path):
    ran = zoo(*command(shadow_zip))
    assert ran.status == 0, ran.err
    row = table(tmp_path / "out")[MODEL]
    assert (row["rank"], row["status"], row["marks"], row["preset"]) == ("1", "ok", "transfer", "lite")
    assert float(row["score"]) == pytest.approx(float(table(tmp_path / "out")["input-as-stain"]["score"]), abs=1e-4)
    assert "cells test: dna" in ran.out
    assert MODEL in ran.out
    assert [line.model for line in ledger.read(tmp_path / "ledger.csv")] == [MODEL]
    run = records.read_run(tmp_path / "out")
    assert next(one for one in run.contenders if one.id == MODEL).format in {"onnx", "pytorch_state_dict"}

    first = boards(tmp_path / "out")
    assert not any(str(tmp_path).encode() in board for board in first.values())
    assert zoo("rank", tmp_path / "out").status == 0
    assert boards(tmp_path / "out") == first
    again = zoo(*command(shadow_zip), "--json")
    assert again.out.encode() == first["leaderboard.json"], "standard output is the document and nothing else"
    assert boards(tmp_path / "out") == first


def test_all_models_end_in_a_status_and_the_rest_go_on(zoo, command, plugin, tmp_path):
    ran = zoo(*command("all"), *LOCAL, "--limit", 2)
    found = table(tmp_path / "out")
    assert ran.status == 1
    assert {name: row["status"] for name, row in found.items() if row["kind"] == "model"} == {
        MODEL: "ok",
        "damaged@elsewhere": "failed",
        "other@elsewhere": "not-applicable",
    }
    assert (found[MODEL]["rank"], found["damaged@elsewhere"]["rank"], found["other@elsewhere"]["rank"]) == ("1", "", "")
    assert found["other@elsewhere"]["note"].startswith("no input for 'dic' (dic); the dataset offers 'light'")
    assert "damaged.zip" in found["damaged@elsewhere"]["note"]
    assert "zoo: damaged@elsewhere, test0 to test1: failed: field 'test0': " in ran.err
    assert "not for leaderboards" in ran.out
    assert {row["stamp"] for row in found.values()} == {"not for leaderboards"}


def test_a_model_that_crashes_is_named_and_the_run_survives(zoo, command, shadow_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("SHADOW_CRASH", "1")
    ran = zoo(*command(shadow_zip), *TORCH)
    row = table(tmp_path / "out")[MODEL]
    assert ran.status == 1
    assert (row["rank"], row["status"], row["failed"], row["score"]) == ("", "failed", "10", "0")
    assert f"failed on 2 of 10: {MODEL}: its process crashed (exit status 3)" in row["note"]
    assert f"zoo: {MODEL}, test0 to test3: failed: field 'test0': {MODEL}: its process crashed" in ran.err
    assert float(table(tmp_path / "out")["linear-pixel"]["score"]) > 0.5


def test_a_model_that_hangs_runs_into_its_time_limit(zoo, command, shadow_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("SHADOW_SLEEP", "60")
    ran = zoo(*command(shadow_zip), *TORCH, "--timeout", 0.5, "--limit", 3)
    row = table(tmp_path / "out")[MODEL]
    assert ran.status == 1
    assert (row["status"], row["failed"]) == ("timeout", "3")
    assert f"timeout on 2 of 3: {MODEL}: no answer after 0.5 s" in row["note"]


def test_a_model_that_raises_fails_on_every_field_in_this_process_too(zoo, command, shadow_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("SHADOW_RAISE", "1")
    ran = zoo(*command(shadow_zip), *TORCH, *LOCAL, "--limit", 2)
    assert ran.status == 1
    assert table(tmp_path / "out")[MODEL]["note"] == (
        f"failed on 2 of 2: {MODEL}: the net failed: RuntimeError: no idea what this is"
    )


def test_a_run_that_is_killed_goes_on_where_it_was(zoo, command, shadow_zip, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("SHADOW_LOG", str(log))
    words = [str(word) for word in (*command(shadow_zip), *TORCH)]
    program = [sys.executable, "-c", "from zoo.cli import main; main()", *words]
    slow = {**os.environ, "SHADOW_SLEEP": "0.4"}
    with subprocess.Popen(program, env=slow, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while not log.exists() or len(log.read_text().splitlines()) < 6:
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out" / "leaderboard.csv").exists()
    asked = len(log.read_text().splitlines())
    assert 6 <= asked < 10

    log.unlink()
    assert zoo(*command(shadow_zip), *TORCH, *LOCAL).status == 0
    assert len(log.read_text().splitlines()) == 6, "the first job of four fields was finished, the others were not"
    killed = boards(tmp_path / "out")
    assert zoo(*command(shadow_zip, out="whole"), *TORCH, *LOCAL).status == 0
    assert boards(tmp_path / "whole") == killed
    assert [line.model for line in ledger.read(tmp_path / "ledger.csv")] == [MODEL, MODEL]


@pytest.fixture
def foreign_zip(shadow_zip, tmp_path):
    """The package as somebody else would have made it: without a word about its channels."""
    path = tmp_path / "foreign.zip"
    with zipfile.ZipFile(shadow_zip) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("rdf.yaml") or name == "bioimageio.yaml":
                described = yaml.safe_load(content)
                del described["config"]["unstained"]
                content = yaml.safe_dump(described).encode()
            made.writestr(name, content)
    return path


def test_a_foreign_package_is_judged_once_it_is_told_what_its_tensors_are(zoo, command, foreign_zip, tmp_path):
    ran = zoo(*command(foreign_zip), *LOCAL, "--limit", 2)
    row = next(row for row in table(tmp_path / "out").values() if row["kind"] == "model")
    assert ran.status == 0, "what does not apply has not failed"
    assert row["status"] == "not-applicable"
    assert row["note"] == (
        "the model does not say what its channels are; name them: --map TENSOR=CHANNEL for each tensor"
    )
    package = read(foreign_zip)
    told = [f"{package.inputs[0].id}=light", f"{package.outputs[0].id}=dna"]
    ran = zoo(*command(foreign_zip), *LOCAL, "--limit", 2, "--map", told[0], "--map", told[1])
    row = next(row for row in table(tmp_path / "out").values() if row["kind"] == "model")
    assert ran.status == 0, ran.err
    assert (row["rank"], row["status"], row["marks"]) == ("1", "ok", "training unknown")


@pytest.mark.parametrize(
    ("models", "more", "message"),
    [
        (["shadov@elsewhere"], (), "unknown model 'shadov@elsewhere'; did you mean shadow@elsewhere"),
        (["nowhere.zip"], (), "nowhere.zip: no such file"),
        (["shadow@elsewhere", "--map", "raw"], (), "--map 'raw': expected TENSOR=CHANNEL"),
        (["shadow@elsewhere"], ("--suite", "speed"), "unknown suite 'speed'; known: core, trust, full"),
        (["shadow@elsewhere"], ("--split", "tset"), "dataset 'cells': split 'tset' is empty"),
        (["shadow@elsewhere"], ("--dataset", "cels"), "unknown dataset 'cels'"),
    ],
)
def test_what_cannot_be_asked_for_is_named(zoo, command, plugin, tmp_path, models, more, message):
    ran = zoo(*command(models[0]), *models[1:], *more)
    assert ran.status == 2
    assert f"zoo: {message}" in ran.err
    assert not (tmp_path / "out" / "leaderboard.csv").exists()
