"""Validation while training: Pearson's r of whole fields, in the units the net predicts. No score of a board."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Recording

Predict: TypeAlias = "Callable[[FloatArray], FloatArray]"
"""Inputs of an image in the units of a net, (channel, [z,] y, x), to what it returns: (label, [z,] y, x), statistics
behind the labels where it gives any."""
PIXEL_LIMIT = 2**22
"""Pixels (or voxels) of a field that are predicted at once; of a larger field only the middle is judged."""


class Verdict(NamedTuple):
    """What validation found."""

    r: float
    """Mean over fields and labels; NaN if it is defined nowhere."""
    labels: tuple[float, ...] = ()
    """Mean over fields for each label; NaN where no field has it."""


def correlation(predict: Predict, recordings: Sequence[Recording]) -> Verdict:
    """Pearson's r over valid pixels of each field and recorded label."""
    found = np.array([_correlations(predict, recording) for recording in recordings])
    labels = tuple(_mean(column) for column in found.T)
    return Verdict(_mean(found.ravel()), labels)


def _mean(values: npt.NDArray[np.generic]) -> float:
    defined = values[np.isfinite(values.astype(np.float64))]
    return float(defined.astype(np.float64).mean()) if len(defined) else float("nan")


def _correlations(predict: Predict, recording: Recording) -> list[float]:
    """One for each label; NaN for what was not recorded, or is constant."""
    predicted, valid = predict(recording.inputs), recording.valid
    return [
        pearson(predicted[label][..., valid], recording.labels[label][..., valid]) if there else float("nan")
        for label, there in enumerate(recording.recorded)
    ]


def judged(recording: Recording) -> Recording:
    """What is judged of a field: all of it, or the middle of a huge one."""
    box = middle(recording.labels.shape[1:])
    return replace(
        recording,
        inputs=recording.inputs[(slice(None), *box)],
        labels=recording.labels[(slice(None), *box)],
        masks=recording.masks[(slice(None), *box[-2:])],
        valid=recording.valid[box[-2:]],
    )


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
