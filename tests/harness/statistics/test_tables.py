"""Which fields count, in which sessions, and what a failure is worth."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import PROTOCOL
from harness.statistics.averages import ranks
from harness.statistics.tables import FEWEST, TooFew, table
from zoo.errors import ZooError


def test_fields_count_within_their_session_and_sessions_count_once():
    made = table({"net": {"f0": 0.1, "f1": 0.3, "f2": 0.8}}, {"f0": "monday", "f1": "monday", "f2": "tuesday"})
    assert made.means.tolist() == [[0.2, 0.8]]
    assert made.scores.tolist() == [0.5]
    assert made.independent == 2


def test_without_sessions_every_field_counts_once_and_none_is_independent():
    made = table({"net": {"f0": 0.1, "f1": 0.3}}, {"f0": "", "f1": ""})
    assert (made.means.tolist(), made.independent) == ([[0.1, 0.3]], 0)
    assert table({"net": {"f0": 0.1, "f1": 0.3}}, {"f0": "", "f1": "monday"}).independent == 0


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, -math.inf])
def test_a_failure_scores_the_floor_and_is_counted(nothing):
    made = table({"net": {"f0": 0.6, "f1": nothing}}, {"f0": "monday", "f1": "tuesday"})
    assert (made.scores.tolist(), made.failed.tolist()) == ([0.3], [1])


def test_leaving_failures_out_would_carry_a_model_from_third_to_first():
    hard = {"f0": 0.5, "f1": 0.9, "f2": 0.9}
    scores = {"honest": hard, "close": {**hard, "f0": 0.45}, "picky": {"f1": 0.95, "f2": 0.92}}
    sessions = {"f0": "s0", "f1": "s1", "f2": "s2"}
    assert dict(zip(("close", "honest", "picky"), ranks(table(scores, sessions).scores), strict=True)) == {
        "honest": 1,
        "close": 2,
        "picky": 3,
    }
    kept = table(scores, {"f1": "s1", "f2": "s2"})
    assert ranks(kept.scores)[kept.models.index("picky")] == 1


def test_a_field_without_truth_is_dropped_for_everybody():
    made = table({"a": {"f0": 0.5, "f1": 0.9}, "b": {"f0": 0.4}}, {"f0": "monday"})
    assert (made.fields, made.scores.tolist(), made.failed.tolist()) == (("f0",), [0.5, 0.4], [0, 0])


@given(st.permutations(range(6)), st.permutations(["a", "b", "c"]))
def test_the_order_of_fields_and_models_changes_nothing(order, names):
    sessions = {f"f{index}": f"s{index // 2}" for index in order}
    numbers = np.random.default_rng(1).uniform(0, 1, (3, 6))
    scores = {name: {f"f{index}": numbers["abc".index(name), index] for index in order} for name in names}
    made = table(scores, sessions)
    assert made.models == ("a", "b", "c")
    assert made.fields == tuple(f"f{index}" for index in range(6))
    assert made.means.tolist() == np.round(numbers.reshape(3, 3, 2).mean(axis=2), 9).tolist()


def test_the_best_stand_first_and_equals_by_name(tabled):
    made = tabled(b=[0.5], d=[0.9], a=[0.5], c=[0.1])
    assert [made.models[index] for index in made.ordered] == ["d", "a", "b", "c"]


@pytest.mark.parametrize(("scores", "sessions"), [({}, {"f0": "s"}), ({"net": {}}, {})])
def test_a_table_of_nothing_is_refused(scores, sessions):
    said = f"{len(scores)} models and {len(sessions)} fields: nothing to rank"
    with pytest.raises(ZooError, match=re.escape(said)) as caught:
        table(scores, sessions)
    assert caught.value.hint == "a task needs a model, and a field whose truth defines the score"


@pytest.mark.parametrize(
    ("sessions", "said"),
    [(0, "no independent sessions"), (1, "1 independent session"), (5, "5 independent sessions")],
)
def test_too_few_sessions_are_named(sessions, said):
    assert TooFew(sessions).note == f"Cannot separate models: {said}, 6 are needed."


def test_the_protocol_asks_for_as_many_sessions_as_the_tests_do():
    assert PROTOCOL.sessions == FEWEST
