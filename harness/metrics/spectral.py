"""Metrics of detail by its size: how well each band of spatial frequency agrees, how much of it there is, and where.

All of them read one windowed Fourier transform of each image. Pixels that were not recorded are filled with the mean
of the rest. NaN means that the truth leaves a number undefined.
"""

from __future__ import annotations

from math import hypot, nan
from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.spectra import rings

if TYPE_CHECKING:
    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Image

LOWEST = 3
"""Rings from the middle that spectral correlation leaves out, as DynaCell does: background and illumination."""
THRESHOLD = 1 / 7
"""Where Fourier ring correlation is cut (Rosenthal & Henderson 2003)."""
NEIGHBOURS = 5
"""Rings that one point of a ring correlation is taken over: a single ring of few waves crosses by chance."""
COARSE, FINE = 0.25, 1.0
"""Borders of the three bands, in cycles per µm. A gaussian of 1 µm, which high-pass scores take off, halves the power
at the lower one."""
CERTAIN = 10.0
"""Standard deviations of noise by which the truth's power must exceed it for a band to be compared: then it is known to
a tenth of itself."""
SMALLEST = 8
"""Shortest edge of an image that has a spectrum worth speaking of, in pixels."""


def weights(plain: Image, shape: tuple[int, ...]) -> Image:
    """How cubic weighs each ring: power above noise of the truth, without its window, relative to the largest.

    ``plain`` is the power of the truth summed over rings. All 0 where nothing stands out of the noise.
    """
    ring = rings(shape)
    mean = plain / np.maximum(ring.counts, 1.0)
    above = np.maximum(mean - ring.noise(plain), 0.0)
    largest = above.max()
    found = above / largest if largest > 0 else above
    found[:LOWEST] = 0.0
    return found


def spectral_correlation(pair: Pair) -> float:
    """Σ W Re(P T*) / sqrt(Σ W |P|² Σ W |T|²), W by ``weights``; NaN for a truth that is all noise."""
    truth = pair.truth
    if not _judgeable(pair) or not truth.ring_weights.any():
        return nan
    if pair.whole.constant:
        return 0.0
    cross, own, true = (
        float(truth.ring_weights @ sums) for sums in (pair.cross_power, pair.ring_power, truth.ring_power)
    )
    return min(1.0, max(-1.0, cross / np.sqrt(own * true))) if own > 0 else 0.0


def shared_frequency(pair: Pair) -> float:
    """Lowest frequency at which Fourier ring correlation falls below 1/7, in cycles per pixel.

    Interpolated between rings; the highest frequency where it never falls, 0 where it never rises.
    """
    if not _judgeable(pair):
        return nan
    if pair.whole.constant:
        return 0.0
    rows = np.stack([pair.cross_power, pair.ring_power, pair.truth.ring_power])[:, 1:]
    cross, own, true = (np.convolve(row, np.ones(NEIGHBOURS), mode="same") for row in rows)
    curve = cross / np.maximum(np.sqrt(own * true), np.finfo(np.float64).tiny)
    frequencies = rings(pair.truth.image.shape).frequencies[1:]
    below = np.flatnonzero(curve < THRESHOLD)
    if below.size == 0:
        return float(frequencies[-1])
    first = below[0]
    if first == 0:
        return 0.0
    part = (curve[first - 1] - THRESHOLD) / (curve[first - 1] - curve[first])
    return float(frequencies[first - 1] + part * (frequencies[first] - frequencies[first - 1]))


def ring_correlation(pair: Pair) -> float:
    """``shared_frequency`` in units of that of a second recording, whose own value is 1."""
    reached = pair.truth.repeat_frequency
    return shared_frequency(pair) / reached if reached > 0 else nan


def finest_detail(pair: Pair) -> float:
    """``shared_frequency`` in cycles per µm."""
    return shared_frequency(pair) / _pixel_size(pair)


def coarse_power(pair: Pair) -> float:
    """Power of detail over 4 µm, in units of the truth's without its noise."""
    return _band_power(pair, 0.0, COARSE)


def middle_power(pair: Pair) -> float:
    """Power of detail between 1 and 4 µm, in units of the truth's without its noise."""
    return _band_power(pair, COARSE, FINE)


def fine_power(pair: Pair) -> float:
    """Power of detail under 1 µm, in units of the truth's without its noise."""
    return _band_power(pair, FINE, np.inf)


def shift(pair: Pair) -> float:
    """Length of the translation that correlates prediction and truth best, in pixels; 0 for a constant prediction."""
    if not _judgeable(pair):
        return nan
    if pair.whole.constant:
        return 0.0
    surface = pair.cross_correlation
    peak = np.unravel_index(int(np.argmax(surface)), surface.shape)
    return hypot(*(_offset(surface, peak, axis) for axis in range(surface.ndim)))


def _offset(surface: Image, peak: tuple[np.intp, ...], axis: int) -> float:
    """How far from zero a peak lies along an axis, to a part of a pixel by a parabola through its neighbours."""
    size = surface.shape[axis]
    line = np.moveaxis(surface, axis, 0)[:, peak[1 - axis]]
    at = int(peak[axis])
    before, middle, after = (float(line[(at + step) % size]) for step in (-1, 0, 1))
    bend = before - 2 * middle + after
    place = at + (0.5 * (before - after) / bend if bend < 0 else 0.0)
    return place - size if place > size / 2 else place


def _band_power(pair: Pair, low: float, high: float) -> float:
    """Σ |P|² / (Σ |T|² - N) over the rings of a band; NaN where the truth's signal does not stand out of its noise."""
    if not _judgeable(pair):
        return nan
    truth, ring = pair.truth, rings(pair.truth.image.shape)
    frequencies = ring.frequencies / _pixel_size(pair)
    band = (frequencies >= low) & (frequencies < high)
    planes = truth.image.size / np.prod(ring.shape)
    noise, count = ring.noise(truth.ring_power), ring.counts[band].sum()
    signal = truth.ring_power[band].sum() - noise * count
    if signal <= CERTAIN * noise * np.sqrt(2 * count / planes) or signal <= 0:
        return nan
    return float(pair.ring_power[band].sum() / signal)


def _pixel_size(pair: Pair) -> float:
    return pair.truth.pixel_size or nan


def _judgeable(pair: Pair) -> bool:
    return pair.truth.whole.sd > 0 and min(pair.truth.image.shape[-2:]) >= SMALLEST
