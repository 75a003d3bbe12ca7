"""Objects whose images are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstained_phantom.optics.instruments import STANDARD
from unstained_phantom.specimen import Grid


@pytest.fixture
def grid():
    """16 slices of 0.5 µm, 64 pixels of 0.325 µm."""
    return Grid((16, 64, 64), 0.325, 0.5)


@pytest.fixture
def microscope():
    """40x/0.75 with few points of light."""
    return replace(STANDARD, sources=8)


@pytest.fixture
def coherent():
    """40x/0.75 with light along the axis alone."""
    return replace(STANDARD, sources=1, condenser=0.0)


def _coordinates(grid):
    z, y, x = (np.arange(size) for size in grid.shape)
    middle_y, middle_x = grid.shape[1] // 2, grid.shape[2] // 2
    return (
        (z[:, None, None] + 0.5) * grid.step,
        (y[None, :, None] - middle_y) * grid.pixel,
        (x[None, None, :] - middle_x) * grid.pixel,
    )


@pytest.fixture
def sphere():
    """A ball of one index, its edge averaged over the voxels that it cuts; centred on a pixel."""

    def make(grid, radius, height, contrast):
        fine = 5
        total = np.zeros(grid.shape)
        shifts = (np.arange(fine) + 0.5) / fine - 0.5
        z, y, x = _coordinates(grid)
        for above in shifts:
            for down in shifts:
                for right in shifts:
                    squared = (
                        (z - height + above * grid.step) ** 2
                        + (y + down * grid.pixel) ** 2
                        + (x + right * grid.pixel) ** 2
                    )
                    total += squared <= radius**2
        return contrast * total / fine**3

    return make


@pytest.fixture
def dome():
    """One slice, a smooth hill of phase (radians) of a Gaussian profile, centred on a pixel."""

    def make(grid, microscope, peak, width, level):
        _, y, x = _coordinates(grid)
        index = np.zeros(grid.shape)
        hill = np.exp(-(y[0] ** 2 + x[0] ** 2) / (2 * width**2))
        index[level] = peak * hill * microscope.wavelength / (2 * np.pi * grid.step)
        return index

    return make


@pytest.fixture
def cells():
    """Smooth, strong, random: up to 3 radians of phase, in the lower half of the grid."""

    def make(grid, seed=0):
        drawn = np.random.default_rng(seed).standard_normal(grid.shape)
        z, y, x = (np.fft.fftfreq(size) for size in grid.shape)
        keep = np.exp(-((z[:, None, None] / 0.2) ** 2 + (y[:, None] / 0.06) ** 2 + (x / 0.06) ** 2))
        smooth = np.fft.ifftn(np.fft.fftn(drawn) * keep).real
        index = np.clip(0.03 + 0.02 * smooth / smooth.std(), 0, 0.08)
        index[grid.shape[0] // 2 :] = 0
        return index.astype(np.float32)

    return make
