"""The condenser is covered evenly, whatever the number of points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstained_phantom.optics.sources import annulus, disc
from unstained_phantom.specimen import Grid

GRID = Grid((1, 1024, 768), 0.325, 0.5)


def _apertures(points, microscope):
    y, x = np.array(points).T
    return np.hypot(y / 1024, x / 768) / GRID.pixel * microscope.wavelength


@pytest.mark.parametrize("number", [24, 32, 100])
def test_the_disc_is_covered_evenly(microscope, number):
    many = replace(microscope, sources=number)
    squared = (_apertures(disc(GRID, many), many) / many.condenser) ** 2
    assert np.mean(squared) == pytest.approx(1 / 2, rel=0.02)
    assert np.std(squared) == pytest.approx(12**-0.5, rel=0.02)


@pytest.mark.parametrize("number", [25, 32, 100])
def test_the_annulus_is_covered_evenly_over_its_width(microscope, number):
    many = replace(microscope, sources=number)
    inner, outer = many.ring_inner**2, many.ring_outer**2
    share = (_apertures(annulus(GRID, many), many) ** 2 - inner) / (outer - inner)
    assert np.mean(share) == pytest.approx(1 / 2, abs=0.06)
    assert np.std(share) == pytest.approx(12**-0.5, rel=0.1)


@pytest.mark.parametrize("points", [disc, annulus])
def test_no_direction_is_preferred(microscope, points):
    y, x = np.array(points(GRID, replace(microscope, sources=32))).T
    limit = 0.06 * np.hypot(y / 1024, x / 768).mean()
    assert abs(np.mean(y / 1024)) < limit
    assert abs(np.mean(x / 768)) < limit
    assert np.mean((y / 1024) ** 2) == pytest.approx(np.mean((x / 768) ** 2), rel=0.12)


def test_the_same_points_whatever_the_pixel(microscope):
    """Waves are periodic over the field: half the pixel at twice the number changes no light."""
    assert disc(GRID, microscope) == disc(Grid((1, 2048, 1536), 0.1625, 0.5), microscope)
