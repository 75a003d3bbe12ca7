"""Three schemes on tables worked out by hand, and where they disagree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.agreement import single, tau
from harness.statistics.schemes import schemes
from harness.statistics.tables import table

STEADY = [0.60, 0.62, 0.58, 0.61, 0.59, 0.63, 0.57, 0.60]
FLASHY = [0.61, 0.63, 0.59, 0.62, 0.60, 0.64, 0.58, 0.10]
WEAK = [0.30, 0.33, 0.28, 0.31, 0.29, 0.35, 0.26, 0.32]


def test_who_leads_most_often_is_not_who_leads_on_average(tabled):
    found = schemes(tabled(steady=STEADY, flashy=FLASHY, weak=WEAK))
    assert found.ranks["mean-then-rank"] == {"steady": 1, "flashy": 2, "weak": 3}
    assert found.ranks["rank-then-mean"] == {"flashy": 1, "steady": 2, "weak": 3}
    assert found.ranks["test-then-rank"] == {"steady": 1, "flashy": 1, "weak": 3}
    assert found.tau[("mean-then-rank", "rank-then-mean")] == pytest.approx(1 / 3)
    assert found.tau[("mean-then-rank", "test-then-rank")] == pytest.approx(2 / np.sqrt(3 * 2))


def test_the_test_counts_only_wins_that_survive_holm(tabled):
    """Six ordered pairs: the smallest one-sided p of 6 sessions is 1/64, and 6/64 is above 0.05; 7 sessions do."""
    six, seven = ({"a": [2.0 + x / 9 for x in range(n)], "b": [1.0 + x / 8 for x in range(n)]} for n in (6, 7))
    third = {"c": [x / 7 for x in range(7)]}
    few = schemes(tabled(**six, c=third["c"][:6])).ranks["test-then-rank"]
    assert few == {"a": 1, "b": 1, "c": 1}
    assert schemes(tabled(**seven, **third)).ranks["test-then-rank"] == {"a": 1, "b": 2, "c": 3}


def test_fields_are_ranked_and_sessions_count_once():
    """a leads on the two fields of one session, b on the one field of each of two others."""
    scores = {"a": {"f0": 0.9, "f1": 0.9, "f2": 0.1, "f3": 0.1}, "b": {"f0": 0.1, "f1": 0.1, "f2": 0.2, "f3": 0.2}}
    made = table(scores, {"f0": "s0", "f1": "s0", "f2": "s1", "f3": "s2"})
    assert schemes(made).ranks["rank-then-mean"] == {"a": 2, "b": 1}


def test_equal_fields_share_their_ranks(tabled):
    found = schemes(tabled(a=[0.5, 0.9], b=[0.5, 0.1], c=[0.5, 0.1]))
    assert found.ranks["rank-then-mean"] == {"a": 1, "b": 2, "c": 2}


def test_without_sessions_enough_nothing_is_tested(tabled):
    found = schemes(tabled(a=[0.9] * 5, b=[0.1] * 5))
    assert list(found.ranks) == ["mean-then-rank", "rank-then-mean"]
    assert found.tau == {("mean-then-rank", "rank-then-mean"): 1.0}


def test_rankings_in_which_all_are_alike_have_no_tau(tabled):
    found = schemes(tabled(a=[0.5] * 6, b=[0.5] * 6))
    assert set(found.tau.values()) == {None}
    assert set(schemes(tabled(a=[0.5] * 6)).tau.values()) == {None}


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=12))
def test_tau_is_that_of_scipy(pairs):
    one, other = zip(*pairs, strict=True)
    expected = stats.kendalltau(one, other).statistic
    found = single(one, other)
    assert found is None if np.isnan(expected) else found == pytest.approx(expected)


def test_many_rankings_are_compared_with_one_at_once():
    assert tau([[1, 2, 3], [3, 2, 1], [1, 1, 1]], [1, 2, 3]) == pytest.approx([1, -1, np.nan], nan_ok=True)
