"""Every look at a test split leaves a line."""

from __future__ import annotations

import pytest

from harness import ledger
from zoo.errors import ZooError


def test_every_scoring_on_a_test_split_stands_in_the_ledger_once(run, noisy, tmp_path):
    path = tmp_path / "ledger.csv"
    run(noisy(50), noisy(60, "other"))
    run(noisy(50), noisy(60, "other"))
    lines = ledger.read(path)
    assert [(line.model, line.split, line.fields, line.limit) for line in lines] == [
        ("net", "test", "5", ""),
        ("other", "test", "5", ""),
    ]
    assert float(lines[0].score) > float(lines[1].score)
    before = path.read_text()
    run(noisy(40, digest="new"), noisy(60, "other"))
    run(noisy(40, digest="new"), resume=False)
    assert path.read_text().startswith(before), "lines are added, never changed"
    assert [line.model for line in ledger.read(path)] == ["net", "other", "net", "net"]


def test_a_scoring_that_a_killed_run_did_not_write_down_is_written_down_by_the_next(run, noisy, tmp_path):
    run(noisy(50))
    (tmp_path / "ledger.csv").unlink()
    run(noisy(50))
    assert [line.model for line in ledger.read(tmp_path / "ledger.csv")] == ["net"]


def test_choices_made_on_val_leave_no_line(run, dataset, noisy, tmp_path):
    dataset.splits["val"] = dataset.splits["test"]
    run(noisy(50), split="val")
    assert not (tmp_path / "ledger.csv").exists()


def test_a_ledger_that_is_not_one_is_left_alone(run, noisy, tmp_path):
    (tmp_path / "ledger.csv").write_text("time,model\n2026,net\n")
    with pytest.raises(ZooError) as error:
        run(noisy(50))
    assert error.value.message.startswith(f"{tmp_path / 'ledger.csv'}, line 1: 2 columns, expected time, model, digest")
    assert (tmp_path / "ledger.csv").read_text() == "time,model\n2026,net\n"
