"""Quantiles against closed forms of the normal distribution and against values worked out by hand."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from harness.metrics import DISTRIBUTIONS, distributions
from harness.metrics.pairs import Pair, Truth
from zoo.registry import resolve
from zoo.types.statistics import LEVELS

NORMAL = NormalDist()
SHAPE = (64, 64)


def closed_form(error, sd):
    """CRPS of a normal distribution: Gneiting and Raftery 2007, equation 21."""
    z = error / sd
    return sd * (z * (2 * NORMAL.cdf(z) - 1) + 2 * NORMAL.pdf(z) - 1 / math.sqrt(math.pi))


def normal(mean, sd):
    """Quantiles of a normal distribution for each pixel."""
    return {level: mean + sd * NORMAL.inv_cdf(level / 100) for level in LEVELS}


def pair(truth, mean, sd, *, training_sd=1.0, marginal=None):
    valid = np.ones(truth.shape, bool)
    return Pair(mean, Truth(truth, valid, training_sd, marginal=marginal or {}), normal(mean, sd))


@pytest.fixture
def honest():
    """Means with noise of known deviation around them, from 0.1 to 1."""
    rng = np.random.default_rng(0)
    mean = rng.normal(size=SHAPE)
    sd = rng.uniform(0.1, 1.0, SHAPE)
    return mean + sd * rng.normal(size=SHAPE), mean, sd


@pytest.mark.parametrize("error", [0.0, 0.5, -1.0, 2.0])
@pytest.mark.parametrize("sd", [0.2, 1.0])
def test_crps_is_that_of_the_normal_distribution(error, sd):
    truth = np.full(SHAPE, error * sd)
    found = distributions.crps(pair(truth, np.zeros(SHAPE), np.full(SHAPE, sd)))
    assert found == pytest.approx(closed_form(error * sd, sd), rel=0.03, abs=0.005 * sd)


def test_crps_is_in_deviations_of_the_training_truth(honest):
    one, half = (distributions.crps(pair(*honest, training_sd=sd)) for sd in (1.0, 2.0))
    assert half == pytest.approx(one / 2)


def test_crps_of_a_step_is_twice_the_pinball_loss_by_trapezoids():
    quantiles = {25.0: np.array([0.0]), 75.0: np.array([2.0])}
    # y = 3: 0.25 * 3 and 0.75 * 1; trapezoids of 0, 0.75, 0.75, 0 over 0, 0.25, 0.75, 1
    by_hand = 2 * (0.125 * 0.75 + 0.5 * 0.75 + 0.125 * 0.75)
    assert distributions.ranked_probability(quantiles, np.array([3.0])) == pytest.approx(by_hand)


def test_crps_is_least_for_the_true_distribution(honest):
    truth, mean, sd = honest
    scores = [distributions.crps(pair(truth, mean, factor * sd)) for factor in (0.25, 1.0, 4.0)]
    assert scores[1] == min(scores)


def test_skill_is_zero_for_the_training_truth_itself_and_higher_for_who_knows_more(honest):
    truth, mean, sd = honest
    marginal = {level: float(np.percentile(truth, level)) for level in LEVELS}
    flat = {level: np.full(SHAPE, value) for level, value in marginal.items()}
    known = Truth(truth, np.ones(SHAPE, bool), 1.0, marginal=marginal)
    assert distributions.crps_skill(Pair(mean, known, flat)) == pytest.approx(0.0, abs=1e-12)
    assert distributions.crps_skill(Pair(mean, known, normal(mean, sd))) > 0.3
    assert distributions.crps_skill(Pair(truth, known, dict.fromkeys(LEVELS, truth))) == 1.0


def test_an_honest_net_covers_what_it_claims_and_a_sure_one_less(honest):
    truth, mean, sd = honest
    for share in (50, 80, 90, 95):
        measure = getattr(distributions, f"coverage_{share}")
        assert measure(pair(truth, mean, sd)) == pytest.approx(share / 100, abs=0.02)
        assert measure(pair(truth, mean, sd / 2)) < share / 100 - 0.1


def test_width_and_sharpness_are_those_of_the_interval(honest):
    truth, mean, sd = honest
    width = 2 * NORMAL.inv_cdf(0.95) * sd.mean()
    assert distributions.width_90(pair(truth, mean, sd, training_sd=2.0)) == pytest.approx(width / 2)
    marginal = {5: -1.0, 95: 3.0}
    assert distributions.sharpness(pair(truth, mean, sd, marginal=marginal)) == pytest.approx(width / 4)


def test_risk_coverage_is_zero_for_the_best_order_and_one_by_chance():
    rng = np.random.default_rng(1)
    errors = rng.uniform(0, 1, SHAPE)
    zeros = np.zeros(SHAPE)
    assert distributions.risk_coverage(pair(errors, zeros, errors)) == pytest.approx(0.0, abs=1e-12)
    assert distributions.risk_coverage(pair(errors, zeros, np.ones(SHAPE))) == pytest.approx(1.0)
    assert distributions.risk_coverage(pair(errors, zeros, rng.uniform(1, 2, SHAPE))) == pytest.approx(1.0, abs=0.1)
    assert distributions.risk_coverage(pair(errors, zeros, 2 - errors)) > 1.5


def test_risk_coverage_by_hand():
    truth = np.array([[1.0, 3.0, 2.0]])
    # widths put them in the order 1, 3, 2: means 1, 2, 2; best order: 1, 1.5, 2; mean error 2
    found = pair(truth, np.zeros((1, 3)), np.array([[0.1, 0.2, 0.3]]))
    assert distributions.risk_coverage(found) == pytest.approx((5 / 3 - 4.5 / 3) / (2 - 4.5 / 3))


def test_r_of_the_surest_leaves_out_where_the_net_is_lost():
    rng = np.random.default_rng(2)
    truth = rng.normal(size=SHAPE)
    lost = np.zeros(SHAPE, bool)
    lost[:, :12] = True
    mean = np.where(lost, rng.normal(size=SHAPE), truth)
    found = pair(truth, mean, np.where(lost, 2.0, 0.1))
    assert found.whole.correlation < 0.9
    assert distributions.r_sure(found) == pytest.approx(1.0)


def test_gross_errors_are_told_by_width():
    truth = np.array([[2.0, 0.5, -3.0, 0.0]])
    zeros = np.zeros((1, 4))
    assert distributions.error_auroc(pair(truth, zeros, np.array([[2.0, 1.0, 3.0, 0.5]]))) == 1.0
    assert distributions.error_auroc(pair(truth, zeros, np.array([[2.0, 1.0, 1.0, 0.5]]))) == pytest.approx(0.875)
    assert math.isnan(distributions.error_auroc(pair(zeros, zeros, np.ones((1, 4)))))


def test_only_cells_are_asked_about(honest):
    truth, mean, sd = honest
    cells = np.zeros(SHAPE, np.int32)
    cells[20:40, 20:40] = 1
    known = Truth(truth, np.ones(SHAPE, bool), 1.0, pixel_size=2.0, instances={"cells": cells})
    moved = np.where(known.inside, mean, 1e6)
    assert distributions.crps(Pair(moved, known, normal(moved, sd))) < 1


@pytest.mark.parametrize("metric", DISTRIBUTIONS, ids=lambda metric: metric.id)
def test_what_a_metric_says_of_itself_holds(metric, honest):
    truth, mean, sd = honest
    marginal = {level: float(np.percentile(truth, level)) for level in LEVELS}
    found = resolve(metric.fn)(pair(truth, mean, sd, marginal=marginal))
    assert metric.range[0] <= found <= metric.range[1]
    assert metric.needs == ("quantiles",)
    assert not metric.ranked
    if metric.perfect is not None:
        known = Truth(truth, np.ones(SHAPE, bool), 1.0, marginal=marginal)
        assert resolve(metric.fn)(Pair(truth, known, dict.fromkeys(LEVELS, truth))) == pytest.approx(metric.perfect)


@pytest.mark.parametrize("metric", DISTRIBUTIONS, ids=lambda metric: metric.id)
def test_levels_that_are_not_told_leave_a_metric_undefined_and_no_more(metric, honest):
    truth, mean, _ = honest
    known = Truth(truth, np.ones(SHAPE, bool))
    found = resolve(metric.fn)(Pair(mean, known, {50.0: mean}))
    assert math.isnan(found) or metric.id == "crps"
