"""Intervals against scipy, and against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.intervals import Interval, interval
from harness.statistics.tables import TooFew

values = st.lists(st.integers(-1000, 1000).map(lambda number: number / 200), min_size=6, max_size=19)


@given(values)
def test_intervals_are_those_of_scipy(values):
    found = interval(values)
    if np.ptp(values) == 0:
        assert (found.low, found.high) == pytest.approx((values[0], values[0]))
        return
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high, found.method) == (pytest.approx(expected.low), pytest.approx(expected.high), "t")


def test_intervals_of_correlations_are_taken_on_fishers_scale():
    values = [0.1, 0.3, 0.5, 0.6, 0.2, 0.8]
    expected = stats.ttest_1samp(np.arctanh(values), 0).confidence_interval(0.95)
    found = interval(values, "fisher-z")
    assert (found.low, found.high) == pytest.approx((math.tanh(expected.low), math.tanh(expected.high)))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_under_six_sessions_there_is_no_interval(count):
    assert interval([0.5] * count) == TooFew(count)


def _between_and_within(chance, repeats, sessions, fields):
    """Scores whose mean is 0, half of the variance between sessions."""
    between = chance.normal(0, math.sqrt(0.5), (repeats, sessions, 1))
    return between + chance.normal(0, math.sqrt(0.5), (repeats, sessions, fields))


def _coverage(samples):
    found = [interval(sample.tolist()) for sample in samples]
    return np.mean([one.low <= 0 <= one.high for one in found])


def test_t_intervals_of_eight_sessions_hold_the_truth_in_95_of_100_cases():
    scores = _between_and_within(np.random.default_rng(8), 4000, 8, 6)
    assert _coverage(scores.mean(axis=2)) == pytest.approx(0.95, abs=0.02)


def test_intervals_over_fields_would_hold_it_in_70():
    scores = _between_and_within(np.random.default_rng(8), 4000, 8, 6).reshape(4000, 48)
    reach = stats.t.ppf(0.975, 47) * stats.sem(scores, axis=1)
    assert np.mean(np.abs(scores.mean(axis=1)) <= reach) == pytest.approx(0.70, abs=0.02)


def test_from_twenty_sessions_on_the_interval_is_scipys_bca():
    values = np.random.default_rng(3).lognormal(0, 0.5, 24)
    chance = np.random.default_rng(11)
    expected = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=20_000, rng=chance).confidence_interval
    found = interval(values.tolist())
    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02 * width)
    assert found.method == "BCa"
    assert interval(values.tolist()[:19]).method == "t"


@settings(max_examples=5)
@given(st.permutations(range(20)))
def test_bootstrapped_intervals_do_not_depend_on_the_order_of_sessions(order):
    assert interval([order[place] / 20 for place in range(20)]) == interval([place / 20 for place in range(20)])


def test_sessions_that_are_all_alike_have_an_interval_of_no_width():
    assert interval([0.25] * 30) == Interval(0.25, 0.25, "BCa")
