"""Averages, six digits and ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.averages import averaged, ranks, shared_ranks, significant

correlations = st.floats(-0.999, 1)
grades = st.lists(st.integers(0, 5), min_size=1, max_size=9)


def test_one_memorised_field_does_not_outweigh_all_others():
    assert averaged([1.0, *[0.2] * 9], "fisher-z") < 0.55
    assert averaged([1.0] * 10, "fisher-z") == 1.0


@given(st.lists(correlations, min_size=1, max_size=9))
def test_an_average_lies_between_the_smallest_and_the_largest(values):
    for how in ("plain", "fisher-z"):
        low = min(values) if how == "plain" else min(*values, 0.999)
        assert low - 1e-9 <= averaged(values, how) <= max(values) + 1e-9


@given(st.lists(correlations, min_size=2, max_size=9), st.integers(0, 8), st.floats(0, 1))
def test_a_better_field_never_makes_a_worse_score(values, index, gain):
    better = list(values)
    better[index % len(values)] = min(1.0, better[index % len(values)] + gain)
    assert averaged(better, "fisher-z") >= averaged(values, "fisher-z") - 1e-9


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_six_digits_are_kept(value):
    assert significant(value) == pytest.approx(value, rel=1e-5, abs=1e-300)


@given(grades)
def test_ranks_are_those_of_scipy(values):
    assert ranks(values).tolist() == stats.rankdata(np.negative(values), "min").tolist()
    assert shared_ranks(values).tolist() == stats.rankdata(np.negative(values), "average").tolist()


def test_ranks_run_along_the_last_axis():
    assert ranks([[3, 1, 2], [1, 1, 2]]).tolist() == [[1, 3, 2], [2, 2, 1]]


def test_what_is_shown_as_equal_is_ranked_as_equal():
    assert ranks([1.234561, 1.234564, 0.0123451, 0.0123454]).tolist() == [1, 1, 4, 3]
