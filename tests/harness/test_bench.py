"""A run from end to end, on a dataset in memory: what is written, what is ranked, what a model gets to see."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from harness import ledger, records
from harness.controls import CONTROLS
from harness.metrics import METRICS
from zoo.errors import ZooError

FLOORS = [control.id for control in CONTROLS if control.kind == "floor"]


def table(out):
    with (out / "leaderboard.csv").open() as file:
        return list(csv.DictReader(file))


def rows_of(outcome):
    return {row.contender.id: row for row in outcome.board.rows}


def test_a_run_ranks_models_above_each_other_and_controls_beside_them(run, noisy, tmp_path):
    outcome = run(noisy(500, "poor"), noisy(20, "good"))
    found = rows_of(outcome)
    assert [(row["rank"], row["model"]) for row in table(tmp_path / "out")] == [
        ("1", "good"),
        ("2", "poor"),
        *(("", name) for name in ("linear-pixel", "input-as-stain", "training-mean")),
    ]
    assert (found["good"].above_floor, found["poor"].above_floor) == (True, False)
    assert found["good"].score > found["linear-pixel"].score > found["poor"].score
    assert outcome.failures == ()


def test_a_board_names_the_command_that_repeats_it(run, noisy, tmp_path):
    outcome = run(noisy(20), limit=2)
    data = outcome.board.run.data
    command = f"zoo bench --model net --dataset {data.reference} --split {data.split} --limit 2"
    assert f"Run it again: `{command}`" in (tmp_path / "out" / "leaderboard.md").read_text()
    assert json.loads((tmp_path / "out" / "leaderboard.json").read_text())["repeat"] == command


def test_the_files_of_a_run_are_what_the_readme_promises(run, noisy, tmp_path):
    run(noisy(20))
    out = tmp_path / "out"
    header = (out / "leaderboard.csv").read_text().splitlines()[0]
    assert header.startswith("rank,model,dataset,label,score,")
    scores = records.read_scores(out / "scores.parquet")
    assert Counter(score.model for score in scores) == dict.fromkeys([*FLOORS, "net"], 5 * len(METRICS))
    assert {(score.dataset, score.split, score.label, score.protocol) for score in scores} == {
        ("cells", "test", "dna", "training-scale/2")
    }
    stored = json.loads((out / "run.json").read_text())
    assert stored["data"]["fields"] == [f"test{index}" for index in range(5)]
    assert stored["data"]["digest"] == "d" * 64
    assert stored["stamp"] == ""
    assert stored["versions"]["numpy"] == np.__version__
    assert {one["id"]: one["digest"] for one in stored["contenders"]}["net"] == "digest of net"
    assert set(stored["timing"]) == {"ended", "net", *(control.id for control in CONTROLS)}


def test_a_model_sees_inputs_and_nothing_else(run, dataset, candidate):
    seen_names = set()

    def say(one, seen):
        seen_names.update(seen.variables)
        return {"dna": np.zeros((40, 48), np.float32)}

    for one in dataset.splits["test"]:
        one.variables["dna_repeat"] = one.variables["dna"]
        one.variables["valid"] = (("y", "x"), np.ones((40, 48), bool))
    run(candidate(say))
    assert seen_names == {"light"}


def test_a_repeat_stands_on_the_board_as_a_ceiling_without_a_rank(run, dataset, noisy):
    rng = np.random.default_rng(0)
    for one in dataset.splits["test"]:
        dims, image = one.variables["dna"]
        one.variables["dna_repeat"] = (dims, image + rng.normal(0, 5, image.shape))
    row = rows_of(run(noisy(100)))["repeat"]
    assert (row.rank, row.contender.bound) == (None, "ceiling")
    assert row.score > rows_of(run(noisy(100)))["net"].score


def test_a_field_that_does_not_show_a_label_is_left_out_for_all(run, dataset, candidate, truth_of):
    truths = {one.id: truth_of(one) for one in dataset.splits["test"]}
    del dataset.splits["test"][0].variables["dna"]
    outcome = run(candidate(lambda one, _: {"dna": truths[one.id]}))
    assert {row.contender.id: row.fields for row in outcome.board.rows} == dict.fromkeys(["net", *FLOORS], 4)


def test_a_limited_run_is_stamped_everywhere(run, noisy, tmp_path):
    outcome = run(noisy(50), limit=2)
    out = tmp_path / "out"
    assert {row["stamp"] for row in table(out)} == {"not for leaderboards"}
    assert "> **Not for leaderboards**: the first 2 fields of the split alone." in (out / "leaderboard.md").read_text()
    assert json.loads((out / "leaderboard.json").read_text())["stamp"] == "not for leaderboards"
    assert json.loads((out / "run.json").read_text())["stamp"] == "not for leaderboards"
    assert outcome.board.run.data.fields == ("test0", "test1")
    assert ledger.read(tmp_path / "ledger.csv")[0].limit == "2"


def test_an_empty_split_names_those_that_are_not(run, noisy):
    with pytest.raises(ZooError) as error:
        run(noisy(50), split="control")
    assert error.value.message == "dataset 'cells': split 'control' is empty; splits with fields: train, test"


def test_an_unknown_suite_names_the_known_ones(run, noisy):
    with pytest.raises(ZooError) as error:
        run(noisy(50), suite="speed")
    assert error.value.message == "unknown suite 'speed'; known: core, trust, full"


def test_an_output_folder_that_cannot_be_written_to_is_an_error_before_anything_runs(run, noisy, tmp_path):
    (tmp_path / "file").write_text("")
    asked = []
    with pytest.raises(ZooError) as error:
        run(noisy(50, asked=asked), out=tmp_path / "file" / "out")
    assert error.value.message == f"{tmp_path / 'file' / 'out'}: cannot write to the output folder: Not a directory"
    assert error.value.hint == "give another --out"
    assert asked == []


def test_two_contenders_of_one_name_are_refused(run, noisy):
    with pytest.raises(ZooError) as error:
        run(noisy(50), noisy(20, "repeat"))
    assert error.value.message == "two contenders are called 'repeat': a model and a control"


def test_fields_without_the_stain_are_scored_and_never_ranked(run, dataset, noisy, tmp_path):
    dataset.splits["control"] = dataset.splits["test"]
    outcome = run(noisy(50), split="control")
    row = rows_of(outcome)["net"]
    assert (row.rank, row.above_floor) == (None, None)
    assert row.score > 0.9
    assert "nothing is ranked" in outcome.board.notes[0]
    assert not (tmp_path / "ledger.csv").exists()


def test_what_has_seen_the_fields_is_shown_and_never_ranked(run, noisy):
    found = rows_of(run(noisy(1, "memory", marks=("seen",)), noisy(50, "moved", marks=("transfer",))))
    assert (found["memory"].rank, found["moved"].rank) == (None, 1)
    assert found["memory"].score > found["moved"].score


def test_arbitrary_counts_leave_only_what_a_gain_cannot_change_to_be_ranked(run, dataset, noisy):
    dataset.intensity = "arbitrary"
    outcome = run(noisy(50))
    free = ["r", "r-ceiling", "r-inside", "hp-r", "spectral-r"]
    assert [column.id for column in outcome.board.run.columns if column.ranked] == free
    said = f"Counts cannot be compared between sessions: only {', '.join(free)} may be ranked"
    assert any(note.startswith(said) for note in outcome.board.notes)


def test_what_says_nothing_by_itself_is_never_ranked(run, noisy):
    columns = {column.id: column.ranked for column in run(noisy(50)).board.run.columns}
    assert {name for name, ranked in columns.items() if ranked} == {
        *("r", "r2", "nmae", "ssim", "r-ceiling", "r-inside", "r2-inside", "nmae-inside", "ssim-inside"),
        *("hp-r", "spectral-r"),
    }


def test_a_run_without_models_holds_controls_alone_and_says_so(run):
    outcome = run()
    assert outcome.warnings == ("no model is registered: controls alone are judged",)
    assert set(rows_of(outcome)) == set(FLOORS)


def test_the_plugin_loads_no_array_library():
    heavy = (
        "{'numpy', 'pandas', 'pyarrow', 'pydantic', 'scipy', 'skimage', 'xarray', 'torch', 'tensorflow', 'rich.table'}"
    )
    program = f"import sys, harness.plugin as it; list(it.zoo_commands()); assert not {heavy} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
