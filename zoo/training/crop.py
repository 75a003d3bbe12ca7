"""The sample of an entry: a small real crop of a validation field, which becomes test tensor and cover."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from zoo.training.patches import foreground

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Question, Recording

EDGE = 128
"""Edge of a sample in y and x, in pixels, rounded down to what the net takes."""
STACK = (16, 64, 64)
"""Planes and edges of a sample for a net over stacks: ten labels of it take as much room as ten planes of the other."""

Box = tuple[slice, ...]


def sample(
    question: Question, recordings: Sequence[Recording], *, divisor: int
) -> Mapping[str, npt.NDArray[np.generic]]:
    """Counts by channel name, (plane, y, x) or (y, x): the window with the most foreground of the fields given.

    Fields with every label come first. An image smaller than the net takes is mirrored at its far edges; for a net that
    takes nothing as small as a sample, that is left to whoever runs it.
    """
    complete = [r for r in recordings if r.recorded.all()] or list(recordings)
    recording, (_, box) = max(((r, _densest(r, divisor)) for r in complete), key=lambda found: found[1][0])
    labels = _cut(recording.labels, box, divisor)
    crops = dict(_inputs(question, _cut(recording.inputs, box, divisor)))
    crops |= {c.name: labels[i] for i, c in enumerate(question.labels) if recording.recorded[i]}
    return {name: as_counts(crop) for name, crop in crops.items()}


def as_counts(image: FloatArray) -> npt.NDArray[np.generic]:
    """The image as 16-bit counts where that loses nothing.

    >>> as_counts(np.array([3.0, 65535.0], np.float32)).dtype
    dtype('uint16')
    """
    with np.errstate(invalid="ignore"):
        counts = image.astype(np.uint16)
    exact = np.array_equal(counts.astype(np.float32), image)
    return np.ascontiguousarray(counts if exact else image)


def _inputs(question: Question, inputs: FloatArray) -> Mapping[str, FloatArray]:
    if question.spatial == 3:  # noqa: PLR2004 - stacks: one channel each
        return {channel.name: stack for channel, stack in zip(question.inputs, inputs, strict=True)}
    ends = np.cumsum([channel.planes for channel in question.inputs])
    parts = np.split(inputs, ends[:-1])
    return {c.name: part if c.planes > 1 else part[0] for c, part in zip(question.inputs, parts, strict=True)}


def _densest(recording: Recording, divisor: int) -> tuple[int, Box]:
    """Foreground pixels in the best window, and the window; windows with padding come last."""
    grid = recording.labels.shape[1:]
    bright = np.zeros(np.prod(grid), np.int64)
    for found in foreground([recording]):
        bright[found.pixels] += 1
    bright = bright.reshape(grid) - bright.size * ~recording.valid
    return max(((int(bright[box].sum()), box) for box in _windows(grid, divisor)), key=lambda found: found[0])


def _windows(grid: tuple[int, ...], divisor: int) -> list[Box]:
    """Windows that overlap by half."""
    edges = [
        min(n, limit // step * step) for n, limit, step in zip(grid, _limits(grid), _steps(grid, divisor), strict=True)
    ]
    starts = [range(0, n - edge + 1, max(1, edge // 2)) for n, edge in zip(grid, edges, strict=True)]
    return [tuple(slice(s, s + edge) for s, edge in zip(start, edges, strict=True)) for start in product(*starts)]


def _cut(image: FloatArray, box: Box, divisor: int) -> FloatArray:
    part = image[(slice(None), *box)]
    grid = part.shape[1:]
    rims = [(0, -n % step) for n, step in zip(grid, _steps(grid, divisor), strict=True)]
    return np.pad(part, [(0, 0), *rims], mode="symmetric")


def _limits(grid: Sequence[int]) -> tuple[int, ...]:
    return STACK if len(grid) == len(STACK) else (EDGE, EDGE)


def _steps(grid: Sequence[int], divisor: int) -> list[int]:
    return [min(divisor, limit) for limit in _limits(grid)]
