"""Random fields: smooth ones that are the same at any pixel size, and grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.specimen import Grid


def surface(
    rng: np.random.Generator, y: npt.NDArray[np.float64], x: npt.NDArray[np.float64], scale: float, waves: int = 96
) -> npt.NDArray[np.float64]:
    """A Gaussian random field of mean 0 and variance 1 over the plane, at ``y`` and ``x`` in µm; (y, x).

    A sum of plane waves, so that its value at a point depends on nothing but the stream. ``scale`` is the standard
    deviation of its (Gaussian) correlation, in µm.
    """
    wave = rng.standard_normal((2, waves)) / scale
    phase = rng.random(waves) * 2 * np.pi
    along_y = np.exp(1j * (np.outer(y, wave[0]) + phase))
    along_x = np.exp(1j * np.outer(wave[1], x))
    summed: npt.NDArray[np.float64] = (along_y @ along_x).real * np.sqrt(2 / waves)
    return summed


def grain(rng: np.random.Generator, grid: Grid, scales: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """A random texture of mean 0 and variance 1 in every voxel, (z, y, x): a sum of grains of these radii in µm."""
    depth, height, width = grid.shape
    fz = fft.fftfreq(depth, grid.step)[:, None, None]
    fy = fft.fftfreq(height, grid.pixel)[None, :, None]
    fx = fft.rfftfreq(width, grid.pixel)[None, None, :]
    power = np.zeros((depth, height, width // 2 + 1))
    for scale in scales:
        falls = -2 * (np.pi * scale) ** 2
        one = np.exp(falls * fz**2) * np.exp(falls * fy**2) * np.exp(falls * fx**2)
        power += one * scale**1.5
    noise = rng.standard_normal((2, *power.shape))
    volume = fft.irfftn((noise[0] + 1j * noise[1]) * power, s=grid.shape)
    return np.asarray((volume - volume.mean()) / volume.std())
