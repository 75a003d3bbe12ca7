"""High-passed images and cells against scipy.ndimage, scikit-image and numpy by another route."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.stats import pearsonr
from skimage.metrics import structural_similarity as reference_similarity
from skimage.morphology import dilation, disk

from harness.metrics import pixels, similarity
from harness.metrics.filters import Gaussian, smoothed


def detail(image, valid, sd):
    """What ``harness.metrics.filters`` says of itself, by scipy.ndimage."""
    sums, weight = (
        ndimage.gaussian_filter(part, sd, mode="constant") for part in (np.where(valid, image, 0), valid.astype(float))
    )
    return image - sums / np.where(valid, weight, 1)


@settings(max_examples=25, deadline=None)
@given(shape=st.tuples(st.integers(1, 40), st.integers(1, 40)), sd=st.floats(0.2, 12), seed=st.integers(0, 99))
def test_smoothing_agrees_with_scipy_on_any_shape_and_width(shape, sd, seed):
    image = np.random.default_rng(seed).normal(0, 1, shape)
    expected = ndimage.gaussian_filter(image, sd, mode="constant")
    assert smoothed(image, Gaussian(sd)) == pytest.approx(expected, abs=1e-12)


def test_planes_of_a_volume_are_smoothed_one_by_one():
    volume = np.random.default_rng(0).random((3, 20, 24))
    planes = [ndimage.gaussian_filter(plane, 2.0, mode="constant") for plane in volume]
    assert smoothed(volume, Gaussian(2.0)) == pytest.approx(np.array(planes), abs=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_correlation_of_detail_agrees_with_scipy(judged, stained, holes, masked):
    truth, context = stained
    valid = holes if masked else np.ones_like(holes)
    prediction = context["clean"] + np.linspace(0, 3, truth.shape[1])
    cells = dilation(context["instances"]["cells"] > 0, disk(4)) & valid
    p, t = (detail(image, valid, 1 / 0.25)[cells] for image in (prediction, truth))
    found = judged(prediction, truth, valid, **context)
    r = pearsonr(p, t)[0]
    assert pixels.detail_correlation(found) == pytest.approx(r, abs=1e-9)
    assert pixels.missed(found) == pytest.approx(1 - r**2, abs=1e-9)
    assert pixels.fabricated(found) == pytest.approx(p.var() / t.var() * (1 - r**2), abs=1e-9)


def test_without_cells_all_recorded_detail_counts(judged, stained, holes):
    truth, context = stained
    p, t = (detail(image, holes, 1 / 0.25)[holes] for image in (context["clean"], truth))
    found = judged(context["clean"], truth, holes, pixel_size=0.25)
    assert pixels.detail_correlation(found) == pytest.approx(pearsonr(p, t)[0], abs=1e-9)


def test_what_was_not_recorded_changes_no_detail(judged, stained, holes):
    truth, context = stained
    rng = np.random.default_rng(2)
    images = [np.where(holes, context["clean"], rng.normal(0, 9, holes.shape)) for _ in range(2)]
    first, second = (pixels.detail_correlation(judged(image, truth, holes, **context)) for image in images)
    assert first == pytest.approx(second, abs=1e-12)


def test_puncta_of_another_field_are_fabricated_and_an_honest_blur_is_not(judged):
    rng = np.random.default_rng(0)
    field, other = (ndimage.gaussian_filter((rng.random((128, 128)) < 0.01).astype(float), 1.2) for _ in range(2))
    honest = ndimage.gaussian_filter(field, 12)
    pasted, blurred = (judged(image, field, pixel_size=0.25) for image in (other, honest))
    assert pixels.fabricated(pasted) == pytest.approx(1, abs=0.15)
    assert pixels.fabricated(blurred) < 0.01
    assert pixels.fabricated(judged(field, field, pixel_size=0.25)) == pytest.approx(0, abs=1e-12)
    assert abs(pixels.detail_correlation(pasted)) < 0.1


def test_a_pixel_larger_than_the_filter_shows_no_detail(judged, stained):
    truth, context = stained
    for metric in (pixels.detail_correlation, pixels.fabricated, pixels.missed):
        assert np.isnan(metric(judged(context["clean"], truth, pixel_size=1.1)))
        assert np.isfinite(metric(judged(context["clean"], truth, pixel_size=1.0)))


def test_inside_reaches_one_micrometre_beyond_the_outline(judged):
    cells = np.zeros((40, 50), np.int32)
    cells[20, 25] = 7
    truth = judged(cells, cells, pixel_size=0.25, instances={"cells": cells}).truth
    rows, columns = np.mgrid[:40, :50]
    assert (truth.inside == (np.hypot(rows - 20, columns - 25) * 0.25 <= 1)).all()


@pytest.mark.parametrize("shape", [(5, 40, 50), (40, 50), (1, 40, 50)])
def test_one_drawing_of_cells_serves_planes_and_stacks(judged, shape):
    cells = np.zeros((40, 50), np.int32)
    cells[10:20, 10:30] = 3
    grown = dilation(cells > 0, disk(2))
    image = np.random.default_rng(0).random(shape)
    drawn = [cells] if len(shape) == 2 else [cells, np.broadcast_to(cells, shape)]
    for mask in drawn:
        assert (judged(image, image, pixel_size=0.5, instances={"cells": mask}).truth.inside == grown).all()
    stack = np.stack([np.zeros_like(cells), cells])
    flat = judged(image[0], image[0], pixel_size=0.5, instances={"cells": stack}).truth if len(shape) == 3 else None
    assert flat is None or (flat.inside == grown).all()


def test_metrics_inside_cells_are_those_of_the_pixels_there(judged, stained, holes):
    truth, context = stained
    prediction = 0.8 * context["clean"] + 0.1
    found = judged(prediction, truth, holes, **context)
    inside = dilation(context["instances"]["cells"] > 0, disk(4)) & holes
    p, t = prediction[inside], truth[inside]
    assert pixels.pearson_inside(found) == pytest.approx(pearsonr(p, t)[0], abs=1e-12)
    assert pixels.skill_inside(found) == pytest.approx(1 - ((p - t) ** 2).mean() / t.var(), abs=1e-12)
    expected = np.abs(p - t).mean() / np.abs(t - np.median(t)).mean()
    assert pixels.absolute_error_inside(found) == pytest.approx(expected, abs=1e-12)


def test_similarity_inside_cells_is_the_part_of_scikit_images_map(judged, stained):
    truth, context = stained
    clipped = [np.clip(image, 0, 1) for image in (truth, context["clean"])]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    _, full = reference_similarity(*clipped, full=True, **options)
    inside = dilation(context["instances"]["cells"] > 0, disk(4))
    whole = np.zeros_like(inside)
    whole[5:-5, 5:-5] = True
    found = similarity.structural_similarity_inside(judged(context["clean"], truth, **context))
    assert found == pytest.approx(full[inside & whole].mean(), abs=1e-9)


def test_a_field_without_cells_leaves_what_is_inside_undefined(judged, stained):
    truth, context = stained
    empty = context | {"instances": {"cells": np.zeros(truth.shape, np.int32)}}
    found = judged(context["clean"], truth, **empty)
    metrics = (
        *(pixels.pearson_inside, pixels.skill_inside, pixels.absolute_error_inside, pixels.detail_correlation),
        *(pixels.fabricated, pixels.missed, similarity.structural_similarity_inside),
    )
    assert all(np.isnan(metric(found)) for metric in metrics)


def test_the_clean_truth_reaches_the_ceiling_and_the_repeat_its_root(judged, blobs):
    rng = np.random.default_rng(4)
    clean = blobs(2, (256, 256))
    truth, repeat = (clean + rng.normal(0, 0.2, clean.shape) for _ in range(2))
    of_clean, of_repeat = (judged(image, truth, repeat=repeat, clean=clean) for image in (clean, repeat))
    assert pixels.pearson_of_ceiling(of_clean) == pytest.approx(1, abs=0.01)
    agreement = pearsonr(truth.ravel(), repeat.ravel())[0]
    assert pixels.pearson_of_ceiling(of_repeat) == pytest.approx(np.sqrt(agreement), abs=1e-12)
    assert pixels.pearson_of_clean(of_clean) == pytest.approx(1, abs=1e-12)
    assert pixels.pearson_of_clean(of_repeat) == pytest.approx(pearsonr(repeat.ravel(), clean.ravel())[0], abs=1e-12)


def test_the_ceiling_is_c_max_by_the_variances_of_the_recording_and_of_its_noise(judged, blobs):
    rng = np.random.default_rng(5)
    clean = blobs(2, (512, 512))
    noise = rng.normal(0, 0.2, (2, *clean.shape))
    truth, repeat = clean + noise
    var_i, var_g = truth.var(), rng.normal(0, 0.2, clean.shape).var()  # of recordings with and without the stain
    c_max = 1 / np.sqrt(1 + var_g / (var_i - var_g))  # Ounkomol et al. 2018, fnet/utils/figures.py
    assert 0.4 < c_max < 0.7
    found = judged(clean, truth, repeat=repeat, clean=clean)
    assert pixels.pearson(found) == pytest.approx(c_max, abs=0.01)
    assert np.sqrt(found.truth.reliability) == pytest.approx(c_max, abs=0.01)


def test_recordings_that_do_not_agree_have_no_ceiling(judged, stained):
    truth, _ = stained
    assert np.isnan(pixels.pearson_of_ceiling(judged(truth, truth, repeat=-truth)))
    noise = np.random.default_rng(9).normal(0, 1, (2, *truth.shape))
    assert np.isnan(pixels.pearson_of_ceiling(judged(noise[0], noise[0], repeat=noise[1])))
