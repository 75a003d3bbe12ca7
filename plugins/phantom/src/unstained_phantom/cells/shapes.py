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
    samples = max(1, int(np.ceil(grid.pixel / (FINE * points.radius.min()))))
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
        mean = overlap.reshape(len(points), width, samples, width, samples).mean((2, 4)) / grid.step
        at.append(_flat(base + layer, corner[0], corner[1], width, grid))
        parts.append(mean)
    return np.concatenate([one.ravel() for one in at]), np.concatenate([part.ravel() for part in parts])


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
    weights, corners = [], []
    variance = points.radius**2 / 4
    for axis, size in enumerate((grid.step, grid.pixel, grid.pixel)):
        spread = np.sqrt(variance + size**2 / 12) / size
        centre = points.place[:, axis] / size + (grid.shape[axis] / 2 if axis else 0.0)
        width = 2 * int(np.ceil(2.2 * spread.max(initial=0.3))) + 1
        first = np.floor(centre).astype(np.int64) - width // 2
        there = first[:, None] + np.arange(width)
        weight = np.exp(-(((there + 0.5 - centre[:, None]) / spread[:, None]) ** 2) / 2)
        weights.append(weight / weight.sum(1, keepdims=True))
        corners.append(there)
    depth, height, length = grid.shape
    z, y, x = corners[0][:, :, None, None], corners[1][:, None, :, None], corners[2][:, None, None, :]
    inside = (z >= 0) & (z < depth) & (y >= 0) & (y < height) & (x >= 0) & (x < length)
    index = np.where(inside, (z * height + y) * length + x, -1)
    scale = volume / (grid.step * grid.pixel**2)
    value = (
        (scale[:, None] * weights[0])[:, :, None, None] * weights[1][:, None, :, None] * weights[2][:, None, None, :]
    )
    return _gather(index.ravel(), value.ravel(), grid)
