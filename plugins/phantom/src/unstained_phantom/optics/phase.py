"""Quantitative phase: what an interferometer measures, in radians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from unstained_phantom.optics.multislice import layers, passed, seamless
from unstained_phantom.optics.pupil import aperture, lattice, travelled

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.microscope import Microscope
    from unstained_phantom.specimen import Grid


def phase(
    index: npt.NDArray[np.floating], grid: Grid, microscope: Microscope, height: float
) -> npt.NDArray[np.float64]:
    """Delay of the light on the axis, imaged through the objective, (y, x) on the whole grid, in radians; medium is 0.

    The measured phase is known but for whole waves. They are chosen so that it comes closest to the projected index, as
    the objective would resolve it: the limit that a perfect unwrapping can reach.

    Parameters
    ----------
    index
        Refractive index minus that of the medium, (z, y, x).
    grid
        Voxels of ``index``.
    microscope
        Optics.
    height
        Of the focal plane above the glass, in µm.
    """
    waves = lattice(grid, microscope)
    met = layers(index, grid, waves, microscope)
    shape = (grid.shape[1], grid.shape[2])
    if not met.screens:
        return np.zeros(shape)
    open_ = aperture(waves, microscope)
    wave = fft.ifft2(passed(met, shape, (0, 0)) * open_ * travelled(waves, met.height - height), norm="forward")
    straight = projected(seamless(index, grid.margin), grid, microscope)
    expected = fft.ifft2(fft.fft2(straight) * open_).real
    return np.asarray(expected + np.angle(wave * np.exp(-1j * expected)))


def projected(index: npt.NDArray[np.floating], grid: Grid, microscope: Microscope) -> npt.NDArray[np.float64]:
    """Delay along straight lines through the specimen, (y, x), in radians: what phase is without diffraction."""
    return np.asarray(2 * np.pi * grid.step / microscope.wavelength * index.sum(axis=0, dtype=np.float64))
