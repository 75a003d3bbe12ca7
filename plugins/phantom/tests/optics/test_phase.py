"""Quantitative phase against the optical path."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstained_phantom.optics.phase import phase, projected
from unstained_phantom.specimen import Grid


def test_an_empty_field_has_no_phase(grid, microscope):
    np.testing.assert_array_equal(phase(np.zeros(grid.shape, np.float32), grid, microscope, 2.5), 0)


def test_a_sheet_shows_its_optical_path_beyond_a_whole_wave(grid, microscope):
    index = np.zeros(grid.shape)
    index[2:12] = 0.13
    seen = phase(index, grid, microscope, 2.5)
    np.testing.assert_allclose(seen, 2 * np.pi * 0.13 * 5 / 0.55, atol=1e-9)


@pytest.mark.parametrize("peak", [0.5, 3.0, 12.0])
def test_the_whole_phase_of_a_dome_is_measured(grid, microscope, dome, peak):
    """Peak, sum and smoothness, up to two waves; the sum of phase is dry mass."""
    index = dome(grid, microscope, peak, 3.0, 8)
    seen = phase(index, grid, microscope, 4.25)
    straight = projected(index, grid, microscope)
    assert seen.sum() == pytest.approx(straight.sum(), rel=0.002)
    assert seen.max() == pytest.approx(peak, rel=0.02)
    assert np.abs(np.diff(seen, axis=1)).max() < 1.1 * np.abs(np.diff(straight, axis=1)).max()


@pytest.mark.parametrize("focus", [0.0, 2.0, 5.0])
def test_total_phase_of_thick_objects_survives_a_false_focus(grid, microscope, cells, focus):
    index = cells(grid)
    straight = projected(index, grid, microscope)
    assert straight.max() > 3
    assert phase(index, grid, microscope, focus).sum() == pytest.approx(straight.sum(), rel=0.02)


def test_phase_is_sharpest_in_the_plane_of_its_object(grid, microscope, dome):
    index = dome(grid, microscope, 0.5, 0.5, 8)
    peaks = [phase(index, grid, microscope, focus).max() for focus in (2.25, 4.25, 6.25)]
    assert peaks[1] > peaks[0]
    assert peaks[1] > peaks[2]


def test_the_objective_limits_what_is_resolved(grid, microscope, dome):
    index = dome(grid, microscope, 0.5, 0.4, 8)
    wide, narrow = (phase(index, grid, replace(microscope, na=na), 4.25).max() for na in (0.75, 0.3))
    assert narrow < 0.7 * wide


def test_projection_adds_up_slices():
    index = np.arange(8.0).reshape(2, 2, 2) / 100
    from unstained_phantom.optics.instruments import STANDARD

    seen = projected(index, Grid((2, 2, 2), 0.3, 0.5), STANDARD)
    np.testing.assert_allclose(seen, 2 * np.pi * 0.5 / 0.55 * np.array([[0.04, 0.06], [0.08, 0.10]]))
