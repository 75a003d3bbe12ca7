"""Whatever a model does ends in a status, and the rest of the run goes on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

from harness.judging import UndeliveredError
from harness.scoring import Failure
from zoo.errors import ZooError
from zoo.types import Channel, Structure


def rows_of(outcome):
    return {row.contender.id: row for row in outcome.board.rows}


def test_a_model_that_raises_is_named_and_the_rest_go_on(run, noisy, candidate, truth_of):
    def say(one, seen):
        if one.id == "test1":
            message = "no idea\nat all"
            raise RuntimeError(message)
        return {"dna": truth_of(one)}

    outcome = run(candidate(say, "broken"), noisy(50))
    found = rows_of(outcome)
    assert (found["broken"].failed, found["broken"].fields, found["broken"].status) == (1, 5, "failed")
    assert found["broken"].note == "failed on 1 of 5: RuntimeError: no idea"
    assert found["net"].failed == 0
    assert [(line.model, line.note) for line in outcome.failures] == [
        ("broken", "field 'test1': RuntimeError: no idea"),
    ]
    scores = [score for score in outcome.board.rows if score.contender.id == "broken"]
    assert scores[0].rank is not None, "a model that delivered something is ranked, at the floor where it did not"


def test_a_failed_job_is_tried_again_in_the_next_run(run, candidate, truth_of):
    broken = [True]

    def say(one, seen):
        if broken[0] and one.id == "test4":
            raise MemoryError
        return {"dna": truth_of(one)}

    assert [line.status for line in run(candidate(say)).failures] == ["out-of-memory"]
    broken[0] = False
    assert run(candidate(say)).failures == ()


def test_a_model_that_delivers_nothing_has_a_score_and_no_rank(run, candidate):
    def say(one, seen):
        raise ZooError(f"{one.id}: no", hint="never")

    row = rows_of(run(candidate(say)))["net"]
    assert (row.rank, row.score, row.failed, row.above_floor) == (None, 0.0, 5, False)
    assert row.note == "; ".join(f"failed on 1 of 5: test{index}: no" for index in range(5))


def test_a_model_that_cannot_be_opened_is_tried_once(run, candidate):
    tries = []

    def say():
        tries.append(1)
        raise ZooError("weights do not fit", hint="train it again")

    row = rows_of(run(replace(candidate(say), open=say)))["net"]
    assert len(tries) == 1
    assert row.note == "failed on 5 of 5: weights do not fit"


def test_a_model_that_dies_twice_in_a_row_is_not_tried_for_ever(run, candidate, dataset):
    dataset.splits["test"] = [replace(dataset.splits["test"][0], id=f"f{index}") for index in range(6)]
    tries = []

    def say(one, seen):
        tries.append(one.id)
        raise UndeliveredError(Failure("timeout", "no answer after 1 s"), gone=True)

    outcome = run(candidate(say))
    assert tries == ["f0", "f1"]
    row = rows_of(outcome)["net"]
    assert (row.status, row.failed, row.rank) == ("timeout", 6, None)
    assert row.note == (
        "timeout on 4 of 6: not tried after it died 2 times in a row, last on field 'f1': no answer after 1 s; "
        "timeout on 2 of 6: no answer after 1 s"
    )
    assert [line.status for line in outcome.failures] == ["timeout", "timeout"]


def test_a_model_that_dies_is_opened_again_for_the_next_field(run, candidate, dataset, truth_of):
    dataset.splits["test"] = [replace(dataset.splits["test"][0], id=f"f{index}") for index in range(8)]
    opened = []

    @contextmanager
    def opening():
        opened.append(1)
        yield say

    def say(one, seen):
        if one.id in {"f1", "f3", "f6"}:
            raise UndeliveredError(Failure("failed", "the worker died"), gone=True)
        return {"dna": truth_of(one)}

    row = rows_of(run(replace(candidate(say), open=opening)))["net"]
    assert len(opened) == 4
    assert row.note == "failed on 3 of 8: the worker died"


def test_a_label_that_was_claimed_and_is_not_there_is_missing(run, candidate):
    row = rows_of(run(candidate(lambda *_: {})))["net"]
    assert row.status == "missing"
    assert row.note == "missing on 5 of 5: nothing was predicted for 'dna'"


def test_what_does_not_apply_has_a_row_with_the_reason_and_fails_nothing(run, noisy, candidate):
    other = candidate(None, "other", labels=(), refusals={"dna": "no input for 'dic'"})
    outcome = run(noisy(50), other)
    row = rows_of(outcome)["other"]
    assert (row.rank, row.score, row.status, row.fields) == (None, None, "not-applicable", 0)
    assert row.note == "no input for 'dic'"
    assert outcome.failures == ()
    assert outcome.board.rows[-1] == row


def test_a_label_that_no_training_field_shows_applies_to_nobody(run, dataset, noisy):
    dataset.channels = (*dataset.channels, Channel(name="rna", structure=Structure.CYTOPLASM))
    outcome = run(noisy(50, labels=("dna", "rna")))
    rows = [row for row in outcome.board.rows if row.label == "rna"]
    assert [(row.contender.id, row.status, row.note) for row in rows] == [
        ("net", "not-applicable", "no training field shows it")
    ]
