"""What needs no net: r on validation fields of the best linear model of a pixel and its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from zoo.training.validation import correlation, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Recording

    Doubles = npt.NDArray[np.float64]

SCALES = (1.0, 4.0, 16.0)
"""Deviations of gaussian windows in pixels: an organelle, a bacterium, a nucleus."""
FIELDS = 16
"""Training fields that are looked at, evenly over all."""
PIXELS = 8192
"""About so many pixels of each."""
RIDGE = 1e-6
"""Relative: features that say the same must not make the system singular."""


def floors(training: Sequence[Recording], validation: Sequence[Recording], *, rim: int = 0) -> tuple[float, ...]:
    """Mean over ``validation`` of Pearson's r for each label; NaN where no field has it, or nothing can be told.

    Inputs of both are in the units of a net; those of ``validation`` reach ``rim`` pixels beyond its labels.
    Features of a pixel are its planes, and mean and spread of the middle plane around it on three scales. A net that is
    not above this has learnt nothing that was worth a net.
    """
    step = max(1, len(training) // FIELDS)
    gathered = [_moments(judged(recording)) for recording in training[::step]]
    gram = np.sum([known for known, _ in gathered], axis=0)
    found = np.sum([wanted for _, wanted in gathered], axis=0)
    ridge = RIDGE * np.trace(gram, axis1=1, axis2=2)[:, None, None] / gram.shape[-1] * np.eye(gram.shape[-1])
    weights = np.linalg.solve(gram + ridge + np.eye(gram.shape[-1]) * (gram[:, :1, :1] == 0), found[..., None])[..., 0]
    inner = slice(rim, -rim or None)
    return correlation(lambda inputs: _predicted(inputs, weights)[..., inner, inner], validation).labels


def _predicted(inputs: FloatArray, weights: Doubles) -> FloatArray:
    return np.tensordot(weights, features(inputs), axes=1).astype(np.float32)


def _moments(recording: Recording) -> tuple[Doubles, Doubles]:
    """Normal equations of each label: (label, feature, feature) and (label, feature); 0 where it was not recorded."""
    valid = np.broadcast_to(recording.valid, recording.labels.shape[1:])
    where = np.flatnonzero(valid)
    where = where[:: max(1, len(where) // PIXELS)]
    known = features(recording.inputs).reshape(-1, valid.size)[:, where].astype(np.float64)
    wanted = recording.labels.reshape(len(recording.labels), -1)[:, where].astype(np.float64)
    there = recording.recorded.astype(np.float64)
    return there[:, None, None] * (known @ known.T), there[:, None] * (wanted @ known.T)


def features(inputs: FloatArray) -> FloatArray:
    """Of (channel, [z,] y, x): a constant, the channels, then mean and spread around each pixel of the middle one.

    >>> features(np.zeros((3, 8, 8), np.float32)).shape
    (10, 8, 8)
    """
    seen = inputs[len(inputs) // 2]
    found = [np.ones_like(seen), *inputs]
    for scale in SCALES:
        window = (*(0.0,) * (seen.ndim - 2), scale, scale)
        mean, square = (ndimage.gaussian_filter(image, window, truncate=3.0) for image in (seen, seen**2))
        found += [mean, np.sqrt(np.maximum(square - mean**2, 0.0))]
    return np.stack(found)
