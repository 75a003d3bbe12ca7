"""Tie groups on tables worked out by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.statistics.comparisons import Comparison, Comparisons, comparisons
from harness.statistics.tables import table
from harness.statistics.ties import group_ranks, tie_groups


def _found(apart, names="abcd"):
    pairs = [
        Comparison(better=one, worse=other, difference=0.1, p=0.01, adjusted=0.01, apart=one + other in apart)
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    ]
    return Comparisons(sessions=12, pairs=tuple(pairs), smallest=2 / 2**12)


def _groups(tabled, apart):
    return tie_groups(tabled(a=[0.4], b=[0.3], c=[0.2], d=[0.1]), _found(apart))


def test_all_that_cannot_be_told_from_the_best_share_its_rank(tabled):
    groups = _groups(tabled, {"ac", "ad", "bd"})
    assert groups == (("a", "b"), ("c", "d"))
    assert group_ranks(groups) == {"a": 1, "b": 1, "c": 3, "d": 3}


def test_ties_do_not_chain(tabled):
    assert _groups(tabled, {"ac", "bd"}) == (("a", "b"), ("c", "d"))


def test_a_group_ends_at_the_first_that_is_apart(tabled):
    """d cannot be told from a, but stands behind b, which can."""
    assert _groups(tabled, {"ab"}) == (("a",), ("b", "c", "d"))


def test_all_apart_and_none_apart(tabled):
    assert _groups(tabled, {"ab", "ac", "ad", "bc", "bd", "cd"}) == (("a",), ("b",), ("c",), ("d",))
    assert _groups(tabled, set()) == (("a", "b", "c", "d"),)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_groups_keep_the_order_of_scores_and_hold_everybody_once(seed):
    numbers = np.random.default_rng(seed).normal(0.5, 0.05, (5, 10)) + np.linspace(0, 0.1, 5)[:, None]
    scores = {f"m{row}": {f"f{n}": value for n, value in enumerate(line)} for row, line in enumerate(numbers.tolist())}
    made = table(scores, {f"f{n}": f"s{n}" for n in range(10)})
    groups = tie_groups(made, comparisons(made))
    assert [model for group in groups for model in group] == [made.models[index] for index in made.ordered]
    found = comparisons(made)
    assert not any(found.apart(group[0], model) for group in groups for model in group)
