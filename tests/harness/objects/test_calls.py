"""Calls of cells: yes, no, or unpredictable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from harness.objects.calls import Call, above, called, judged, levels
from zoo.types.statistics import LEVELS


def distribution(mean: float, sd: float) -> dict[float, np.ndarray]:
    return {level: np.full((2, 3), norm.ppf(level / 100, mean, sd)) for level in LEVELS}


@given(level=st.floats(60, 140))
@settings(max_examples=50, deadline=None)
def test_the_chance_is_that_of_the_distribution(level: float) -> None:
    expected = norm.sf(level, 100, 10)
    found = above(distribution(100, 10), level)
    assert found.shape == (2, 3)
    beyond = np.clip(expected, 0.0125, 0.9875)
    assert found == pytest.approx(expected if 0.025 <= expected <= 0.975 else beyond, abs=0.0126)


@example(values=[0.0, 5e-324], level=100.0)
@given(values=st.lists(st.floats(0, 100), min_size=2, max_size=9, unique=True), level=st.floats(-10, 110))
@settings(max_examples=100, deadline=None)
def test_a_higher_level_is_never_likelier_and_chances_stay_between_0_and_1(values: list[float], level: float) -> None:
    shares = np.linspace(5, 95, len(values))
    quantiles = {float(share): np.array([[value]]) for share, value in zip(shares, sorted(values), strict=True)}
    low, high = above(quantiles, level).item(), above(quantiles, level + 5).item()
    assert 0 <= high <= low <= 1


def test_two_kinds_that_cannot_be_told_apart_share_the_chance() -> None:
    """Half of the mass at 100, half at 500: whatever lies between is exceeded by half."""
    quantiles = {level: np.array([[100.0 if level < 50 else 500.0]]) for level in LEVELS if level != 50}
    assert above(quantiles, 300.0).item() == pytest.approx(0.5, abs=0.05)
    assert above({50.0: np.array([[100.0]])}, 300.0).item() == pytest.approx(0.25)


def test_rims_do_not_count() -> None:
    image, objects = np.zeros((9, 9)), np.zeros((9, 9), np.int32)
    objects[1:5, 1:5], image[1:4, 1:5] = 1, 0.9
    objects[6:8, 6:8] = 2
    assert levels(image, objects).tolist() == [0.9, 0.0]
    assert levels(image, np.zeros((9, 9), np.int32)).size == 0


def test_a_call_is_made_where_it_is_sure() -> None:
    assert called(np.array([0.9, 0.89, 0.1, 0.11]), 0.9) == [Call.YES, Call.UNPREDICTABLE, Call.NO, Call.UNPREDICTABLE]
    assert called(np.array([0.5]), 0.5) == [Call.YES]


def test_calls_beside_the_truth_by_hand() -> None:
    found = judged(np.array([0.95, 0.5, 0.5, 0.05, 0.97]), np.array([True, True, False, False, False]))
    assert (found.cells, found.stained) == (5, 2)
    assert found.made == pytest.approx(3 / 5)
    assert found.right == pytest.approx(2 / 3)
    assert found.found == pytest.approx(1 / 2)
    assert found.brier == pytest.approx((0.05**2 + 0.5**2 + 0.5**2 + 0.05**2 + 0.97**2) / 5)


def test_without_cells_there_are_no_shares() -> None:
    found = judged(np.zeros(0), np.zeros(0, bool))
    assert (found.cells, found.stained) == (0, 0)
    assert all(np.isnan(share) for share in (found.made, found.right, found.found, found.brier))
