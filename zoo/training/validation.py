"""Validation while training: Pearson's r of whole fields, in the units the net predicts. No score of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Recording

PIXEL_LIMIT = 2**22
"""Pixels (or voxels) of a field that are predicted at once; of a larger field only the middle is judged."""


def correlation(net: torch.nn.Module, recordings: Sequence[Recording], *, divisor: int) -> float:
    """Mean over fields and labels of Pearson's r over valid pixels; NaN if it is defined nowhere."""
    found = [r for recording in recordings for r in _correlations(net, recording, divisor) if np.isfinite(r)]
    return float(np.mean(found)) if found else float("nan")


def _correlations(net: torch.nn.Module, recording: Recording, divisor: int) -> list[float]:
    box = middle(recording.labels.shape[1:])
    valid = recording.valid[box[-2:]]
    predicted = whole(net, recording.inputs[(slice(None), *box)], divisor)
    labels = recording.labels[(slice(None), *box)]
    return [
        pearson(predicted[label][..., valid], labels[label][..., valid]) for label in np.flatnonzero(recording.recorded)
    ]


def whole(net: torch.nn.Module, inputs: FloatArray, divisor: int) -> FloatArray:
    """The prediction for a whole image (channel, [z,] y, x), mirrored at its far edges up to a size the net takes."""
    grid = inputs.shape[1:]
    padding = [(0, 0), *((0, -n % divisor) for n in grid)]
    padded = np.pad(inputs, padding, mode="symmetric")
    parameter = next(net.parameters())
    was_training = net.training
    net.eval()
    with torch.inference_mode():
        found = net(torch.from_numpy(padded)[None].to(parameter.device))
    means = found[0] if isinstance(found, tuple) else found  # of a net that says how sure it is
    predicted = means.float().cpu().numpy()[0]
    net.train(was_training)
    crop: FloatArray = predicted[(slice(None), *(slice(0, n) for n in grid))]
    return crop


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
