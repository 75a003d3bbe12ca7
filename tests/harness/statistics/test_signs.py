"""The signed-rank test against scipy, with and without ties."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.signs import superiority


def _both(differences):
    found = superiority(np.array([differences, np.zeros(len(differences))]))
    return found[0, 1], found[1, 0]


@settings(max_examples=50)
@given(
    st.lists(
        st.floats(-1, 1).filter(lambda d: abs(d) > 1e-6), min_size=1, max_size=25, unique_by=lambda d: round(abs(d), 9)
    )
)
def test_without_ties_it_is_scipys_exact_test(differences):
    expected = [stats.wilcoxon(differences, alternative=side, method="exact").pvalue for side in ("greater", "less")]
    assert _both(differences) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=8))
def test_with_ties_and_zeros_it_is_the_share_of_all_signs(differences):
    given = np.array([d for d in differences if d])
    ranks = stats.rankdata(np.abs(given)) if len(given) else np.zeros(0)
    sums = [ranks @ signs for signs in product((0, 1), repeat=len(given))]
    expected = (np.mean(np.array(sums) >= ranks[given > 0].sum()), np.mean(np.array(sums) >= ranks[given < 0].sum()))
    assert _both([d / 4 for d in differences]) == pytest.approx(expected, abs=1e-12)


def test_it_is_scipys_permutation_test_where_that_one_is_complete():
    differences = [0.25, 0.25, -0.25, 0.5, 0.75, 0.75, 0.0, -0.5, 1.0]
    expected = stats.wilcoxon(differences, alternative="greater", method=stats.PermutationMethod(n_resamples=np.inf))
    assert _both(differences)[0] == pytest.approx(expected.pvalue, abs=1e-12)


def test_noise_of_a_sum_makes_no_difference_and_breaks_no_tie():
    one = np.array([[0.3 - 0.1, 0.7, 0.1 + 0.2], [0.2, 0.1, 0.3]])
    assert superiority(one).tolist() == superiority(np.array([[0.2, 0.7, 0.3], [0.2, 0.1, 0.3]])).tolist()


def test_a_third_model_changes_nothing_between_two():
    means = np.random.default_rng(5).uniform(0, 1, (3, 15))
    means[2] = means[0]
    means[2, :3] = 0.5
    assert superiority(means)[:2, :2].tolist() == superiority(means[:2]).tolist()


def test_models_that_are_alike_are_not_told_apart():
    assert _both([0.0] * 8) == (1.0, 1.0)
