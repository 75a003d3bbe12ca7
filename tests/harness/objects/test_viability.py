"""Dead or alive, against scikit-learn and against cells counted by hand."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import balanced_accuracy_score, matthews_corrcoef, roc_curve

from harness.objects.viability import fitted, viability
from zoo.errors import ZooError

levels = arrays(np.float64, 40, elements=st.integers(0, 12).map(float))
states = arrays(np.bool_, 40, elements=st.booleans()).filter(lambda dead: 0 < dead.sum() < dead.size)


@settings(max_examples=60)
@given(levels, states, st.floats(0, 12))
def test_viability_agrees_with_scikit_learn(level, dead, threshold):
    found = viability(level, dead, threshold)
    called = level > threshold
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(dead, called))
    assert found.mcc == pytest.approx(matthews_corrcoef(dead, called))
    false, right, _ = roc_curve(dead, level, drop_intermediate=False)
    assert found.sensitivity == pytest.approx(right[false <= 0.05 + 1e-12].max())
    assert (found.cells, found.dead) == (40, dead.sum())


@settings(max_examples=40)
@given(levels, states)
def test_no_other_level_calls_the_training_cells_better(level, dead):
    best = viability(level, dead, fitted(level, dead)).balanced_accuracy
    midway = (np.unique(level)[1:] + np.unique(level)[:-1]) / 2
    assert best == pytest.approx(max((viability(level, dead, at).balanced_accuracy for at in midway), default=0.5))


def test_cells_that_are_told_apart_are_told_by_the_level_midway():
    level, dead = np.array([0.1, 0.2, 0.3, 0.8, 0.9]), np.array([0, 0, 0, 1, 1], bool)
    assert fitted(level, dead) == pytest.approx(0.55)
    assert viability(level, dead, 0.55) == viability(level, dead, 0.31)
    assert viability(level, dead, 0.55).mcc == viability(level, dead, 0.55).sensitivity == 1


def test_sensitivity_allows_one_living_cell_in_twenty():
    level = np.concatenate([np.arange(20.0), [18.5, 30.0]])
    dead = np.arange(22) >= 20
    assert viability(level, dead, 10.0).sensitivity == 1
    assert viability(np.delete(level, 0), np.delete(dead, 0), 10.0).sensitivity == 0.5


def test_a_level_that_is_the_same_in_all_cells_tells_nothing():
    level, dead = np.full(30, 0.4), np.arange(30) < 7
    found = viability(level, dead, fitted(level, dead))
    assert (found.balanced_accuracy, found.mcc, found.sensitivity) == (0.5, 0, 0)


@pytest.mark.parametrize("state", [True, False])
def test_cells_of_one_state_leave_viability_undefined_and_unfitted(state):
    level, dead = np.arange(5.0), np.full(5, state)
    assert isnan(viability(level, dead, 2.0).balanced_accuracy)
    with pytest.raises(ZooError) as raised:
        fitted(level, dead)
    assert str(raised.value) == (
        f"viability: all 5 training cells are {'dead' if state else 'alive'}; expected both dead and living ones\n"
        "  hint: judge this label without viability, or add training fields with both"
    )
