"""Solids into voxels: how much of each voxel they fill, exactly enough that no edge of a voxel shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.specimen import Grid

    Floats = npt.NDArray[np.float64]

FINE = 0.22
"""Balls are sampled within a pixel at steps of this part of their radius, or closer."""

SMALLEST = 0.12
"""Smaller balls are sampled no finer than those of this radius in µm."""
REACH = (2.2, 3.0, 3.0)
"""Specks are cut off at this many standard deviations along z, y, x."""


@dataclass(frozen=True, eq=False)
class Points:
    """Small solids, by their places."""

    place: Floats
    """Height above the glass, and y and x from the middle of the field, in µm; (n, 3)."""
    radius: Floats
    """In µm, (n,)."""
    owner: npt.NDArray[np.int32]
    """Number of the cell, (n,)."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.radius)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Points:
        """Some of them."""
        return Points(self.place[chosen], self.radius[chosen], self.owner[chosen])


def join(*parts: Points) -> Points:
    """All of them, in order."""
    if not parts:
        return Points(np.zeros((0, 3)), np.zeros(0), np.zeros(0, dtype=np.int32))
    return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "radius", "owner")))


def slab(bottom: Floats, top: Floats, grid: Grid) -> Floats:
    """What lies between two surfaces in µm above the glass, (y, x), in parts of each voxel."""
    lower = (np.arange(grid.shape[0]) * grid.step)[:, None, None]
    overlap = np.minimum(top, lower + grid.step) - np.maximum(bottom, lower)
    return np.asarray(np.maximum(overlap, 0) / grid.step)


def balls(points: Points, grid: Grid) -> Floats:
    """Balls, in parts of each voxel, which may be more than 1 where they overlap."""
    index, weight = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    widths = np.ceil(2 * points.radius / grid.pixel).astype(int) + 2
    for width in np.unique(widths):
        some = points.where(widths == width)
        at, part = _window(some, int(width), grid)
        index.append(at)
        weight.append(part)
    return _gather(np.concatenate(index), np.concatenate(weight), grid)


def _window(points: Points, width: int, grid: Grid) -> tuple[npt.NDArray[np.int64], Floats]:
    """Voxels around balls of about one size, and which part of each they fill; flat."""
    smallest = max(SMALLEST, (width - 3) * grid.pixel / 2)
    samples = max(2, int(np.ceil(grid.pixel / (FINE * smallest))))
    corner, offsets = [], []
    for axis in (1, 2):
        centre = points.place[:, axis] / grid.pixel + grid.shape[axis] / 2
        first = np.floor(centre - width / 2 + 0.5).astype(np.int64)
        fine = (np.arange(width * samples) + 0.5) / samples
        corner.append(first)
        offsets.append((first[:, None] + fine - centre[:, None]) * grid.pixel)
    square = points.radius[:, None, None] ** 2 - offsets[0][:, :, None] ** 2 - offsets[1][:, None, :] ** 2
    half = np.sqrt(np.maximum(square, 0))
    depth = int(np.ceil(2 * points.radius.max() / grid.step)) + 1
    base = np.floor((points.place[:, 0] - points.radius) / grid.step).astype(np.int64)
    at, parts = [], []
    for layer in range(depth):
        lower = ((base + layer) * grid.step - points.place[:, 0])[:, None, None]
        overlap = np.maximum(np.minimum(half, lower + grid.step) - np.maximum(-half, lower), 0)
        at.append(_flat(base + layer, corner[0], corner[1], width, grid))
        parts.append(overlap.reshape(len(points), width, samples, width, samples).mean((2, 4)) / grid.step)
    part = np.stack(parts, axis=1)
    exact = 4 / 3 * np.pi * points.radius**3 / (grid.pixel**2 * grid.step)
    part *= (exact / part.sum((1, 2, 3)))[:, None, None, None]
    return np.stack(at, axis=1).ravel(), np.minimum(part, 1.0).ravel()


def _flat(
    layer: npt.NDArray[np.int64], row: npt.NDArray[np.int64], column: npt.NDArray[np.int64], width: int, grid: Grid
) -> npt.NDArray[np.int64]:
    """Flat voxel numbers of square windows, (n, width, width); -1 outside the grid."""
    z, y, x = np.broadcast_arrays(
        layer[:, None, None], row[:, None, None] + np.arange(width)[:, None], column[:, None, None] + np.arange(width)
    )
    depth, height, length = grid.shape
    inside = (z >= 0) & (z < depth) & (y >= 0) & (y < height) & (x >= 0) & (x < length)
    return np.where(inside, (z * height + y) * length + x, -1)


def _gather(index: npt.NDArray[np.int64], weight: Floats, grid: Grid) -> Floats:
    summed = np.asarray(np.bincount(index + 1, weight, minlength=1 + int(np.prod(grid.shape)))[1:], dtype=np.float64)
    return summed.reshape(grid.shape)


def specks(points: Points, volume: Floats, grid: Grid) -> Floats:
    """Solids too small to have a shape: each a Gaussian as wide as a ball of its radius, seen through a voxel.

    ``volume`` is that of each in µm³; (n,). The result is in parts of each voxel, more than 1 where they crowd.
    """
    sizes = np.array([grid.step, grid.pixel, grid.pixel])
    spread = np.sqrt(points.radius[:, None] ** 2 / 4 + sizes**2 / 12) / sizes
    reach = np.ceil(np.array(REACH) * spread).astype(np.int64)
    index, weight = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for window in np.unique(reach, axis=0):
        some = (reach == window).all(axis=1)
        at, part = _blurred(points.place[some] / sizes, spread[some], window, grid)
        index.append(at)
        weight.append((part * (volume[some] / sizes.prod())[:, None, None, None]).ravel())
    return _gather(np.concatenate(index), np.concatenate(weight), grid)


def _blurred(
    place: Floats, spread: Floats, reach: npt.NDArray[np.int64], grid: Grid
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Voxels around places, flat, and Gaussian weights that add up to 1 for each place, (n, z, y, x)."""
    axes, weights = [], []
    for axis in range(3):
        centre = place[:, axis] + (grid.shape[axis] / 2 if axis else 0.0)
        there = np.floor(centre).astype(np.int64)[:, None] + np.arange(-reach[axis], reach[axis] + 1)
        one = np.exp(-(((there + 0.5 - centre[:, None]) / spread[:, axis, None]) ** 2) / 2)
        axes.append(there)
        weights.append(one / one.sum(1, keepdims=True))
    z, y, x = axes[0][:, :, None, None], axes[1][:, None, :, None], axes[2][:, None, None, :]
    depth, height, length = grid.shape
    inside = (z >= 0) & (z < depth) & (y >= 0) & (y < height) & (x >= 0) & (x < length)
    index = np.where(inside, (z * height + y) * length + x, -1)
    part = weights[0][:, :, None, None] * weights[1][:, None, :, None] * weights[2][:, None, None, :]
    return index.ravel(), part
