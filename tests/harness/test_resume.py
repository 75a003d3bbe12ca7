"""What a run leaves behind is what the next one goes on from, and what boards are made of."""

from __future__ import annotations

import json

import pytest

from harness import records
from harness.bench import rebuilt
from harness.controls import CONTROLS
from harness.metrics import METRICS
from harness.scoring import Protocol
from zoo.errors import ZooError

BOARDS = ("leaderboard.csv", "leaderboard.md", "leaderboard.json")
FLOORS = [control.id for control in CONTROLS if control.kind == "floor"]


def boards(out):
    return {name: (out / name).read_bytes() for name in BOARDS}


def rows_of(outcome):
    return {row.contender.id: row for row in outcome.board.rows}


def test_finished_jobs_are_not_run_again_and_the_board_is_the_same(run, noisy, dataset, tmp_path):
    asked = []
    run(noisy(50, asked=asked))
    first = boards(tmp_path / "out")
    opened = [one.opened for one in dataset.splits["train"]]
    seconds = records.read_run(tmp_path / "out").timing["net"]
    outcome = run(noisy(50, asked=asked))
    assert len(asked) == 5
    assert boards(tmp_path / "out") == first
    assert [one.opened for one in dataset.splits["train"]] == opened, "training fields were read again"
    assert outcome.warnings == ()
    assert records.read_run(tmp_path / "out").timing["net"] == seconds > 0


def test_boards_are_rebuilt_from_records_alone_byte_for_byte(run, noisy, tmp_path):
    run(noisy(50), noisy(100, "other"))
    out = tmp_path / "out"
    first = boards(out)
    for name in BOARDS:
        (out / name).unlink()
    for path in (out / "records").iterdir():
        path.unlink()
    rebuilt([out], out)
    assert boards(out) == first


def test_a_run_is_the_same_when_it_is_repeated_elsewhere(run, noisy, tmp_path):
    run(noisy(50), noisy(100, "other"), out=tmp_path / "one")
    run(noisy(100, "other"), noisy(50), out=tmp_path / "two")
    assert boards(tmp_path / "one") == boards(tmp_path / "two")
    one, two = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("one", "two"))
    assert {key for key in one if one[key] != two[key]} == {"timing"}


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "another"},
        {"salt": "another"},
        {"name": "another"},
    ],
)
def test_a_changed_model_is_run_again(run, noisy, change):
    asked = []
    run(noisy(50, asked=asked))
    run(noisy(50, **{"asked": asked, **change}))
    assert len(asked) == 10


def test_changed_data_or_metrics_are_judged_again(run, dataset, noisy, tmp_path):
    asked = []
    run(noisy(50, asked=asked))
    outcome = run(noisy(50, asked=asked), metrics=METRICS[:3])
    assert len(asked) == 10
    assert outcome.warnings == (
        f"{tmp_path / 'out'}: the earlier board was made from other fields or metrics and is replaced",
    )
    dataset.digest = "e" * 64
    run(noisy(50, asked=asked))
    assert len(asked) == 15


def test_no_resume_runs_everything_again_and_starts_the_board_anew(run, noisy):
    asked = []
    run(noisy(50, "old"), noisy(50, asked=asked))
    outcome = run(noisy(50, asked=asked), resume=False)
    assert len(asked) == 10
    assert set(rows_of(outcome)) == {"net", *FLOORS}


def test_models_judged_earlier_on_the_same_data_stay_on_the_board(run, noisy, tmp_path):
    run(noisy(50), noisy(100, "other"), out=tmp_path / "together")
    run(noisy(50), out=tmp_path / "apart")
    run(noisy(100, "other"), out=tmp_path / "apart")
    assert boards(tmp_path / "apart") == boards(tmp_path / "together")


def test_a_model_that_was_trained_anew_takes_its_old_place(run, noisy):
    run(noisy(500, digest="old"))
    outcome = run(noisy(20, digest="new"))
    assert [(row.contender.id, row.contender.digest) for row in outcome.board.rows if row.rank] == [("net", "new")]


def test_a_damaged_record_is_run_again_and_said_so(run, noisy, tmp_path):
    asked = []
    run(noisy(50, asked=asked))
    first = boards(tmp_path / "out")
    line = next(line for line in records.read_run(tmp_path / "out").jobs if line.model == "net")
    path = records.job_path(tmp_path / "out", line.key)
    path.write_bytes(path.read_bytes()[:-20])
    outcome = run(noisy(50, asked=asked))
    assert len(asked) == 5 + len(line.fields)
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].startswith(f"{path}: cannot be read as scores: ")
    assert outcome.warnings[0].endswith("; it is run again")
    assert boards(tmp_path / "out") == first


def test_a_damaged_run_is_written_anew_from_finished_jobs(run, noisy, tmp_path):
    asked = []
    run(noisy(50, asked=asked))
    first = boards(tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text('{"schema": 1, "stamp"')
    outcome = run(noisy(50, asked=asked))
    assert len(asked) == 5
    assert boards(tmp_path / "out") == first
    assert outcome.warnings[0].startswith(f"{tmp_path / 'out' / 'run.json'}: cannot be read as a run: ")


def test_a_limited_run_never_takes_the_place_of_a_board(run, noisy, tmp_path):
    run(noisy(50))
    first = boards(tmp_path / "out")
    with pytest.raises(ZooError) as error:
        run(noisy(50), limit=2)
    assert error.value.message == (
        f"{tmp_path / 'out'}: holds a run on cells, split test, 5 fields; this one is on cells, split test, 2 fields"
    )
    assert error.value.hint == "give another --out"
    assert boards(tmp_path / "out") == first


def test_another_split_does_not_go_into_the_same_folder(run, noisy, tmp_path):
    run(noisy(50))
    with pytest.raises(ZooError, match="holds a run on cells, split test, 5 fields; this one is on cells, split train"):
        run(noisy(50), split="train", resume=False)


def test_records_of_another_protocol_are_refused(run, noisy, tmp_path, monkeypatch):
    run(noisy(50))
    newer = Protocol(id="training-scale", version=3, primary="r", low=1.0, high=99.9, sessions=6)
    monkeypatch.setattr(records, "PROTOCOL", newer)
    expected = (
        f"{tmp_path / 'out' / 'run.json'}: made with protocol training-scale/2, this version judges by training-scale/3"
    )
    for again in (lambda: rebuilt([tmp_path / "out"], tmp_path / "out"), lambda: run(noisy(50))):
        with pytest.raises(ZooError) as error:
            again()
        assert error.value.message == expected
        assert "never mixes two protocols" in error.value.hint


def test_runs_of_the_same_data_become_one_board(run, noisy, tmp_path):
    run(noisy(50), noisy(60, "other"), out=tmp_path / "together")
    run(noisy(50), out=tmp_path / "one")
    run(noisy(60, "other"), out=tmp_path / "two")
    rebuilt([tmp_path / "one", tmp_path / "two"], tmp_path / "joined")
    assert boards(tmp_path / "joined") == boards(tmp_path / "together")
    rebuilt([tmp_path / "joined"], tmp_path / "joined")
    assert boards(tmp_path / "joined") == boards(tmp_path / "together")


def test_runs_that_differ_do_not_share_a_board(run, noisy, tmp_path):
    run(noisy(50), out=tmp_path / "one")
    run(noisy(50), limit=3, out=tmp_path / "two")
    run(noisy(50, digest="b" * 64), out=tmp_path / "three")
    with pytest.raises(ZooError) as error:
        rebuilt([tmp_path / "one", tmp_path / "two"], tmp_path / "joined")
    assert error.value.message == ("runs cannot share a board: dataset, split, fields or labels differ (cells, cells)")
    with pytest.raises(ZooError) as error:
        rebuilt([tmp_path / "one", tmp_path / "three"], tmp_path / "joined")
    assert error.value.message == "'net' means two things: digests digest of ne and bbbbbbbbbbbb"


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(ZooError) as error:
        rebuilt([tmp_path], tmp_path)
    assert error.value.message == f"{tmp_path / 'run.json'}: no such file; {tmp_path} holds no run"
    assert error.value.hint == f"make one: zoo bench --model all --dataset ID --out {tmp_path}"


def test_truncated_scores_are_named(run, noisy, tmp_path):
    run(noisy(50))
    path = tmp_path / "out" / "scores.parquet"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ZooError) as error:
        rebuilt([tmp_path / "out"], tmp_path / "out")
    assert error.value.message.startswith(f"{path}: cannot be read as scores: ")
    assert error.value.hint == "run the same zoo bench again: finished jobs are not run twice"
