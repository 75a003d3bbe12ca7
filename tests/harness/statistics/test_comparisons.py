"""Pairs of models: Holm, the smallest attainable p, what matters to nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from harness.statistics.comparisons import comparisons, holm
from harness.statistics.tables import TooFew, table


def _pair(found, better, worse):
    return next(pair for pair in found.pairs if (pair.better, pair.worse) == (better, worse))


RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize(
    "values", [[0.5], [0.01, 0.04, 0.03, 0.03, 1.0], RANDOM.uniform(0, 1, 40), RANDOM.uniform(0, 0.002, 40).round(4)]
)
def test_holm_is_that_of_statsmodels(values):
    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_adjusted_p_is_never_smaller_and_keeps_the_order(values):
    found = holm(values)
    assert (found >= values).all()
    assert (np.diff(found[np.argsort(values)]) >= 0).all()


def test_all_pairs_together_are_those_of_scikit_posthocs(tabled):
    numbers = np.random.default_rng(2).normal(0.5, 0.1, (5, 12)) + np.linspace(0, 0.2, 5)[:, None]
    found = comparisons(tabled(**dict(zip("abcde", numbers.tolist(), strict=True))))
    long = pd.DataFrame({"score": numbers.ravel(), "model": np.repeat(list("abcde"), 12)})
    for how, field in ((None, "p"), ("holm", "adjusted")):
        expected = scikit_posthocs.posthoc_wilcoxon(long, val_col="score", group_col="model", p_adjust=how)
        for pair in found.pairs:
            assert getattr(pair, field) == pytest.approx(expected.loc[pair.better, pair.worse], abs=1e-12)


def test_six_sessions_that_agree_have_the_smallest_p_that_there_is(tabled):
    found = comparisons(tabled(a=[0.9, 0.8, 0.7, 0.9, 0.8, 0.7], b=[0.5, 0.3, 0.1, 0.4, 0.2, 0.6]))
    (pair,) = found.pairs
    assert (pair.better, pair.worse, pair.p, pair.adjusted, pair.apart) == ("a", "b", 2 / 2**6, 2 / 2**6, True)
    assert pair.difference == pytest.approx(0.45)
    assert found.apart("a", "b")
    assert found.apart("b", "a")
    assert found.note == "Smallest attainable p with 6 sessions, 1 comparison: 0.03125, after Holm 0.03125."


def test_three_models_on_six_sessions_cannot_be_separated_however_far_apart(tabled):
    low = [0.1, 0.12, 0.14, 0.11, 0.13, 0.15]
    found = comparisons(tabled(a=[0.8 + x for x in low], b=[0.4 + x for x in low], c=low))
    assert not any(pair.apart for pair in found.pairs)
    assert found.note == (
        "Cannot separate models: 7 sessions are needed. "
        "Smallest attainable p with 6 sessions, 3 comparisons: 0.03125, after Holm 0.09375."
    )


@pytest.mark.parametrize(
    ("models", "sessions"), [(2, 6), (3, 7), (4, 8), (5, 9), (6, 10), (10, 11), (14, 12), (20, 13), (40, 15)]
)
def test_the_sessions_that_are_needed_are_just_enough(models, sessions, tabled):
    rows = {f"m{index:02d}": [index + place / 100 for place in range(12)] for index in range(models)}
    found = comparisons(tabled(**rows))
    assert found.needed == sessions
    assert found.decisive == (sessions <= 12)
    assert found.smallest_adjusted <= 0.05 or not any(pair.apart for pair in found.pairs)


def test_under_six_sessions_nothing_is_compared(tabled):
    assert comparisons(tabled(a=[0.9] * 5, b=[0.1] * 5)) == TooFew(5)
    assert comparisons(table({"a": {"f0": 0.5}, "b": {"f0": 0.4}}, {"f0": ""})) == TooFew(0)


def test_a_difference_that_matters_to_nobody_is_none(tabled):
    low = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    small = comparisons(tabled(a=[x + 0.009 for x in low], b=low)).pairs[0]
    assert (small.p, small.apart) == (2 / 2**7, False)
    assert comparisons(tabled(a=[x + 0.01 for x in low], b=low)).pairs[0].apart


def test_the_mean_and_the_test_must_agree_on_who_leads(tabled):
    """One lucky session carries the mean of a; eleven of twelve say b. Neither is set above the other."""
    found = comparisons(tabled(a=[20.0, *(0.4 - place / 100 for place in range(11))], b=[0.5] * 12))
    (pair,) = found.pairs
    assert (pair.better, pair.apart) == ("a", False)
    assert pair.adjusted <= 0.05


def test_one_model_alone_is_compared_with_nobody(tabled):
    found = comparisons(tabled(a=[0.5] * 6))
    assert (found.pairs, found.smallest_adjusted) == ((), 2 / 2**6)


def test_models_that_are_alike_are_told_apart_in_at_most_5_of_100_tasks(tabled):
    chance = np.random.default_rng(4)
    wrong = [
        any(pair.apart for pair in comparisons(tabled(**dict(zip("abcd", numbers, strict=True)))).pairs)
        for numbers in chance.normal(0.5, 0.1, (400, 4, 10)).tolist()
    ]
    assert np.mean(wrong) <= 0.05
