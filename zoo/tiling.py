"""Tiles of an image: where to read, where to write, how to blend. Pure geometry and numpy; knows no model.

Along each axis a tile of ``size`` input pixels starts at ``start``; the net returns ``size - shrink`` pixels, centred
on its input. Neighbours overlap by two halos or more. The outer half of a halo is thrown away, and over the inner half
one tile fades into the next, so that the weights of all tiles add up to one everywhere.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What a net accepts along one axis, in pixels."""

    smallest: int = 1
    step: int = 1
    """Larger inputs are ``smallest + n * step``; 0: there is no other size."""
    shrink: int = 0
    """Size of the input less that of the output; half of it is lost on either side."""
    halo: int = 0
    """Rim of an output, on each side, that depends on what lies outside of the tile."""

    def at_least(self, size: int) -> int:
        """The smallest valid input that is no smaller, or the only one there is.

        >>> Sizes(smallest=250, step=16).at_least(260)
        266
        """
        steps = -(-max(size - self.smallest, 0) // self.step) if self.step else 0
        return self.smallest + steps * self.step

    def at_most(self, size: int) -> int:
        """The largest valid input that is no larger, or the smallest there is."""
        steps = max(size - self.smallest, 0) // self.step if self.step else 0
        return self.smallest + steps * self.step


@dataclass(frozen=True)
class Span:
    """One tile along one axis."""

    start: int
    """First input pixel, in pixels of the image; negative where the tile sticks out."""
    size: int
    """Input pixels."""
    write: slice
    """Pixels of the image that it contributes to."""
    take: slice
    """The same pixels in the output of the net."""
    weights: npt.NDArray[np.float32] | None
    """Share of each of those pixels; None where it is one everywhere."""


@dataclass(frozen=True)
class Tile:
    """One pass of the net: a span for each axis in space."""

    spans: tuple[Span, ...]

    @property
    def write(self) -> tuple[slice, ...]:
        """Where in the image its output goes."""
        return tuple(span.write for span in self.spans)

    @property
    def take(self) -> tuple[slice, ...]:
        """Which part of the output of the net goes there."""
        return tuple(span.take for span in self.spans)


def grid(shape: Sequence[int], sizes: Sequence[Sizes], limit: Sequence[int]) -> tuple[Tile, ...]:
    """Tiles that cover an image of ``shape``, all of one size, none of more pixels than ``limit`` has.

    A single tile if the whole image fits; else as few as possible, and then as small as possible.

    >>> [[(span.start, span.size) for span in tile.spans] for tile in grid((100,), [Sizes(step=16, halo=4)], (64,))]
    [[(0, 49)], [(32, 49)], [(64, 49)]]
    """
    edges = _edges(shape, sizes, math.prod(limit))
    axes = [_spans(length, size, edge) for length, size, edge in zip(shape, sizes, edges, strict=True)]
    return tuple(Tile(spans) for spans in itertools.product(*axes))


def read(image: npt.NDArray[np.generic], tile: Tile) -> npt.NDArray[np.generic]:
    """The input of a tile, from an image with leading axes before those in space; a view where nothing sticks out.

    Outside of the image its reflection is seen, again and again where the image is smaller than the rim.
    """
    first = image.ndim - len(tile.spans)
    window = image
    for axis, span in enumerate(tile.spans, start=first):
        length, stop = image.shape[axis], span.start + span.size
        if span.start >= 0 and stop <= length:
            window = window[(slice(None),) * axis + (slice(span.start, stop),)]
        else:
            window = window.take(reflected(span.start, stop, length), axis=axis)
    return window


def blend(into: npt.NDArray[np.float32], tile: Tile, output: npt.NDArray[np.float32]) -> None:
    """Add the output of a tile, times its weights, to an image of zeros; leading axes as they are."""
    leading = (slice(None),) * (output.ndim - len(tile.spans))
    part = output[leading + tile.take]
    target = into[leading + tile.write]
    weighted = [(axis, span.weights) for axis, span in enumerate(tile.spans) if span.weights is not None]
    for axis, weights in weighted:
        part = part * weights.reshape(-1, *(1,) * (len(tile.spans) - axis - 1))
    target += part


def reflected(start: int, stop: int, length: int) -> npt.NDArray[np.intp]:
    """Indices ``start`` to ``stop``, mirrored at the first and the last pixel of an axis.

    >>> reflected(-2, 5, 4).tolist()
    [2, 1, 0, 1, 2, 3, 2]
    """
    period = max(2 * (length - 1), 1)
    index = np.arange(start, stop, dtype=np.intp) % period
    return np.minimum(index, period - index) if length > 1 else index * 0


def _edges(shape: Sequence[int], sizes: Sequence[Sizes], pixels: int) -> list[int]:
    """Upper limit of a tile along each axis: what the axis needs, or its fair share of the pixels that are left."""
    needs = [size.at_least(length + size.shrink) for length, size in zip(shape, sizes, strict=True)]
    edges = list(needs)
    order = sorted(range(len(needs)), key=lambda axis: needs[axis])
    for place, axis in enumerate(order):
        share = int(pixels ** (1 / (len(order) - place)) + 1e-9)
        edges[axis] = min(needs[axis], max(share, 1))
        pixels = max(pixels // edges[axis], 1)
    return edges


def _spans(length: int, sizes: Sizes, limit: int) -> list[Span]:
    """The spans of one axis."""
    size, count = _size_and_count(length, sizes, limit)
    if count == 1:
        return [Span(-(sizes.shrink // 2), size, slice(0, length), slice(0, length), None)]
    align = sizes.step or 1
    gives = size - sizes.shrink
    last = -(-(length - gives) // align) * align
    starts = [last * index // (count - 1) // align * align for index in range(count)]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    ramp = min(sizes.halo - sizes.halo // 2, min(gaps) // 2)
    seams = [(after + before + gives) // 2 for before, after in itertools.pairwise(starts)]
    return [
        _span(start, size, sizes.shrink, (low, high), ramp, length)
        for start, low, high in zip(starts, [None, *seams], [*seams, None], strict=True)
    ]


def _size_and_count(length: int, sizes: Sizes, limit: int) -> tuple[int, int]:
    """The fewest tiles that the limit allows, and the smallest size with which so many suffice."""
    whole = sizes.at_least(length + sizes.shrink)
    if length + sizes.shrink <= whole <= limit:
        return whole, 1
    rim = sizes.shrink + 2 * sizes.halo
    align = sizes.step or 1
    largest = max(sizes.at_most(limit), sizes.at_least(rim + align))
    if length + sizes.shrink <= whole <= largest:
        return whole, 1
    stride = max((largest - rim) // align * align, 1)
    count = -(-(length - (largest - sizes.shrink)) // stride) + 1
    size = sizes.at_least(rim + align)
    while (count - 1) * max((size - rim) // align * align, 1) + size - sizes.shrink < length and size < largest:
        size += sizes.step
    return size, count


def _span(start: int, size: int, shrink: int, seams: tuple[int | None, int | None], ramp: int, length: int) -> Span:
    """A tile whose first output pixel is ``start``; it fades in and out around its two seams, where it has them."""
    low, high = seams
    first = 0 if low is None else low - ramp
    stop = length if high is None else high + ramp
    weights = np.ones(stop - first, np.float32)
    fade = (np.arange(2 * ramp, dtype=np.float32) + 0.5) / max(2 * ramp, 1)
    if low is not None and ramp:
        weights[: 2 * ramp] = fade
    if high is not None and ramp:
        weights[-2 * ramp :] = 1 - fade
    return Span(start - shrink // 2, size, slice(first, stop), slice(first - start, stop - start), weights)
