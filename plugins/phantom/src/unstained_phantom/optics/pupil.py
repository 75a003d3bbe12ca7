"""Frequencies that light can have, and those that an objective lets pass: in cycles per µm, in the order of the FFT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.microscope import Microscope
    from unstained_phantom.specimen import Grid


@dataclass(frozen=True, eq=False)
class Lattice:
    """The plane waves that a lateral grid can carry in a medium."""

    y: npt.NDArray[np.float64]
    """(y, 1)."""
    x: npt.NDArray[np.float64]
    """(1, x)."""
    axial: npt.NDArray[np.complex128]
    """(y, x): frequency along the way of the light, minus that of the wave which goes straight on. Evanescent waves
    have a positive imaginary part."""


def lattice(grid: Grid, microscope: Microscope) -> Lattice:
    """The waves of transmitted light on ``grid``."""
    _, rows, columns = grid.shape
    y = fft.fftfreq(rows, grid.pixel)[:, None]
    x = fft.fftfreq(columns, grid.pixel)[None, :]
    k = microscope.medium / microscope.wavelength
    axial = np.sqrt(np.asarray(k * k - y * y - x * x, dtype=np.complex128)) - k
    return Lattice(y, x, np.asarray(axial, dtype=np.complex128))


def travelled(waves: Lattice, distance: float) -> npt.NDArray[np.complex128]:
    """What a way of ``distance`` µm along the light does to each plane wave, (y, x); negative: back to where it was.

    The straight wave keeps its phase. Evanescent waves are damped on the way out and are not amplified on the way back.
    """
    damped = np.exp(-2 * np.pi * abs(distance) * waves.axial.imag)
    return np.asarray(np.exp(2j * np.pi * distance * waves.axial.real) * damped)


def aperture(waves: Lattice, microscope: Microscope) -> npt.NDArray[np.bool_]:
    """What the objective lets pass, (y, x)."""
    cut = microscope.na / microscope.wavelength
    return np.asarray(waves.y * waves.y + waves.x * waves.x <= cut * cut)


def ring(waves: Lattice, microscope: Microscope) -> npt.NDArray[np.complex128]:
    """The phase plate of positive phase contrast, (y, x).

    Light on the ring is dimmed and advanced by a quarter of a wave, so that it meets light which was delayed by the
    specimen half a wave ahead: what is denser is darker. The ring is 3 % wider than the image of the annulus, as plates
    are, so that they need not be aligned perfectly.
    """
    inner = 0.97 * microscope.ring_inner / microscope.wavelength
    outer = 1.03 * microscope.ring_outer / microscope.wavelength
    squared = waves.y * waves.y + waves.x * waves.x
    on_ring = (squared >= inner * inner) & (squared <= outer * outer)
    return np.where(on_ring, -1j * np.sqrt(microscope.ring_transmission), 1.0 + 0j)
