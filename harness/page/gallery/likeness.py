"""A few numbers of an unstained image that say whether another one is like it.

Lengths are in µm, so that cameras can be compared; light is divided by its mean, so that lamps can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.page.gallery.pictures import plane

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from harness.fields import Counts

    Doubles = npt.NDArray[np.float64]

BANDS = (0.05, 0.25, 0.7)
"""Cycles for each µm between which structure is coarse, and fine: cells, and what is within them."""
BINS = 24
TITLES: Mapping[str, str] = {
    "contrast": "spread of the light over its mean",
    "skew": "whether bright or dark stands out",
    "focus": "fine structure over coarse",
    "slope": "fall of the spectrum with frequency",
    "gradient": "light of one side less the other",
}


def likeness(image: Counts, pixel_size: float) -> dict[str, float]:
    """The numbers of an image, of a stack those of its middle plane; ``pixel_size`` in µm.

    >>> sorted(likeness(np.random.default_rng(0).normal(100, 5, (64, 64)).astype(np.float32), 0.3)) == sorted(TITLES)
    True
    """
    light = np.nan_to_num(np.asarray(plane(image), np.float64))
    mean = light.mean() or 1.0
    light = light / mean - 1
    spread = light.std() or 1e-9
    frequencies, power = _spectrum(light, pixel_size)
    coarse = power[(frequencies >= BANDS[0]) & (frequencies < BANDS[1])]
    fine = power[(frequencies >= BANDS[1]) & (frequencies < BANDS[2])]
    kept = (frequencies >= BANDS[0]) & (frequencies < BANDS[2]) & (power > 0)
    slope = np.polyfit(np.log(frequencies[kept]), np.log(power[kept]), 1)[0] if kept.sum() > 1 else 0.0
    half = light.shape[1] // 2
    return {
        "contrast": float(spread),
        "skew": float(np.mean((light / spread) ** 3)),
        "focus": float(np.log10((fine.mean() + 1e-12) / (coarse.mean() + 1e-12))) if len(fine) and len(coarse) else 0.0,
        "slope": float(slope),
        "gradient": float(abs(light[:, :half].mean() - light[:, half:].mean()) / spread),
    }


def _spectrum(light: Doubles, pixel_size: float) -> tuple[Doubles, Doubles]:
    """Mean power by frequency, in cycles for each µm."""
    window = np.outer(np.hanning(light.shape[0]), np.hanning(light.shape[1]))
    power = np.abs(np.fft.rfft2((light - light.mean()) * window)) ** 2
    across = np.hypot(
        np.fft.fftfreq(light.shape[0], pixel_size)[:, None], np.fft.rfftfreq(light.shape[1], pixel_size)[None]
    )
    edges = np.geomspace(BANDS[0], BANDS[2], BINS + 1)
    place = np.digitize(across, edges)
    found = [
        (power[place == index].mean(), across[place == index].mean())
        for index in range(1, BINS + 1)
        if (place == index).any()
    ]
    return np.array([at for _, at in found]), np.array([value for value, _ in found])
