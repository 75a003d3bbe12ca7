"""From electrons to counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.microscope import Camera

FEW = 40.0
"""Mean below which a Poisson distribution is inverted exactly. Above, the expansion below is off by less than 0.001 in
cumulative probability."""


def expected(electrons: npt.NDArray[np.floating], camera: Camera) -> npt.NDArray[np.float64]:
    """Counts without any noise, not rounded: what infinitely many exposures would show on average."""
    return np.asarray(np.asarray(electrons, dtype=np.float64) / camera.gain + camera.offset)


def expose(electrons: npt.NDArray[np.floating], camera: Camera, rng: np.random.Generator) -> npt.NDArray[np.uint16]:
    """Counts of one exposure, of the shape of ``electrons`` (means): shot noise, read noise, gain, offset, 16 bit.

    Takes one uniform and two normal numbers for each pixel, whatever the light, so that a pixel which differs in its
    last bit on another processor changes no other pixel.
    """
    means = np.asarray(electrons, dtype=np.float64)
    seen = caught(means, rng) + camera.read_noise * rng.standard_normal(means.shape)
    counts = np.rint(seen / camera.gain + camera.offset)
    return np.clip(counts, 0, np.iinfo(np.uint16).max).astype(np.uint16)


def caught(means: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Electrons by chance, Poisson: few by inversion of a uniform number, many from a normal one with its skew."""
    uniform, normal = rng.random(means.shape), rng.standard_normal(means.shape)
    many = _many(np.maximum(means, FEW), normal)
    few = means < FEW
    many[few] = _few(means[few], uniform[few])
    return many


def _many(means: npt.NDArray[np.float64], normal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Quantiles of a Poisson distribution from those of the normal one, corrected for skew (Cornish and Fisher)."""
    return np.maximum(np.rint(means + np.sqrt(means) * normal + (normal**2 - 1) / 6), 0.0)


def _few(means: npt.NDArray[np.float64], uniform: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The smallest number whose cumulative probability reaches ``uniform``."""
    share = np.exp(-means)
    reached = share.copy()
    number = np.zeros_like(means)
    for step in range(1, int(FEW + 12 * FEW**0.5)):
        left = uniform > reached
        number += left
        share *= means / step
        reached += share
    return number
