"""Waves through thick objects against what is known in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstained_phantom.optics.multislice import layers, passed, seamless
from unstained_phantom.optics.pupil import aperture, lattice, ring, travelled
from unstained_phantom.specimen import Grid


def _behind(index, grid, microscope, source=(0, 0)):
    waves = lattice(grid, microscope)
    return passed(layers(index, grid, waves, microscope), grid.shape[1:], source)


@pytest.mark.parametrize("source", [(0, 0), (5, -7)])
def test_no_light_is_lost_in_the_specimen(grid, microscope, cells, source):
    power = np.sum(np.abs(_behind(cells(grid), grid, microscope, source)) ** 2)
    assert power == pytest.approx(1, abs=1e-12)


def test_light_that_cannot_travel_is_lost(microscope, cells):
    fine = Grid((16, 64, 64), 0.1, 0.5)
    power = np.sum(np.abs(_behind(cells(fine), fine, microscope)) ** 2)
    assert 0.99 < power < 1


def test_a_wave_through_medium_alone_keeps_its_direction(grid, microscope):
    spectrum = _behind(np.zeros(grid.shape), grid, microscope, (3, -4))
    assert abs(spectrum[3, -4]) == pytest.approx(1, abs=1e-12)
    spectrum[3, -4] = 0
    assert np.abs(spectrum).max() < 1e-12


def test_a_sheet_delays_light_by_its_optical_path(grid, microscope):
    index = np.zeros(grid.shape)
    index[3:7] = 0.04
    delay = np.angle(_behind(index, grid, microscope)[0, 0])
    assert delay == pytest.approx(2 * np.pi * 0.04 * 4 * grid.step / microscope.wavelength)


def test_slices_without_contrast_are_one_way(grid, microscope, cells):
    index = cells(grid).astype(np.float64)
    index[2:4] = 0
    hint = np.where(index.any(axis=(1, 2), keepdims=True), 0, 1e-15)
    waves = lattice(grid, microscope)
    assert len(layers(index, grid, waves, microscope).screens) == 6
    assert len(layers(index + hint, grid, waves, microscope).screens) == 16
    height = layers(index, grid, waves, microscope).height - layers(index + hint, grid, waves, microscope).height
    assert height == 0
    one, many = _behind(index, grid, microscope), _behind(index + hint, grid, microscope)
    np.testing.assert_allclose(
        one * np.exp(-1j * np.angle(one[0, 0])), many * np.exp(-1j * np.angle(many[0, 0])), atol=1e-10
    )


def test_light_falls_from_above(grid, microscope):
    """A grating above a hole in the light is not the same as one below: order matters, and the glass comes last."""
    index = np.zeros(grid.shape)
    index[10] = 0.02 * np.cos(2 * np.pi * 8 * np.arange(64) / 64)
    waves = lattice(grid, microscope)
    met = layers(index, grid, waves, microscope)
    assert met.height == 10.5 * grid.step
    index[2] = 0.01
    assert layers(index, grid, waves, microscope).height == 2.5 * grid.step


def test_a_way_there_and_back_is_no_way(grid, microscope):
    waves = lattice(grid, microscope)
    there = travelled(waves, 3.7) * travelled(waves, -3.7)
    np.testing.assert_allclose(there, 1, atol=1e-12)


def test_evanescent_waves_never_grow(microscope):
    waves = lattice(Grid((1, 64, 64), 0.1, 0.5), microscope)
    assert (waves.axial.imag > 0).any()
    for distance in (5.0, -5.0):
        assert np.abs(travelled(waves, distance)).max() <= 1 + 1e-12


def test_the_plate_dims_and_advances_what_falls_on_the_ring(grid, microscope):
    waves = lattice(replace(grid, shape=(1, 512, 512)), microscope)
    plate = ring(waves, microscope)
    aperture_of = np.hypot(waves.y, waves.x) * microscope.wavelength
    np.testing.assert_allclose(plate[(aperture_of > 0.181) & (aperture_of < 0.239)], -0.5j)
    np.testing.assert_allclose(plate[(aperture_of < 0.17) | (aperture_of > 0.25)], 1)


def test_the_objective_passes_its_aperture(grid, microscope):
    waves = lattice(replace(grid, shape=(1, 512, 512)), microscope)
    share = aperture(waves, microscope).sum() / 512**2
    expected = np.pi * (microscope.na / microscope.wavelength * grid.pixel) ** 2
    assert share == pytest.approx(expected, rel=0.005)


def test_opposite_edges_meet_without_a_step():
    index = np.arange(40.0)[None, :, None] + np.zeros((2, 40, 40))
    joined = seamless(index, 8)
    assert abs(joined[0, 0, 20] - joined[0, -1, 20]) < 0.05 * abs(index[0, 0, 20] - index[0, -1, 20])
    assert np.abs(np.diff(joined[0, :, 20])).max() < 7
    np.testing.assert_array_equal(joined[:, 8:-8, 8:-8], index[:, 8:-8, 8:-8])
    assert joined.mean() == pytest.approx(index.mean())


def test_without_a_margin_nothing_is_joined(grid, cells):
    index = cells(grid)
    np.testing.assert_array_equal(seamless(index, 0), index)
    assert index.dtype == np.float32
