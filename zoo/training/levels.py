"""From which count on a pixel is stained: what a cell that takes a stain is told from one that does not by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from skimage.filters import threshold_otsu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.training.recordings import Recording

PIXELS = 2**14
"""About so many pixels of each field are looked at."""
BRIGHTEST = 99.9
"""Percentile at which counts are clipped, lest one speck of dirt decide."""


def levels(training: Sequence[Recording]) -> tuple[float, ...]:
    """Of each label the count halfway between background and stain, all training fields together; NaN with one level.

    Both are means of what Otsu's threshold parts (1979, IEEE Trans. Syst. Man Cybern. 9, 62-66): where no pixel lies
    between them that threshold itself may stand anywhere.
    """
    return tuple(_level([_sample(one, label) for one in training]) for label in range(len(training[0].labels)))


def _sample(recording: Recording, label: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Some recorded pixels, evenly over a field; none where it lacks the label."""
    values = recording.labels[label][..., recording.valid].ravel() if recording.recorded[label] else np.zeros(0)
    return values[:: max(1, values.size // PIXELS)].astype(np.float32)


def _level(samples: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> float:
    pooled = np.concatenate(samples)
    clipped = pooled.clip(max=np.percentile(pooled, BRIGHTEST)) if pooled.size else pooled
    if not clipped.size or np.ptp(clipped) == 0:
        return float("nan")
    bright = clipped > threshold_otsu(clipped)
    return float((clipped[bright].mean(dtype=np.float64) + clipped[~bright].mean(dtype=np.float64)) / 2)
