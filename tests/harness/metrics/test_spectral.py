"""Rings, spectral correlation, ring correlation, bands and shifts against full transforms and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.signal.windows import tukey
from skimage.registration import phase_cross_correlation

from harness.metrics import spectral
from harness.metrics.spectra import rings

SHAPES = [(96, 120), (64, 64), (61, 75), (33, 20)]


def frequencies(shape):
    rows, columns = (np.fft.fftfreq(edge) for edge in shape)
    return np.sqrt(rows[:, None] ** 2 + columns[None, :] ** 2)


def numbered(shape):
    """cubic's rings by its own words: edges from 0 to the highest frequency, digitised, the rest in the last."""
    highest = min((edge // 2) / edge for edge in shape)
    number = int(np.ceil(round(highest * max(shape), 9)))
    edges = np.linspace(0, highest, number + 1)
    found = np.clip(np.digitize(frequencies(shape), edges * (1 - 1e-9)) - 1, 0, number - 1)
    found[0, 0] = -1
    return found, edges


def by_ring(values, shape):
    found, edges = numbered(shape)
    return np.array([values[found == ring].sum() for ring in range(len(edges) - 1)])


def windowed(image):
    return np.fft.fft2((image - image.mean()) * np.outer(*(tukey(edge, 0.1) for edge in image.shape)))


def spectral_reference(prediction, truth):
    found, edges = numbered(truth.shape)
    power = np.array([(np.abs(np.fft.fft2(truth)) ** 2)[found == ring].sum() for ring in range(len(edges) - 1)])
    mean = power / np.maximum([np.count_nonzero(found == ring) for ring in range(len(edges) - 1)], 1)
    weights = np.maximum(mean - mean[-int(np.ceil(0.2 * len(mean))) :].mean(), 0)
    weights = weights / weights.max()
    weights[:3] = 0
    each = np.where(found >= 0, weights[found], 0)
    p, t = windowed(prediction), windowed(truth)
    return (each * (p * t.conj()).real).sum() / np.sqrt((each * np.abs(p) ** 2).sum() * (each * np.abs(t) ** 2).sum())


@pytest.mark.parametrize("shape", SHAPES)
def test_half_a_transform_gathers_what_the_whole_one_does(shape):
    image = np.random.default_rng(0).random(shape)
    power = np.abs(np.fft.fft2(image)) ** 2
    half = power[:, : shape[1] // 2 + 1]
    ring = rings(shape)
    assert ring.summed(half) == pytest.approx(by_ring(power, shape), rel=1e-9)
    assert ring.counts == pytest.approx(by_ring(np.ones(shape), shape))
    _, edges = numbered(shape)
    assert ring.frequencies == pytest.approx((edges[:-1] + edges[1:]) / 2)
    assert ring.taper == pytest.approx(np.outer(*(tukey(edge, 0.1) for edge in shape)), abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_spectral_correlation_agrees_with_its_formula(judged, blobs, shape):
    rng = np.random.default_rng(1)
    clean = blobs(3, shape, 1.5)
    truth = clean + rng.normal(0, 0.1, shape)
    prediction = ndimage.gaussian_filter(clean, 1) * 3 - 1
    found = spectral.spectral_correlation(judged(prediction, truth))
    assert found == pytest.approx(spectral_reference(prediction, truth), abs=1e-9)
    assert 0.5 < found < 1


def test_noise_of_the_truth_hardly_lowers_spectral_correlation(judged, blobs):
    clean = blobs(4, (128, 128))
    noisy = clean + np.random.default_rng(0).normal(0, 0.3, clean.shape)
    assert np.corrcoef(clean.ravel(), noisy.ravel())[0, 1] < 0.7
    assert spectral.spectral_correlation(judged(clean, noisy)) > 0.9


def ring_curve(prediction, truth):
    p, t = windowed(prediction), windowed(truth)
    parts = [by_ring(values, truth.shape)[1:] for values in ((p * t.conj()).real, np.abs(p) ** 2, np.abs(t) ** 2)]
    cross, own, true = (np.array([part[max(0, at - 2) : at + 3].sum() for at in range(len(part))]) for part in parts)
    return cross / np.sqrt(own * true), numbered(truth.shape)[1]


def crossing(prediction, truth):
    curve, edges = ring_curve(prediction, truth)
    middles = ((edges[:-1] + edges[1:]) / 2)[1:]
    below = [at for at, value in enumerate(curve) if value < 1 / 7]
    if not below:
        return middles[-1]
    return np.interp(-1 / 7, -curve[below[0] - 1 : below[0] + 1], middles[below[0] - 1 : below[0] + 1])


@pytest.mark.parametrize("shape", [(96, 120), (128, 128), (101, 77)])
def test_ring_correlation_agrees_with_the_whole_transform(judged, blobs, shape):
    rng = np.random.default_rng(6)
    clean = blobs(5, shape, 1.5)
    truth, repeat, prediction = (clean + rng.normal(0, noise, shape) for noise in (0.1, 0.1, 0.3))
    found = judged(prediction, truth, repeat=repeat, pixel_size=0.2)
    reached, possible = crossing(prediction, truth), crossing(repeat, truth)
    assert 0 < reached < possible < 0.45
    assert spectral.shared_frequency(found) == pytest.approx(reached, rel=1e-6)
    assert spectral.ring_correlation(found) == pytest.approx(reached / possible, rel=1e-6)
    assert spectral.finest_detail(found) == pytest.approx(reached / 0.2, rel=1e-6)


def test_the_repeat_shares_exactly_what_a_repeat_shares(judged, stained):
    truth, context = stained
    assert spectral.ring_correlation(judged(context["repeat"], truth, **context)) == 1
    assert spectral.ring_correlation(judged(truth, truth, **context)) > 1


def test_a_filter_changes_ring_correlation_nowhere_but_at_the_border(judged, stained):
    truth, context = stained
    prediction = context["clean"] + np.random.default_rng(5).normal(0, 0.05, truth.shape)
    blurred = ndimage.gaussian_filter(prediction, 0.8)
    first, second = (spectral.ring_correlation(judged(image, truth, **context)) for image in (prediction, blurred))
    assert first == pytest.approx(second, rel=0.05)


def test_an_unrelated_image_shares_next_to_nothing(judged, blobs):
    truth, other = blobs(1, (128, 128)), blobs(2, (128, 128))
    assert spectral.shared_frequency(judged(-truth, truth)) == 0
    found = judged(other, truth, repeat=truth + np.random.default_rng(0).normal(0, 0.1, truth.shape))
    assert spectral.ring_correlation(found) < 0.3


def test_bands_agree_with_the_whole_transform(judged, blobs):
    rng = np.random.default_rng(2)
    clean = blobs(7, (96, 120), 1.5)
    truth, prediction = clean + rng.normal(0, 0.02, clean.shape), 0.5 * clean
    found = judged(prediction, truth, pixel_size=0.2)
    p, t = (by_ring(np.abs(windowed(image)) ** 2, truth.shape) for image in (prediction, truth))
    counts = by_ring(np.ones(truth.shape), truth.shape)
    edges = numbered(truth.shape)[1]
    middles = (edges[:-1] + edges[1:]) / 2 / 0.2
    noise = (t / np.maximum(counts, 1))[-int(np.ceil(0.2 * len(t))) :].mean()
    for metric, low, high in (
        (spectral.coarse_power, 0, 0.25),
        (spectral.middle_power, 0.25, 1),
        (spectral.fine_power, 1, np.inf),
    ):
        band = (middles >= low) & (middles < high)
        expected = p[band].sum() / (t[band].sum() - noise * counts[band].sum())
        assert metric(found) == pytest.approx(expected, rel=1e-9)
        assert metric(found) == pytest.approx(0.25, rel=0.15)


def test_a_band_of_noise_or_without_waves_is_undefined(judged, blobs):
    noisy = blobs(7, (96, 120), 6.0) + np.random.default_rng(0).normal(0, 0.1, (96, 120))
    assert np.isnan(spectral.fine_power(judged(noisy, noisy, pixel_size=0.2)))
    assert spectral.coarse_power(judged(noisy, noisy, pixel_size=0.2)) == pytest.approx(1, abs=0.05)
    coarse = judged(noisy, noisy, pixel_size=6.25)
    assert np.isnan(spectral.middle_power(coarse))
    assert np.isnan(spectral.fine_power(coarse))


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(-12, 12), columns=st.integers(-12, 12), seed=st.integers(0, 50))
def test_a_shift_is_found_as_scikit_image_finds_it(judged, blobs, rows, columns, seed):
    wide = blobs(seed, (140, 150))
    truth = wide[20:-20, 20:-20]
    moved = wide[20 - rows : 120 - rows, 20 - columns : 130 - columns]
    expected, _, _ = phase_cross_correlation(truth, moved, normalization=None)
    assert tuple(expected) == (-rows, -columns)
    assert spectral.shift(judged(moved, truth)) == pytest.approx(np.hypot(rows, columns), abs=0.35)


@pytest.mark.parametrize("part", [0.25, 0.5, 0.8])
def test_parts_of_a_pixel_are_found(judged, blobs, part):
    truth = blobs(3, (96, 96), 3)
    moved = ndimage.shift(truth, (part, 0), order=5, mode="reflect")
    assert spectral.shift(judged(moved, truth)) == pytest.approx(part, abs=0.1)


def test_volumes_are_judged_plane_by_plane(judged, blobs):
    rng = np.random.default_rng(0)
    planes = np.stack([blobs(seed, (48, 60)) for seed in range(3)])
    truth, prediction = planes + rng.normal(0, 0.05, planes.shape), planes + rng.normal(0, 0.1, planes.shape)
    found = judged(prediction, truth, pixel_size=0.4)
    assert spectral.spectral_correlation(found) > 0.9
    assert spectral.shift(found) == pytest.approx(0, abs=0.05)
    assert 0 < spectral.finest_detail(found) < 1.25
    assert spectral.coarse_power(found) == pytest.approx(1, abs=0.1)
    one = judged(prediction[:1], truth[:1], pixel_size=0.4)
    flat = judged(prediction[0], truth[0], pixel_size=0.4)
    for metric in (spectral.spectral_correlation, spectral.shift, spectral.finest_detail, spectral.middle_power):
        assert metric(one) == pytest.approx(metric(flat), nan_ok=True)


def test_what_was_not_recorded_changes_no_spectrum(judged, stained, holes):
    truth, context = stained
    spoilt = np.where(holes, context["clean"], 50.0)
    for metric in (spectral.spectral_correlation, spectral.ring_correlation, spectral.middle_power, spectral.shift):
        first, second = (metric(judged(image, truth, holes, **context)) for image in (spoilt, context["clean"]))
        assert first == pytest.approx(second, rel=1e-9)


def test_a_tiny_image_has_no_spectrum(judged):
    tiny = np.random.default_rng(0).random((7, 30))
    assert np.isnan(spectral.spectral_correlation(judged(tiny, tiny)))
    assert np.isnan(spectral.shift(judged(tiny, tiny)))
