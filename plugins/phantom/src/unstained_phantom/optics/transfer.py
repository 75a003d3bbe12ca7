"""What an image keeps of a fluorescent pattern: the incoherent transfer function, by spatial frequency and defocus."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_RANGE = 6.0
"""Radius in µm beyond which a confocal point spread function is taken as dark: it falls with the sixth power."""


@dataclass(frozen=True)
class Objective:
    """What shapes the image of a fluorescent point."""

    na: float
    """Numerical aperture."""
    medium: float
    """Refractive index."""
    wavelength: float
    """Of emission, in vacuum, in µm."""
    confocal: bool
    """Whether a closed pinhole cuts away what is not in focus."""

    @property
    def edge(self) -> float:
        """Of the pupil, in cycles per µm."""
        return self.na / self.wavelength


def transfer(objective: Objective, distance: float, frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Transfer at ``frequencies`` (one axis, cycles per µm) of a layer ``distance`` µm from the focal plane.

    Widefield: 1 at frequency 0 for every layer, since no light is lost. Confocal (excitation taken at the wavelength of
    emission, so that the point spread function is squared): 1 at frequency 0 in focus, less beyond.
    """
    if objective.confocal:
        return _confocal(objective, distance, frequencies) / _confocal(objective, 0.0, np.zeros(1))
    return _widefield(objective, distance, frequencies)


def _widefield(objective: Objective, distance: float, frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Autocorrelation of the defocused pupil: Gauss-Legendre quadrature over a quarter of the overlap of two discs."""
    edge, k = objective.edge, objective.medium / objective.wavelength
    sag = 2 * np.pi * abs(distance) * (k - math.sqrt(k * k - edge * edge))
    nodes, weights = _quadrature(16 + math.ceil(sag / 2))
    half = np.minimum(frequencies.reshape(-1, 1, 1) / 2, edge)
    width = edge - half
    across = width * (1 - nodes[:, None] ** 2)
    tall = np.sqrt(np.maximum(edge * edge - (across + half) ** 2, 0.0))
    up = tall * nodes
    near, far = (np.sqrt(k * k - up * up - (across + sign * half) ** 2) for sign in (-1, 1))
    areas = 2 * width * nodes[:, None] * tall * weights[:, None] * weights
    kept = 4 * np.sum(areas * np.cos(2 * np.pi * distance * (near - far)), axis=(1, 2))
    return np.asarray(kept / (np.pi * edge * edge))


def _confocal(objective: Objective, distance: float, frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of the squared point spread function, by Hankel transforms there and back."""
    end = 2 * objective.edge
    nodes, weights = _quadrature(16 + math.ceil(np.pi * end * _RANGE))
    within = nodes * end
    places, shares = _quadrature(16 + math.ceil(2 * np.pi * end * _RANGE))
    radii = places * _RANGE
    spread = _bessel(radii, within) @ (_widefield(objective, distance, within) * within * weights * end * 2 * np.pi)
    back = _bessel(frequencies, radii) @ (spread**2 * radii * shares * _RANGE * 2 * np.pi)
    return np.asarray(back)


def _bessel(rows: npt.NDArray[np.float64], columns: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """J0(2 pi row column): the mean of a wave over all directions, by the midpoint rule, which is exact here."""
    return _bessel_of(tuple(rows.tolist()), tuple(columns.tolist()))


@lru_cache(maxsize=8)
def _bessel_of(rows: tuple[float, ...], columns: tuple[float, ...]) -> npt.NDArray[np.float64]:
    argument = 2 * np.pi * np.outer(rows, columns)
    number = 16 + math.ceil(float(argument.max()))
    total = np.zeros_like(argument)
    for angle in (np.arange(number) + 0.5) * np.pi / (2 * number):
        total += np.cos(argument * np.sin(angle))
    return total / number


@lru_cache(maxsize=256)
def _quadrature(number: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nodes and weights of Gauss and Legendre on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(number)
    return (nodes + 1) / 2, weights / 2
