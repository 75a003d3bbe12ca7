"""Pixels: what is recorded of a fine intensity, and of a field with its margin."""

from __future__ import annotations

import numpy as np
import pytest

from unstained_phantom.optics.detection import cropped, intensity, recorded, window
from unstained_phantom.optics.pupil import lattice
from unstained_phantom.specimen import Grid


@pytest.mark.parametrize("shape", [(40, 48), (41, 47)])
def test_slow_patterns_are_recorded_as_they_are(shape):
    def pattern(rows, columns):
        y, x = np.arange(rows)[:, None] / rows, np.arange(columns) / columns
        return 1 + 0.3 * np.cos(2 * np.pi * (7 * y + 5 * x) + 1) + 0.1 * np.sin(2 * np.pi * (3 * x - 11 * y))

    np.testing.assert_allclose(recorded(pattern(72, 72), shape), pattern(*shape), atol=1e-12)


def test_what_pixels_cannot_carry_is_not_folded_back():
    fast = 1 + np.cos(2 * np.pi * 25 * np.arange(72) / 72)[:, None] + np.zeros((72, 72))
    np.testing.assert_allclose(recorded(fast, (40, 40)), 1, atol=1e-12)


def test_two_waves_make_the_stripes_between_them(microscope):
    grid = Grid((1, 64, 64), 0.325, 0.5)
    seen = window(lattice(grid, microscope), grid, microscope)
    waves = np.zeros((seen.rows.size, seen.columns.size), complex)
    for row, column in ((3, 5), (-4, -2)):
        waves[(seen.rows == row % 64) & (seen.columns == column % 64)] = 1
    image = recorded(intensity(waves, seen.fine), (64, 64))
    y, x = np.mgrid[:64, :64] / 64
    np.testing.assert_allclose(image, 2 + 2 * np.cos(2 * np.pi * (7 * y + 7 * x)), atol=1e-12)


def test_a_window_holds_what_the_objective_passes(microscope):
    grid = Grid((1, 64, 96), 0.325, 0.5)
    seen = window(lattice(grid, microscope), grid, microscope)
    edge = microscope.na / microscope.wavelength
    assert np.abs(seen.waves.y).max() <= edge < np.abs(seen.waves.y).max() + 1 / (64 * 0.325)
    assert (np.diff(seen.waves.x[0]) > 0).all()
    assert seen.fine[0] >= 64 * (2 * edge * 0.325 + 0.5)


def test_the_margin_is_not_recorded():
    image = np.arange(2 * 10 * 12).reshape(2, 10, 12)
    np.testing.assert_array_equal(cropped(image, Grid((4, 10, 12), 0.3, 0.5, margin=3)), image[:, 3:7, 3:9])
    np.testing.assert_array_equal(cropped(image, Grid((4, 10, 12), 0.3, 0.5)), image)
