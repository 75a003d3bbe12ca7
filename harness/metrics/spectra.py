"""Images as sums of waves, gathered in rings of equal frequency. Planes of a volume are transformed one by one.

Rings and window are those of cubic (github.com/alxndrkalinin/cubic, ``metrics/spectral/radial.py``), so that its
spectral correlation can be reproduced: rings are as wide as one wave of the longest edge, corners beyond the highest
frequency of the shortest edge fall into the last ring, the mean of the image into none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft

if TYPE_CHECKING:
    from harness.metrics.samples import Image

Waves: TypeAlias = npt.NDArray[np.complex128]
"""Half of the Fourier transform of a real image, ``(z) y x``."""

TAPER = 0.1
"""Part of each edge over which the Tukey window rises and falls: cubic's default."""
TAIL = 0.2
"""Part of the rings, the highest, whose mean power is taken for noise: cubic's default."""
ROUNDING = 1e-9
"""Frequencies so close below the edge of a ring stand on it."""


@dataclass(frozen=True, eq=False)
class Rings:
    """How the frequencies of an image shape are gathered."""

    shape: tuple[int, int]
    """Edges of a plane, y x."""

    @property
    def step(self) -> float:
        """Width of a ring, in cycles per pixel."""
        return self._highest / self.number

    @cached_property
    def number(self) -> int:
        """How many rings there are."""
        return max(1, math.ceil(self._highest * max(self.shape) - ROUNDING))

    @cached_property
    def frequencies(self) -> Image:
        """The middle of each ring, in cycles per pixel."""
        return np.asarray((np.arange(self.number) + 0.5) * self.step, np.float64)

    @cached_property
    def index(self) -> npt.NDArray[np.intp]:
        """The ring of each wave of the half transform, flat."""
        rows, columns = np.fft.fftfreq(self.shape[0]), np.fft.rfftfreq(self.shape[1])
        radius = np.hypot(rows[:, None], columns[None, :]) / self.step
        return np.asarray(np.minimum(radius * (1 + ROUNDING), self.number - 1), np.intp).ravel()

    @cached_property
    def counts(self) -> Image:
        """How many waves of the whole transform each ring holds."""
        return self.summed(np.ones((self.shape[0], self.shape[1] // 2 + 1)))

    @cached_property
    def taper(self) -> Image:
        """The Tukey window."""
        return np.outer(_tukey(self.shape[0]), _tukey(self.shape[1]))

    @cached_property
    def _doubled(self) -> Image:
        """How often each wave of the half stands in the whole transform; never for the mean."""
        doubled = np.full((self.shape[0], self.shape[1] // 2 + 1), 2.0)
        doubled[:, 0] = 1
        doubled[0, 0] = 0
        if self.shape[1] % 2 == 0:
            doubled[:, -1] = 1
        return doubled

    @property
    def _highest(self) -> float:
        return min((edge // 2) / edge for edge in self.shape)

    def summed(self, values: Image) -> Image:
        """Sums over rings, and over planes, of a quantity of the half transform."""
        planes = values if values.ndim == self._doubled.ndim else values.sum(axis=0)
        sums = np.bincount(self.index, weights=(planes * self._doubled).ravel(), minlength=self.number)
        return np.asarray(sums, np.float64)

    def noise(self, power: Image) -> float:
        """Power of one wave of noise: the mean over the highest rings, where the optics pass nothing."""
        means = power / np.maximum(self.counts, 1.0)
        return float(means[-max(1, math.ceil(TAIL * self.number)) :].mean())


@lru_cache(maxsize=8)
def rings(shape: tuple[int, ...]) -> Rings:
    """The rings of an image ``(z) y x``; made once for each shape."""
    return Rings((shape[-2], shape[-1]))


def transformed(image: Image) -> Waves:
    """Half of the Fourier transform of each plane."""
    return np.asarray(fft.rfft2(image))


def power(waves: Waves) -> Image:
    """Squared modulus."""
    return waves.real**2 + waves.imag**2


def _tukey(size: int) -> Image:
    """``scipy.signal.windows.tukey(size, TAPER)``, without loading scipy.signal."""
    place = np.arange(size) / max(1, size - 1)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.minimum(1, 2 * np.minimum(place, 1 - place) / TAPER)))
