"""Every metric against an independent reference, and against what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr
from skimage.metrics import structural_similarity as reference_similarity

from harness.metrics import METRICS, pixels
from harness.metrics.pairs import Pair, Truth
from harness.metrics.spectra import rings
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
def gaps():
    valid = np.ones((60, 75), bool)
    valid[:7] = False
    valid[30:34, 40:52] = False
    return valid


def test_pearson_agrees_with_scipy(images, gaps):
    prediction, truth = images
    assert value("r", prediction, truth) == pytest.approx(pearsonr(prediction.ravel(), truth.ravel())[0], abs=1e-12)
    assert value("r", prediction, truth, gaps) == pytest.approx(pearsonr(prediction[gaps], truth[gaps])[0], abs=1e-12)


def test_skill_agrees_with_the_residual_sum_of_squares(images, gaps):
    prediction, truth = images[0][gaps], images[1][gaps]
    expected = 1 - ((prediction - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    assert value("r2", *images, gaps) == pytest.approx(expected, abs=1e-12)


def test_the_parts_of_skill_agree_with_numpy(images):
    prediction, truth = images
    r = np.corrcoef(prediction.ravel(), truth.ravel())[0, 1]
    assert value("r2-correlation", *images) == pytest.approx(r**2)
    assert value("r2-amplitude", *images) == pytest.approx((r - prediction.std() / truth.std()) ** 2)
    assert value("r2-offset", *images) == pytest.approx(((prediction.mean() - truth.mean()) / truth.std()) ** 2)


def test_absolute_error_agrees_with_the_formula(images, gaps):
    prediction, truth = images[0][gaps], images[1][gaps]
    expected = np.mean(np.abs(prediction - truth)) / np.mean(np.abs(truth - np.median(truth)))
    assert value("nmae", *images, gaps) == pytest.approx(expected)


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


def test_similarity_does_not_look_at_what_was_not_recorded(images, gaps):
    prediction, truth = images
    spoilt = np.where(gaps, prediction, np.nan)
    assert value("ssim", spoilt, truth, gaps) == value("ssim", prediction, truth, gaps)


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


@pytest.mark.parametrize("metric", [metric.id for metric in METRICS if metric.perfect is not None])
@pytest.mark.parametrize("masked", [False, True])
def test_the_truth_itself_reaches_perfect(metric, judged, stained, holes, masked):
    truth, context = stained
    found = resolve(BY_ID[metric].fn)(judged(truth, truth, holes if masked else None, **context))
    assert found == pytest.approx(BY_ID[metric].perfect, abs=1e-9)


def test_where_perfect_depends_on_the_truth_its_own_value_is_predicted(judged, stained):
    truth, context = stained
    found = judged(truth, truth, training_sd=0.5, **context)
    inside, sd = found.truth.inside, 1 / context["pixel_size"]
    covered = gaussian_filter(np.ones_like(truth), sd, mode="constant")

    def fine(image):
        return image - gaussian_filter(image, sd, mode="constant") / covered

    repeated = pearsonr(truth.ravel(), context["repeat"].ravel())[0]
    expected = {
        "amplitude": truth.std() / 0.5,
        "truth-amplitude": truth.std() / 0.5,
        "r-ceiling": 1 / np.sqrt(repeated),
        "r-clean": pearsonr(truth.ravel(), context["clean"].ravel())[0],
        "hp-r-clean": pearsonr(fine(truth)[inside], fine(context["clean"])[inside])[0],
        "frc-k": rings(truth.shape).frequencies[-1] / 0.25,
    }
    for metric, wanted in expected.items():
        assert resolve(BY_ID[metric].fn)(found) == pytest.approx(wanted, rel=1e-9)
    rest = {metric.id for metric in METRICS if metric.perfect is None} - expected.keys()
    assert rest == {"frc", "power-coarse", "power-middle", "power-fine"}
    for metric in rest:
        assert resolve(BY_ID[metric].fn)(found) > 1


@pytest.mark.parametrize("metric", [metric.id for metric in METRICS])
def test_a_constant_prediction_has_a_number_for_every_metric(metric, judged, stained):
    truth, context = stained
    inside = judged(truth, truth, **context).truth.inside
    expected = {
        "r2": 1 - np.mean((0.25 - truth) ** 2) / truth.var(),
        "r2-inside": 1 - np.mean((0.25 - truth[inside]) ** 2) / truth[inside].var(),
        "r2-offset": (0.25 - truth.mean()) ** 2 / truth.var(),
        "nmae": np.abs(0.25 - truth).mean() / np.abs(truth - np.median(truth)).mean(),
        "truth-amplitude": truth.std(),
        "missed": 1.0,
    }
    silent = {
        "r",
        "r-ceiling",
        "r-clean",
        "hp-r-clean",
        "r-inside",
        "r2-correlation",
        "r2-amplitude",
        "amplitude",
        "hp-r",
        "spectral-r",
    }
    silent |= {"fabricated", "frc", "frc-k", "power-coarse", "power-middle", "power-fine", "shift", "lmc-r"}
    found = resolve(BY_ID[metric].fn)(judged(np.full(truth.shape, 0.25), truth, **context))
    assert np.isfinite(found)
    assert found == pytest.approx(expected.get(metric, 0.0 if metric in silent else found), abs=1e-12)


@pytest.mark.parametrize("level", [0.3, 0.0])
def test_a_constant_truth_leaves_undefined_what_compares_with_it(judged, stained, level):
    image, context = stained
    flat = np.full(image.shape, level)
    found = judged(image, flat, **{**context, "clean": flat, "repeat": flat, "zero": 0.0})
    defined = {metric.id for metric in METRICS if not np.isnan(resolve(metric.fn)(found))}
    dark = set() if level == 0 else {"adipocyte-mae"}
    assert defined == {"ssim", "ssim-inside", "amplitude", "truth-amplitude", *dark}


numbers = arrays(np.float32, (12, 13), elements=st.floats(-8, 8, width=32))


@settings(max_examples=60, deadline=None)
@given(prediction=numbers, truth=numbers, repeat=numbers, cells=arrays(np.int32, (12, 13), elements=st.integers(0, 2)))
def test_every_metric_keeps_its_range(judged, prediction, truth, repeat, cells):
    context = {"repeat": repeat.astype(float), "clean": repeat.astype(float), "instances": {"cells": cells}}
    found = judged(prediction, truth, pixel_size=0.5, zero=-9.0, **context)
    for metric in METRICS:
        value = resolve(metric.fn)(found)
        low, high = metric.range
        assert np.isnan(value) or low - 1e-9 <= value <= high + 1e-9, metric.id


@settings(max_examples=60, deadline=None)
@given(prediction=numbers, truth=numbers)
def test_the_parts_of_skill_add_up(prediction, truth):
    judged = pair(prediction, truth)
    if judged.truth.whole.sd < 1e-3:
        return
    parts = pixels.correlation_part(judged) - pixels.amplitude_part(judged) - pixels.offset_part(judged)
    assert pixels.skill(judged) == pytest.approx(parts, rel=1e-6, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), gain=st.floats(0.01, 100), offset=st.floats(-50, 50))
def test_gain_free_metrics_ignore_an_affine_change(judged, stained, seed, gain, offset):
    truth, context = stained
    prediction = context["clean"] + np.random.default_rng(seed).normal(0, 0.3, truth.shape)
    before, after = judged(prediction, truth, **context), judged(gain * prediction + offset, truth, **context)
    for metric in METRICS:
        if metric.gain_free:
            assert resolve(metric.fn)(after) == pytest.approx(resolve(metric.fn)(before), abs=1e-6), metric.id
    assert pixels.skill(judged(3 * prediction + 1, truth)) < pixels.skill(judged(prediction, truth))


def test_metrics_that_are_not_gain_free_notice_a_gain(judged, stained):
    truth, context = stained
    before, after = (judged(gain * context["clean"] + 0.1, truth, **context) for gain in (1, 1.3))
    changed = {metric.id for metric in METRICS if abs(resolve(metric.fn)(after) - resolve(metric.fn)(before)) > 1e-6}
    assert changed == {metric.id for metric in METRICS if not metric.gain_free} - {"truth-amplitude"}


def test_a_reversed_contrast_is_no_success(judged, stained):
    truth, context = stained
    found = judged(-truth, truth, **context)
    for metric in METRICS:
        if metric.ranked and metric.better == "higher":
            assert resolve(metric.fn)(found) < 0.5, metric.id


def test_a_volume_has_a_number_for_every_metric(judged, blobs):
    rng = np.random.default_rng(0)
    clean = np.stack([blobs(seed, (40, 48), 1.2) for seed in range(12)])
    truth, repeat, prediction = (clean + rng.normal(0, 0.05, clean.shape) for _ in range(3))
    cells = (clean.max(axis=0) > 0.4).astype(np.int32)
    found = judged(prediction, truth, repeat=repeat, clean=clean, instances={"cells": cells}, pixel_size=0.25)
    assert {metric.id for metric in METRICS if not np.isfinite(resolve(metric.fn)(found))} == set()


def test_every_metric_says_what_it_is():
    assert [metric.id for metric in METRICS] == list(BY_ID)
    for metric in METRICS:
        assert metric.title
        assert metric.source
        assert metric.version >= 1
