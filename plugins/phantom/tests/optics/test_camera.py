"""Noise against the distributions that it is meant to follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, poisson

from unstained_phantom.microscope import Camera
from unstained_phantom.optics.camera import FEW, caught, expected, expose


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0, 25.0, FEW - 0.1, FEW, 70.0, 300.0, 4000.0])
def test_electrons_are_counted_as_poisson_says(mean):
    drawn = caught(np.full(200_000, mean), np.random.default_rng(7))
    counts = np.arange(drawn.max() + 1)
    reached = np.searchsorted(np.sort(drawn), counts, side="right") / drawn.size
    assert np.abs(reached - poisson.cdf(counts, mean)).max() < 0.004
    assert (drawn == np.rint(drawn)).all()
    assert drawn.min() >= 0


@pytest.mark.parametrize("mean", [2.0, 30.0, FEW, 1000.0])
def test_mean_variance_and_skew_are_those_of_shot_noise(mean):
    drawn = caught(np.full(400_000, mean), np.random.default_rng(3))
    spread = drawn - mean
    assert drawn.mean() == pytest.approx(mean, abs=4 * (mean / 400_000) ** 0.5)
    assert spread.var() == pytest.approx(mean, rel=0.012)
    assert np.mean(spread**3) / mean**1.5 == pytest.approx(mean**-0.5, abs=0.02)


@given(st.integers(0, 2**32), st.floats(0, 500), st.floats(0, 500))
def test_the_light_of_a_pixel_changes_no_other_pixel(seed, one, other):
    frames = [
        expose(np.array([[30.0, light], [200.0, 4000.0]]), Camera(), np.random.default_rng(seed))
        for light in (one, other)
    ]
    same = np.array([[True, False], [True, True]])
    np.testing.assert_array_equal(frames[0][same], frames[1][same])


def test_variance_grows_with_light_by_the_gain():
    """The photon transfer curve: shot noise, read noise and rounding add up."""
    camera = Camera(gain=0.5, offset=200, read_noise=2.0)
    for light in (0.0, 20.0, 1000.0):
        counts = expose(np.full((400, 400), light), camera, np.random.default_rng(1)).astype(float)
        assert counts.mean() == pytest.approx(light / 0.5 + 200, abs=0.6)
        assert counts.var() == pytest.approx((light + 4.0) / 0.25 + 1 / 12, rel=0.02)


def test_noise_is_normal_in_the_dark():
    camera = Camera(gain=0.1, read_noise=3.0)
    dark = expose(np.zeros(50_000), camera, np.random.default_rng(5)).astype(float)
    assert kstest((dark - camera.offset) / 30, "norm").statistic < 0.012


def test_counts_end_at_sixteen_bits():
    frame = expose(np.array([0.0, 1e6]), Camera(offset=0.0), np.random.default_rng(0))
    assert frame.dtype == np.uint16
    assert frame[1] == 65535


def test_expected_counts_have_no_noise():
    counts = expected(np.array([[0.0, 46.0]], np.float32), Camera(gain=0.46, offset=100))
    np.testing.assert_allclose(counts, [[100, 200]], rtol=1e-6)
    assert counts.dtype == np.float64
