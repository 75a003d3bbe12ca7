"""From the waves that an objective lets pass to the pixels of a camera, without aliasing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from unstained_phantom.optics.pupil import Lattice

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.microscope import Microscope
    from unstained_phantom.specimen import Grid


@dataclass(frozen=True, eq=False)
class Window:
    """The part of a lattice that can pass the objective: from the lowest to the highest frequency, ascending."""

    rows: npt.NDArray[np.intp]
    """Places on the lattice, (y, 1)."""
    columns: npt.NDArray[np.intp]
    """Places on the lattice, (1, x)."""
    waves: Lattice
    """The lattice at these places."""
    fine: tuple[int, int]
    """Points along y and x that an intensity needs: what they alias lies beyond the Nyquist frequency of the pixels."""


def window(waves: Lattice, grid: Grid, microscope: Microscope) -> Window:
    """The window of an objective on ``waves``."""
    cut = microscope.na / microscope.wavelength
    rows, columns = (_passing(axis.ravel(), cut) for axis in (waves.y, waves.x))
    inside = Lattice(waves.y[rows], waves.x[:, columns], waves.axial[np.ix_(rows, columns)])
    fine = tuple(_points(size, cut * grid.pixel) for size in grid.shape[1:])
    return Window(rows[:, None], columns[None, :], inside, (fine[0], fine[1]))


def _passing(axis: npt.NDArray[np.float64], cut: float) -> npt.NDArray[np.intp]:
    places = fft.fftshift(np.arange(axis.size))
    return np.asarray(places[np.abs(axis[places]) <= cut])


def _points(size: int, cut: float) -> int:
    """Samples of an intensity whose amplitude ends at ``cut`` cycles per pixel: what folds back folds beyond 1/2."""
    return int(fft.next_fast_len(max(size, math.ceil(size * (2 * cut + 0.5)))))


def intensity(spectrum: npt.NDArray[np.complex128], fine: tuple[int, int]) -> npt.NDArray[np.float64]:
    """What a wave brings to each fine point, (y, x), from its amplitudes on a window.

    The window is taken as if it began at frequency 0: that tilts the wave, and no intensity knows.
    """
    rows = fft.ifft(spectrum, fine[1], axis=1, norm="forward")
    wave = fft.ifft(rows, fine[0], axis=0, norm="forward", overwrite_x=True)
    return np.asarray(wave.real**2 + wave.imag**2)


def recorded(image: npt.NDArray[np.float64], shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """A fine intensity at the pixels of ``shape``, (y, x), without what they cannot carry.

    Voxels of a specimen are averages over the area of a pixel already, which is, but for the second order of the phase,
    what a pixel does to an image. It is not done twice.
    """
    rows, columns = shape
    up, across = (rows + 1) // 2, (columns + 1) // 2
    spectrum = fft.rfft2(image, norm="forward")
    kept = np.zeros((rows, columns // 2 + 1), dtype=np.complex128)
    kept[:up, :across] = spectrum[:up, :across]
    if up > 1:
        kept[1 - up :, :across] = spectrum[1 - up :, :across]
    return np.asarray(fft.irfft2(kept, shape, norm="forward", overwrite_x=True))


def cropped(image: npt.NDArray[np.generic], grid: Grid) -> npt.NDArray[np.generic]:
    """The recorded part of an image (..., y, x): without the margin of its grid."""
    rows, columns = grid.recorded
    return image[..., grid.margin : grid.margin + rows, grid.margin : grid.margin + columns]
