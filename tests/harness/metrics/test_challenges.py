"""The formulas of two challenges against scikit-image and scipy, and what is wrong with one of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cosine, euclidean
from scipy.stats import pearsonr
from skimage.metrics import structural_similarity

from harness.metrics import challenges, pixels


def normalised(image):
    low, high = np.percentile(image, [2, 99.8])
    return np.clip((image - low) / (high - low), 0, 1)


def test_light_my_cells_agrees_with_the_libraries_of_its_organisers(judged, stained):
    truth, context = stained
    found = judged(3 * context["clean"] - 2, truth)
    p, t = normalised(context["clean"]), normalised(truth)
    assert challenges.light_my_cells_error(found) == pytest.approx(np.abs(p - t).mean(), abs=1e-9)
    assert challenges.light_my_cells_similarity(found) == pytest.approx(
        structural_similarity(t, p, data_range=1.0), abs=1e-9
    )
    assert challenges.light_my_cells_correlation(found) == pytest.approx(pearsonr(p.ravel(), t.ravel())[0], abs=1e-9)
    assert challenges.light_my_cells_distance(found) == pytest.approx(euclidean(p.ravel(), t.ravel()), abs=1e-9)
    assert challenges.light_my_cells_cosine(found) == pytest.approx(cosine(p.ravel(), t.ravel()), abs=1e-9)


def test_only_recorded_pixels_are_stretched_and_compared(judged, stained, holes):
    truth, context = stained
    p, t = (normalised(image[holes]) for image in (context["clean"], truth))
    spoilt = np.where(holes, context["clean"], 100.0)
    found = judged(spoilt, np.where(holes, truth, 0.0), holes)
    assert challenges.light_my_cells_error(found) == pytest.approx(np.abs(p - t).mean(), abs=1e-9)
    assert challenges.light_my_cells_cosine(found) == pytest.approx(cosine(p, t), abs=1e-9)
    clean = judged(context["clean"], np.where(holes, truth, 0.0), holes)
    assert challenges.light_my_cells_similarity(found) == challenges.light_my_cells_similarity(clean)


def test_puncta_of_another_field_beat_an_honest_guess_by_these_formulas_and_by_none_of_ours(judged):
    rng = np.random.default_rng(0)
    outline = gaussian_filter((gaussian_filter(rng.normal(0, 1, (160, 160)), 20) > 0).astype(float), 2)
    field, other = (30 * outline * gaussian_filter((rng.random(outline.shape) < 0.01).astype(float), 1) for _ in "ab")
    honest = judged(field.mean() * outline, field, pixel_size=0.25)
    pasted = judged(other, field, pixel_size=0.25)
    assert challenges.light_my_cells_error(pasted) < challenges.light_my_cells_error(honest) / 2
    assert pixels.pearson(pasted) < pixels.pearson(honest)
    assert pixels.skill(pasted) < pixels.skill(honest)
    assert pixels.fabricated(pasted) > 100 * pixels.fabricated(honest)


def test_an_image_without_a_spread_between_its_percentiles_is_only_clipped(judged, stained):
    truth, _ = stained
    lone = np.full(truth.shape, 0.5)
    lone[3, 4] = 7.0
    t = normalised(truth)
    expected = np.abs(np.minimum(lone, 1) - t).mean()
    assert challenges.light_my_cells_error(judged(lone, truth)) == pytest.approx(expected)
    blank = judged(np.zeros(truth.shape), truth)
    assert challenges.light_my_cells_cosine(blank) == 1
    assert challenges.light_my_cells_correlation(blank) == 0
    metrics = [value for name, value in vars(challenges).items() if name.startswith("light_my_cells")]
    assert len(metrics) == 5
    assert all(np.isnan(metric(judged(truth, lone))) for metric in metrics)


def test_the_adipocyte_error_is_that_of_the_counts(judged, stained):
    truth, context = stained
    counts, predicted = (500 + 2000 * image for image in (truth, context["clean"]))
    expected = np.abs(predicted - counts).mean() / np.median(counts)
    low, high = 600.0, 2200.0
    scaled = [(image - low) / (high - low) for image in (predicted, counts)]
    found = judged(*scaled, zero=-low / (high - low))
    assert challenges.adipocyte_error(found) == pytest.approx(expected, abs=1e-12)


def test_a_truth_that_is_dark_on_the_median_has_no_adipocyte_error(judged):
    dark = np.zeros((20, 30))
    dark[0] = 1
    assert np.isnan(challenges.adipocyte_error(judged(dark, dark)))
