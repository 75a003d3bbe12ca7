"""Validation while training: Pearson's r of whole fields, in the units the net predicts. No score of a board."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Recording

Predict: TypeAlias = "Callable[[FloatArray], FloatArray]"
"""Inputs of an image in the units of a net to its labels: (channel, [z,] y, x) to (label, [z,] y, x)."""
PIXEL_LIMIT = 2**22
"""Pixels (or voxels) of a field that are predicted at once; of a larger field only the middle is judged."""


def correlation(predict: Predict, recordings: Sequence[Recording]) -> float:
    """Mean over fields and labels of Pearson's r over valid pixels; NaN if it is defined nowhere."""
    found = [r for recording in recordings for r in _correlations(predict, recording) if np.isfinite(r)]
    return float(np.mean(found)) if found else float("nan")


def _correlations(predict: Predict, recording: Recording) -> list[float]:
    predicted, valid = predict(recording.inputs), recording.valid
    return [
        pearson(predicted[label][..., valid], recording.labels[label][..., valid])
        for label in np.flatnonzero(recording.recorded)
    ]


def judged(recording: Recording) -> Recording:
    """What is judged of a field: all of it, or the middle of a huge one."""
    box = middle(recording.labels.shape[1:])
    inputs, labels, masks = (
        part[(slice(None), *box[-part.ndim + 1 :])] for part in (recording.inputs, recording.labels, recording.masks)
    )
    return replace(recording, inputs=inputs, labels=labels, masks=masks, valid=recording.valid[box[-2:]])


def middle(grid: tuple[int, ...]) -> tuple[slice, ...]:
    """The box around the middle of an image that is judged: all of it, unless it has too many pixels.

    >>> middle((512, 512))
    (slice(0, 512, None), slice(0, 512, None))
    """
    shrink = max(1.0, np.prod(grid) / PIXEL_LIMIT) ** (1 / len(grid))
    edges = [int(n / shrink) for n in grid]
    return tuple(slice((n - edge) // 2, (n - edge) // 2 + edge) for n, edge in zip(grid, edges, strict=True))


def pearson(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> float:
    """Pearson's r of two arrays of one shape, in float64; NaN where one of them is constant.

    >>> pearson(np.array([1, 2, 3]), np.array([10, 20, 30]))
    1.0
    """
    x, y = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread > 0 else float("nan")
