"""Candidates side by side: a field is asked about everywhere before the next, and its truth is worked out once."""

from __future__ import annotations

import pytest

from harness import judging
from harness.bench import TOGETHER


@pytest.fixture
def worked_out(monkeypatch):
    """Fields whose truth was worked out, in this order."""
    fields = []
    whole = judging.reference

    def counted(opened, label, field, *more):
        fields.append(field)
        return whole(opened, label, field, *more)

    monkeypatch.setattr(judging, "reference", counted)
    return fields


def test_the_truth_of_a_field_is_worked_out_once_for_all_who_are_judged_together(run, noisy, dataset, worked_out):
    asked = []
    run(*(noisy(20 + number, f"net{number}", asked=asked) for number in range(TOGETHER)))
    ids = [one.id for one in dataset.splits["test"]]
    assert worked_out == ids
    assert asked == [name for name in ids for _ in range(TOGETHER)]


def test_more_models_than_may_be_open_at_once_are_judged_in_groups(run, noisy, dataset):
    asked = []
    outcome = run(*(noisy(20 + number, f"net{number}", asked=asked) for number in range(TOGETHER + 1)))
    ids = [one.id for one in dataset.splits["test"]]
    assert asked == [*(name for name in ids for _ in range(TOGETHER)), *ids]
    assert sum(row.contender.kind == "model" for row in outcome.board.rows) == TOGETHER + 1


def test_a_model_that_fails_takes_nobody_with_it(run, noisy, candidate):
    def fails(*_):
        raise RuntimeError("no idea")

    outcome = run(candidate(fails, "broken"), noisy(20, "good"))
    found = {row.contender.id: row for row in outcome.board.rows}
    assert (found["good"].failed, found["broken"].failed) == (0, 5)


def test_what_one_has_finished_is_not_asked_of_it_again_beside_another(run, noisy):
    first, second = [], []
    run(noisy(20, "first", asked=first))
    run(noisy(20, "first", asked=first), noisy(30, "second", asked=second))
    assert (len(first), len(second)) == (5, 5)
