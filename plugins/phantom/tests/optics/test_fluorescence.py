"""Incoherent images against closed forms, and against a point spread function computed the long way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstained_phantom.optics.fluorescence import fluorescence
from unstained_phantom.optics.transfer import Objective, transfer
from unstained_phantom.specimen import Grid

WIDE = Objective(0.75, 1.337, 0.52, confocal=False)
WATER = replace(WIDE, na=1.2)
CONFOCAL = replace(WIDE, confocal=True)


@pytest.fixture
def confocal(microscope):
    return replace(microscope, sectioning="confocal")


def test_transfer_in_focus_is_the_overlap_of_two_discs():
    frequencies = np.linspace(0, 3.5, 80)
    share = np.minimum(frequencies / (2 * WIDE.edge), 1)
    known = 2 / np.pi * (np.arccos(share) - share * np.sqrt(1 - share**2))
    np.testing.assert_allclose(transfer(WIDE, 0.0, frequencies), known, atol=1e-12)


@pytest.mark.parametrize(
    ("objective", "distance"),
    [(WIDE, 0.4), (WIDE, 1.5), (WIDE, 3.0), (WATER, 2.5), (CONFOCAL, 0.4), (CONFOCAL, 1.5), (CONFOCAL, 3.0)],
)
def test_transfer_is_the_spectrum_of_the_point_spread_function(objective, distance):
    """By Fourier transforms of a pupil on a fine grid: 256 frequencies over a range that holds the squared function."""
    size, step = 256, 1 / 16
    y, x = np.fft.fftfreq(size, 1 / (size * step))[:, None], np.fft.fftfreq(size, 1 / (size * step))[None, :]
    k = objective.medium / objective.wavelength

    def spread(away):
        squared = y**2 + x**2
        way = np.exp(2j * np.pi * away * np.sqrt(np.maximum(k**2 - squared, 0)))
        light = np.abs(np.fft.fft2((squared <= objective.edge**2) * way)) ** 2
        return light**2 if objective.confocal else light

    known = (np.fft.fft2(spread(distance)) / spread(0.0 if objective.confocal else distance).sum()).real[0, :60]
    np.testing.assert_allclose(transfer(objective, distance, x[0, :60]), known, atol=0.012)


def test_nothing_fine_is_left_far_from_the_focus():
    assert np.abs(transfer(WATER, 10.0, np.linspace(1, 4, 60))).max() < 0.002


def test_widefield_loses_no_light_out_of_focus_and_confocal_does():
    zero = np.zeros(1)
    assert transfer(WIDE, 8.0, zero)[0] == pytest.approx(1, abs=1e-12)
    kept = [transfer(CONFOCAL, distance, zero)[0] for distance in (0.0, 1.0, 2.0, 4.0)]
    assert kept[0] == pytest.approx(1, abs=1e-12)
    assert kept[1] < 0.4
    assert kept == sorted(kept, reverse=True)


def test_a_layer_shows_its_thickness(grid, microscope, confocal):
    density = np.zeros(grid.shape, np.float32)
    density[6:8] = 1
    np.testing.assert_allclose(fluorescence(density, grid, microscope, 0.52, [0.0, 3.5]), 1, atol=1e-6)
    near, far = fluorescence(density, grid, confocal, 0.52, [3.5, 0.0])
    assert 0.8 < near.mean() <= 1
    assert far.mean() < 0.1


def test_light_is_conserved_whatever_the_focus(grid, microscope, sphere):
    density = sphere(grid, 1.5, 4.0, 1.0)
    for image in fluorescence(density, grid, microscope, 0.6, [0.0, 2.0, 4.0, 7.0]):
        assert image.sum() == pytest.approx(density.sum() * grid.step, rel=1e-3)


def test_a_point_is_as_wide_as_theory_says(microscope):
    """Full width at half maximum 0.51 wavelength / NA in focus; 1.4 times less with a closed pinhole."""
    grid = Grid((1, 96, 96), 0.08, 0.5)
    density = np.zeros(grid.shape)
    density[0, 48, 48] = 1
    for optics, expected in (
        (microscope, 0.51 * 0.52 / 0.75),
        (replace(microscope, sectioning="confocal"), 0.37 * 0.52 / 0.75),
    ):
        line = fluorescence(density, grid, optics, 0.52, [0.25])[0, 48]
        above = np.interp(0.5 * line.max(), line[48:60][::-1], np.arange(12)[::-1])
        assert 2 * above * grid.pixel == pytest.approx(expected, rel=0.04)


def test_blur_is_equal_above_and_below(grid, microscope):
    density = np.zeros(grid.shape)
    density[7, 32, 32] = 1
    below, focus, above = fluorescence(density, grid, microscope, 0.52, [2.25, 3.75, 5.25])
    np.testing.assert_allclose(below, above, atol=1e-12)
    assert focus.max() > 4 * below.max()


def test_a_stack_is_brightest_where_the_object_is(grid, confocal, sphere):
    density = sphere(grid, 0.8, 4.25, 1.0)
    stack = fluorescence(density, grid, confocal, 0.52, [(z + 0.5) * grid.step for z in range(16)])
    assert stack.shape == grid.shape
    assert np.argmax(stack.sum(axis=(1, 2))) == 8
    assert np.unravel_index(np.argmax(stack), stack.shape) == (8, 32, 32)


def test_longer_waves_blur_more(grid, microscope):
    density = np.zeros(grid.shape)
    density[7, 32, 32] = 1
    blue, red = (fluorescence(density, grid, microscope, wave, [3.75]).max() for wave in (0.46, 0.67))
    assert red < 0.7 * blue


def test_nothing_is_dark(grid, microscope, cells):
    density = np.zeros(grid.shape)
    np.testing.assert_array_equal(fluorescence(density, grid, microscope, 0.52, [2.5]), 0)
    assert fluorescence(cells(grid), grid, microscope, 0.52, [2.5]).min() >= 0
