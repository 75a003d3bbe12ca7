"""One rank over several tasks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.overall import overall
from zoo.errors import ZooError

SCORES = {
    "dna": {"a": 0.9, "b": 0.8, "c": 0.7},
    "rna": {"a": 0.5, "b": 0.6, "c": 0.4},
    "actin": {"a": 0.2, "b": 0.3, "c": 0.4},
}
EQUAL = {"dna": 1.0, "rna": 1.0, "actin": 1.0}


def test_ranks_are_averaged_over_tasks():
    """a: 1, 2, 3; b: 2, 1, 2; c: 3, 3, 1."""
    found = overall(SCORES, EQUAL)
    assert found.mean_ranks == pytest.approx({"a": 2, "b": 5 / 3, "c": 7 / 3})
    assert found.ranks == {"b": 1, "a": 2, "c": 3}


def test_weights_that_were_declared_decide():
    found = overall(SCORES, {"dna": 3.0, "rna": 1.0, "actin": 1.0})
    assert found.mean_ranks == pytest.approx({"a": 8 / 5, "b": 9 / 5, "c": 13 / 5})
    assert found.ranks == {"a": 1, "b": 2, "c": 3}


def test_a_task_that_was_not_declared_does_not_count():
    assert overall(SCORES, {"actin": 1.0}).ranks == {"c": 1, "b": 2, "a": 3}


def test_only_models_that_cover_every_task_are_ranked_and_among_themselves():
    """Without the partial model in first place of two tasks, c would be no better than a."""
    scores = {**SCORES, "dna": {**SCORES["dna"], "partial": 0.99}, "rna": {**SCORES["rna"], "partial": 0.99}}
    found = overall(scores, EQUAL)
    assert found.mean_ranks == overall(SCORES, EQUAL).mean_ranks
    assert found.partial == {"partial": ("actin",)}


def test_a_task_that_nobody_covers_leaves_nobody_to_rank():
    found = overall(SCORES, {**EQUAL, "lipid": 1.0})
    assert (found.ranks, found.partial["a"]) == ({}, ("lipid",))
    assert set(found.left_out.values()) == {None}


def test_leaving_a_task_out_shows_what_hangs_on_it():
    """Without dna: a 2, 3; b 1, 2; c 3, 1. Without rna all have 2. Without actin: a 1, 2; b 2, 1; c 3, 3."""
    found = overall(SCORES, EQUAL).left_out
    assert found["dna"] == pytest.approx(1 / 3)
    assert found["rna"] is None
    assert found["actin"] == pytest.approx(2 / (3 * 2) ** 0.5)


def test_a_single_task_has_nothing_to_leave_out():
    assert overall(SCORES, {"dna": 1.0}).left_out == {}


@given(st.lists(st.integers(1, 9), min_size=3, max_size=3), st.integers(2, 5))
def test_only_the_proportions_of_weights_count(weights, factor):
    once = overall(SCORES, dict(zip(SCORES, weights, strict=True)))
    many = overall(SCORES, dict(zip(SCORES, (weight * factor for weight in weights), strict=True)))
    assert once.ranks == many.ranks
    assert once.mean_ranks == pytest.approx(many.mean_ranks)


@pytest.mark.parametrize(
    ("weights", "said"), [({"dna": 0.0}, "weight of task 'dna': 0"), ({"dna": -1}, "weight of task 'dna': -1")]
)
def test_a_weight_must_be_above_zero(weights, said):
    with pytest.raises(ZooError, match=said) as caught:
        overall(SCORES, weights)
    assert caught.value.hint == "declare each task with a weight above 0, and leave out those that do not count"


def test_some_task_must_be_declared():
    with pytest.raises(ZooError, match="no task is declared"):
        overall(SCORES, {})
