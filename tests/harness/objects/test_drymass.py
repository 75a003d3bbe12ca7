"""Dry mass against spheres whose mass is known, and growth against scipy."""

from __future__ import annotations

from math import inf, isnan, log, pi

import numpy as np
import pytest
from scipy.stats import linregress

from harness.objects.drymass import Scales, background, density, growth, mass_error, masses, total_error
from zoo.errors import ZooError

SCALES = Scales(wavelength=0.55, pixel_size=0.25)


def sphere(radius, excess, size=101):
    """Phase of a sphere of that radius in µm and excess of refractive index, and the disc it covers."""
    y, x = (np.mgrid[:size, :size] - size // 2) * SCALES.pixel_size
    chord = 2 * np.sqrt(np.clip(radius**2 - y**2 - x**2, 0, None))
    return 2 * pi / SCALES.wavelength * excess * chord, (chord > 0).astype(np.int32)


@pytest.mark.parametrize(
    ("wavelength", "increment", "expected"),
    [(0.552, 0.18, 0.4881), (0.552, 0.20, 0.4393), (0.552, 0.21, 0.4184), (0.59, 0.18, 0.5217), (0.59, 0.21, 0.4471)],
)
def test_density_is_that_of_the_table(wavelength, increment, expected):
    assert density(wavelength, increment) == pytest.approx(expected, abs=5e-5)


def test_a_sphere_weighs_its_volume_times_its_concentration():
    phase, cell = sphere(8.0, 0.03)
    found = masses(phase, cell, np.zeros_like(cell), SCALES)
    assert found.cytoplasm[0] == pytest.approx(4 / 3 * pi * 8**3 * 0.03 / 0.2, rel=0.005)
    assert found.nucleus.tolist() == [0]


def test_nucleus_and_cytoplasm_share_the_mass_of_a_cell():
    phase, cell = sphere(8.0, 0.03)
    _, nucleus = sphere(4.0, 0.03)
    whole = masses(phase, cell, np.zeros_like(cell), SCALES).cytoplasm
    parts = masses(phase, cell, 7 * nucleus, SCALES)
    assert parts.nucleus + parts.cytoplasm == pytest.approx(whole)
    halved = masses(phase, cell, nucleus, Scales(wavelength=0.55, pixel_size=0.25, nucleus=0.4))
    assert halved.nucleus == pytest.approx(parts.nucleus / 2)
    assert halved.cytoplasm == pytest.approx(parts.cytoplasm)


def test_cells_are_weighed_each_for_itself_and_a_nucleus_outside_not_at_all():
    phase = np.ones((4, 10))
    cells, nuclei = np.zeros((4, 10), np.int32), np.zeros((4, 10), np.int32)
    cells[:, :2], cells[:, 4:9], nuclei[0] = 1, 2, 5
    unit = SCALES.pixel_size**2 * density(0.55)
    found = masses(phase, cells, nuclei, SCALES)
    assert found.nucleus == pytest.approx(np.array([2, 5]) * unit)
    assert found.cytoplasm == pytest.approx(np.array([6, 15]) * unit)


def test_the_background_is_the_median_where_there_is_no_cell():
    phase, cell = sphere(8.0, 0.03)
    everywhere = np.ones(cell.shape, bool)
    assert background(phase + 0.7, cell, everywhere) == pytest.approx(0.7)
    assert background(phase + 0.7, np.ones_like(cell), everywhere) == 0
    half = everywhere.copy()
    half[:50] = False
    assert background(np.where(half, 0.2, 9.0), cell, half) == pytest.approx(0.2)


def test_a_cell_that_was_not_found_is_an_error_of_its_whole_mass():
    there = np.array([10.0, 20.0, 40.0])
    assert mass_error(np.array([11.0, 22.0, np.nan]), there) == pytest.approx(0.1)
    assert mass_error(np.array([np.nan, 22.0, np.nan]), there) == 1
    assert total_error(np.array([11.0, 22.0, np.nan]), there) == pytest.approx(33 / 70 - 1)
    assert mass_error(there, there) == total_error(there, there) == 0


def test_nothing_to_weigh_leaves_the_error_undefined():
    assert isnan(mass_error(np.zeros(2), np.zeros(2)))
    assert isnan(total_error(np.zeros(0), np.zeros(0)))


def test_growth_agrees_with_the_regression_of_scipy():
    hours = np.array([0.0, 1, 2, 5, 9, 12])
    mass = 100 * np.exp(0.03 * hours + np.random.default_rng(0).normal(0, 0.02, 6))
    expected = linregress(hours, np.log(mass))
    found = growth(hours, mass)
    assert (found.rate, found.error) == pytest.approx((expected.slope, expected.stderr))
    assert found.doubling == pytest.approx(log(2) / expected.slope)


def test_two_points_have_a_rate_without_an_error_and_no_growth_never_doubles():
    doubled = growth(np.array([0.0, 10.0]), np.array([50.0, 100.0]))
    assert doubled.doubling == pytest.approx(10)
    assert isnan(doubled.error)
    assert growth(np.array([0.0, 10.0, 20.0]), np.full(3, 7.0)).doubling == inf


def test_growth_of_one_time_or_of_no_mass_is_refused():
    with pytest.raises(ZooError) as raised:
        growth(np.array([3.0, 3.0]), np.array([1.0, 2.0]))
    assert str(raised.value) == "growth rate: 1 time points; expected at least 2\n  hint: add time points"
    with pytest.raises(ZooError) as raised:
        growth(np.array([0.0, 1.0]), np.array([1.0, -2.0]))
    assert str(raised.value) == (
        "growth rate: a mass of -2 pg; expected positive masses only\n"
        "  hint: take the background off the phase image, or leave the cell out"
    )
