"""Every metric against an independent reference, and against what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import pearsonr
from skimage.metrics import structural_similarity as reference_similarity

from harness.metrics import METRICS, pixels, similarity
from harness.metrics.pairs import Pair, Truth
from zoo.registry import resolve

BY_ID = {metric.id: metric for metric in METRICS}


def pair(prediction, truth, valid=None, training_sd=1.0):
    truth = np.asarray(truth, float)
    valid = np.ones(truth.shape, bool) if valid is None else valid
    return Pair(np.asarray(prediction, float), Truth(truth, valid, training_sd))


def value(metric, *arguments, **options):
    return resolve(BY_ID[metric].fn)(pair(*arguments, **options))


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(3)
    truth = rng.gamma(2.0, 0.15, (60, 75))
    return 0.6 * truth + 0.1 + rng.normal(0, 0.1, truth.shape), truth


@pytest.fixture(scope="module")
def holes():
    valid = np.ones((60, 75), bool)
    valid[:7] = False
    valid[30:34, 40:52] = False
    return valid


def test_pearson_agrees_with_scipy(images, holes):
    prediction, truth = images
    assert value("r", prediction, truth) == pytest.approx(pearsonr(prediction.ravel(), truth.ravel())[0], abs=1e-12)
    assert value("r", prediction, truth, holes) == pytest.approx(
        pearsonr(prediction[holes], truth[holes])[0], abs=1e-12
    )


def test_skill_agrees_with_the_residual_sum_of_squares(images, holes):
    prediction, truth = images[0][holes], images[1][holes]
    expected = 1 - ((prediction - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    assert value("r2", *images, holes) == pytest.approx(expected, abs=1e-12)


def test_the_parts_of_skill_agree_with_numpy(images):
    prediction, truth = images
    r = np.corrcoef(prediction.ravel(), truth.ravel())[0, 1]
    assert value("r2-correlation", *images) == pytest.approx(r**2)
    assert value("r2-amplitude", *images) == pytest.approx((r - prediction.std() / truth.std()) ** 2)
    assert value("r2-offset", *images) == pytest.approx(((prediction.mean() - truth.mean()) / truth.std()) ** 2)


def test_absolute_error_agrees_with_the_formula(images, holes):
    prediction, truth = images[0][holes], images[1][holes]
    expected = np.mean(np.abs(prediction - truth)) / np.mean(np.abs(truth - np.median(truth)))
    assert value("nmae", *images, holes) == pytest.approx(expected)


def test_a_hand_worked_pair_gives_the_figures_of_the_hand():
    # t = 0 1 2 3 has mean 1.5, variance 1.25 and spread 1; p = 2 t + 1 misses it by 1 2 3 4.
    truth, prediction = [[0.0, 1.0], [2.0, 3.0]], [[1.0, 3.0], [5.0, 7.0]]
    assert value("r", prediction, truth) == pytest.approx(1.0)
    assert value("r2", prediction, truth) == pytest.approx(1 - 7.5 / 1.25)
    assert value("r2-amplitude", prediction, truth) == pytest.approx(1.0)
    assert value("r2-offset", prediction, truth) == pytest.approx(2.5**2 / 1.25)
    assert value("nmae", prediction, truth) == pytest.approx(2.5)
    assert value("amplitude", prediction, truth, training_sd=2.0) == pytest.approx(np.sqrt(5) / 2)
    assert value("truth-amplitude", prediction, truth, training_sd=2.0) == pytest.approx(np.sqrt(1.25) / 2)


@pytest.mark.parametrize("shape", [(60, 75), (11, 11), (13, 12, 17)])
def test_similarity_agrees_with_scikit_image(shape):
    rng = np.random.default_rng(5)
    truth = rng.gamma(2.0, 0.3, shape)
    prediction = truth + rng.normal(0, 0.3, shape)
    expected = reference_similarity(
        np.clip(truth, 0, 1),
        np.clip(prediction, 0, 1),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
    )
    assert value("ssim", prediction, truth) == pytest.approx(expected, abs=1e-9)


def test_similarity_does_not_look_at_what_was_not_recorded(images, holes):
    prediction, truth = images
    spoilt = np.where(holes, prediction, np.nan)
    assert value("ssim", spoilt, truth, holes) == value("ssim", prediction, truth, holes)


def test_similarity_of_a_masked_image_is_that_of_the_part_whose_windows_are_whole(images):
    prediction, truth = images
    valid = np.zeros(truth.shape, bool)
    valid[10:50, 20:70] = True
    inside = (slice(10, 50), slice(20, 70))
    _, full = reference_similarity(
        np.clip(truth, 0, 1)[inside],
        np.clip(prediction, 0, 1)[inside],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        full=True,
    )
    assert value("ssim", prediction, truth, valid) == pytest.approx(full[5:-5, 5:-5].mean(), abs=1e-9)


def test_an_image_smaller_than_a_window_has_no_similarity():
    assert np.isnan(value("ssim", np.eye(10), np.eye(10)))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_the_truth_itself_reaches_perfect(metric, images, holes):
    found = resolve(metric.fn)(pair(images[1], images[1], holes, training_sd=0.5))
    expected = images[1][holes].std() / 0.5 if metric.perfect is None else metric.perfect
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [metric.id for metric in METRICS])
def test_a_constant_prediction_has_a_number_for_every_metric(metric, images):
    truth = images[1]
    constant = np.full(truth.shape, 0.25)
    expected = {
        "r": 0.0,
        "r2": 1 - np.mean((0.25 - truth) ** 2) / truth.var(),
        "r2-correlation": 0.0,
        "r2-amplitude": 0.0,
        "r2-offset": (0.25 - truth.mean()) ** 2 / truth.var(),
        "nmae": np.abs(0.25 - truth).mean() / np.abs(truth - np.median(truth)).mean(),
        "amplitude": 0.0,
        "truth-amplitude": truth.std(),
    }
    found = value(metric, constant, truth)
    assert found == pytest.approx(expected.get(metric, found), abs=1e-12)
    assert np.isfinite(found)


def test_a_constant_truth_leaves_correlation_and_skill_undefined(images):
    flat = np.full(images[0].shape, 0.3)
    undefined = {metric.id for metric in METRICS if np.isnan(value(metric.id, images[0], flat))}
    assert undefined == {"r", "r2", "r2-correlation", "r2-amplitude", "r2-offset", "nmae"}


numbers = arrays(np.float32, (12, 13), elements=st.floats(-8, 8, width=32))


@settings(max_examples=60, deadline=None)
@given(prediction=numbers, truth=numbers)
def test_every_metric_keeps_its_range(prediction, truth):
    judged = pair(prediction, truth)
    for metric in METRICS:
        found = resolve(metric.fn)(judged)
        low, high = metric.range
        assert np.isnan(found) or low - 1e-9 <= found <= high + 1e-9, metric.id


@settings(max_examples=60, deadline=None)
@given(prediction=numbers, truth=numbers)
def test_the_parts_of_skill_add_up(prediction, truth):
    judged = pair(prediction, truth)
    if judged.truth.whole.sd < 1e-3:
        return
    parts = pixels.correlation_part(judged) - pixels.amplitude_part(judged) - pixels.offset_part(judged)
    assert pixels.skill(judged) == pytest.approx(parts, rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), gain=st.floats(0.01, 100), offset=st.floats(-50, 50))
def test_gain_free_metrics_and_no_others_ignore_an_affine_change(seed, gain, offset):
    rng = np.random.default_rng(seed)
    truth = rng.random((20, 20))
    prediction = truth + rng.normal(0, 0.3, truth.shape)
    for metric in METRICS:
        before = resolve(metric.fn)(pair(prediction, truth))
        after = resolve(metric.fn)(pair(gain * prediction + offset, truth))
        if metric.gain_free:
            assert after == pytest.approx(before, abs=1e-6)
    assert pixels.skill(pair(3 * prediction + 1, truth)) < pixels.skill(pair(prediction, truth))
    assert similarity.structural_similarity(pair(-prediction, truth)) < 0.5


def test_every_metric_says_what_it_is():
    assert [metric.id for metric in METRICS] == list(BY_ID)
    for metric in METRICS:
        assert metric.title
        assert metric.source
        assert metric.version >= 1
