"""Concordance, and the gain over what size and place alone say."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.objects.agreement import (
    FEWEST,
    agreements,
    baseline,
    challenge_error,
    concordance,
    mean_concordance,
    mean_gain,
    pearson,
)
from harness.objects.features import Table

numbers = arrays(np.float64, 12, elements=st.floats(-50, 50, width=32))


def objects(seed, count=60):
    """Area and place of objects; stain that is area's doing, stain that is not, and half of each."""
    rng = np.random.default_rng(seed)
    area, place = rng.uniform(20, 80, count), rng.uniform(0, 1, (count, 2))
    free = rng.normal(size=count)
    values = np.column_stack([0.02 * area + 0.5 * place[:, 0] + 0.01 * free, free, 0.02 * area + 0.4 * free])
    return Table(("bound", "free", "half"), values, np.column_stack([area, place]))


def changed(table, values):
    return Table(table.names, values, table.place)


@given(numbers, numbers)
def test_concordance_agrees_with_lins_other_form(p, t):
    # Lin 1989, eq. 1: 1 less the expected squared distance from the line of identity over that without correlation
    if np.ptp(t) == 0:
        assert isnan(concordance(p, t))
    else:
        expected = 1 - np.mean((p - t) ** 2) / (p.var() + t.var() + (p.mean() - t.mean()) ** 2)
        assert concordance(p, t) == pytest.approx(expected, abs=1e-9)


def test_concordance_is_correlation_less_the_error_of_level_and_spread():
    t = np.random.default_rng(0).normal(size=500)
    p = 0.5 * t + 3
    assert pearson(p, t) == pytest.approx(1)
    v, u = 0.5, 3 / np.sqrt(0.5 * t.var())
    bias = 2 / (v + 1 / v + (u + (p.mean() - 3 - t.mean()) / np.sqrt(0.5 * t.var())) ** 2)
    assert concordance(p, t) == pytest.approx(bias)


def test_a_prediction_that_is_the_same_for_all_objects_says_nothing():
    t = np.arange(10.0)
    assert concordance(np.full(10, 4.5), t) == pearson(np.full(10, 4.5), t) == 0


def test_the_truth_agrees_with_itself_and_gains_what_size_leaves_open():
    known, truth = baseline(objects(0)), objects(1)
    bound, free, half = agreements(truth, truth, known)
    assert {round(one.concordance, 12) for one in (bound, free, half)} == {1}
    assert bound.size_only > 0.99
    assert abs(free.size_only) < 0.1
    assert 0.3 < half.size_only < 0.9
    assert bound.gain < 0.01
    assert free.gain == pytest.approx(1 - max(free.size_only, 0))


def test_what_follows_from_size_alone_gains_nothing():
    known, truth = baseline(objects(0)), objects(1)
    said = changed(truth, known.size_only(truth))
    assert mean_gain(agreements(truth, said, known)) == pytest.approx(0, abs=0.02)
    worse = changed(truth, np.zeros_like(truth.values))
    assert mean_gain(agreements(truth, worse, known)) < -0.3


def test_area_is_no_explanation_of_area():
    table = objects(0)
    with_area = Table(("area", "free"), np.column_stack([table.place[:, 0], table.column("free")]), table.place)
    known = baseline(with_area)
    assert known.lines["area"][1] == 0
    assert agreements(with_area, with_area, known)[0].gain > 0.8


def test_an_object_that_was_not_found_has_the_mean_of_the_truth():
    known, truth = baseline(objects(0)), objects(1)
    values = truth.values.copy()
    values[::2] = np.nan
    found = agreements(truth, changed(truth, values), known)
    free = found[1]
    filled = np.where(np.isnan(values[:, 1]), truth.column("free").mean(), values[:, 1])
    assert free.concordance == pytest.approx(concordance(filled, truth.column("free")))
    assert 0.5 < free.concordance < 0.8
    assert free.objects == 60


def test_too_few_objects_have_no_agreement():
    known, truth = baseline(objects(0)), objects(1, FEWEST - 1)
    found = agreements(truth, truth, known)
    assert isnan(mean_gain(found))
    assert isnan(mean_concordance(found))
    assert found[0].objects == FEWEST - 1
    assert mean_concordance(agreements(objects(1, FEWEST), objects(1, FEWEST), known)) == pytest.approx(1)


def test_without_training_objects_nothing_is_compared():
    known = baseline(objects(0, 0))
    assert known.features == ()
    assert agreements(objects(1), objects(1), known) == ()
    assert isnan(mean_gain(()))


def test_an_object_without_a_feature_in_the_truth_is_left_out():
    known, truth = baseline(objects(0)), objects(1)
    values = truth.values.copy()
    values[:10, 0] = np.nan
    assert agreements(changed(truth, values), truth, known)[0].objects == 50


def test_the_error_of_the_challenge_is_that_of_the_hand():
    def image(*rows):
        return Table(("area", "mean"), np.array(rows, float).reshape(-1, 2), np.ones((len(rows), 3)))

    truths = [image([2, 0.5], [4, 1.5]), image([6, 2.0])]
    predictions = [image([3, 1.0]), image()]
    # image means: area 3 and 6, median 4.5; mean 1 and 2, median 1.5; the second image has no object: 0.
    assert challenge_error(truths, predictions) == pytest.approx(((0 + 6) / 2 / 4.5 + (0 + 2) / 2 / 1.5) / 2)
    assert challenge_error(truths, truths) == 0
    assert isnan(challenge_error([image()], [image([1, 1])]))
