"""What is measured of every object: shape, place, level, where in it the stain lies, and texture.

The numbers are those of ``skimage.measure.regionprops``, ``skimage.feature.graycomatrix`` and ``numpy.percentile``, to
which tests hold them, but worked out for all objects of an image at once: what depends on the objects alone is kept by
``Regions``, so that one image more on the same objects costs a few sums. Nothing is stretched to the image's own range.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.segmentation import Image, Labels

Numbers: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.int64]

SHAPE = ("area", "eccentricity", "neighbour")
"""Features of an object's outline and place; equal for all images that are measured on the same objects."""
STAIN = ("mean", "sd", "integrated", "p95", "inner", "middle", "outer", "contrast", "homogeneity")
"""Features of the stain in an object."""
RINGS = 3
"""Rings of equal width between the border of an object and its deepest pixel (``outer``, ``middle``, ``inner``)."""
GRAIN = 1.5
"""Standard deviation, in pixels, of the gaussian that takes a camera's noise off: it is no feature of a cell, and to
lack it no fault of a prediction. Without it the noise-free truth reaches a concordance of 0.1 to 0.4 in homogeneity."""
GREYS = 16
"""Grey levels between 0 and 1 of the training scale, for texture."""
PERCENTILE = 95.0


@dataclass(frozen=True, eq=False)
class Table:
    """Features of objects, those of one image or of several."""

    names: tuple[str, ...]
    """Of the columns."""
    values: Numbers
    """Objects x features; NaN where an object has no such number (a neighbour where there is no other)."""
    place: Numbers
    """Objects x (area, then the centre along each axis as a fraction of the field): all that is known without light."""

    def column(self, name: str) -> Numbers:
        """One feature of every object."""
        return self.values[:, self.names.index(name)]

    def chosen(self, names: Sequence[str]) -> Table:
        """These features alone."""
        return Table(tuple(names), self.values[:, [self.names.index(name) for name in names]], self.place)


def joined(tables: Sequence[Table]) -> Table:
    """Objects of several images of the same features, in one table."""
    first = tables[0]
    values = np.concatenate([table.values for table in tables])
    return Table(first.names, values, np.concatenate([table.place for table in tables]))


@dataclass(frozen=True, eq=False)
class Regions:
    """The objects of an image, and what their outlines alone say."""

    labels: Labels
    """Axes ``y x`` or ``z y x``; objects 1 to n without gaps."""
    pixel_size: float = 1.0
    """In µm; 1 where it is unknown."""

    @cached_property
    def count(self) -> int:
        """Objects."""
        return int(self.labels.max(initial=0))

    @cached_property
    def pixels(self) -> Indices:
        """Flat indices of the pixels that belong to an object."""
        return np.flatnonzero(self.labels)

    @cached_property
    def owner(self) -> Indices:
        """The object of each of these pixels, from 0."""
        return self.labels.ravel()[self.pixels].astype(np.int64) - 1

    @cached_property
    def sizes(self) -> Indices:
        """Pixels of each object."""
        return np.bincount(self.owner, minlength=self.count)

    @cached_property
    def centres(self) -> Numbers:
        """Objects x axes: mean position, in pixels."""
        return np.stack([self.mean(axis) for axis in self._positions], axis=-1)

    @cached_property
    def shape(self) -> Table:
        """The features ``SHAPE``: area in µm² (volume of a stack), eccentricity, distance to the next centre in µm."""
        area = self.sizes * self.pixel_size**self.labels.ndim
        place = np.column_stack([area, self.centres / self.labels.shape])
        return Table(SHAPE, np.column_stack([area, self._eccentricity, self._neighbour]), place)

    def mean(self, values: Numbers) -> Numbers:
        """Mean over each object of a number for each of ``pixels``."""
        return np.bincount(self.owner, values, self.count) / self.sizes

    @cached_property
    def rings(self) -> Indices:
        """For each of ``pixels`` its object and its ring: ``RINGS * object + ring``, 0 for the innermost."""
        depth = self._depth.ravel()[self.pixels]
        deepest = np.zeros(self.count)
        np.maximum.at(deepest, self.owner, depth)
        return RINGS * self.owner + np.floor(RINGS * (1 - depth / deepest[self.owner])).astype(np.int64)

    @cached_property
    def neighbours(self) -> tuple[tuple[Indices, Indices, Indices], ...]:
        """For every direction the pairs of pixels, one step apart, of the same object: both flat indices, and it."""
        steps = product((-1, 0, 1), repeat=self.labels.ndim)
        return tuple(self._pairs(step) for step in steps if step > (0,) * self.labels.ndim)

    @cached_property
    def _positions(self) -> list[Numbers]:
        return [axis.astype(np.float64) for axis in np.unravel_index(self.pixels, self.labels.shape)]

    @cached_property
    def _eccentricity(self) -> Numbers:
        """sqrt(1 - shortest² / longest²) of the axes of the ellipse with the same second moments; 0 for one pixel."""
        axes = [axis - centre[self.owner] for axis, centre in zip(self._positions, self.centres.T, strict=True)]
        moments = np.stack([np.stack([self.mean(a * b) for a in axes], -1) for b in axes], -1)
        squared = np.linalg.eigvalsh(moments).clip(0)
        longest = squared[:, -1]
        ratio: Numbers = np.divide(squared[:, 0], longest, out=np.ones_like(longest), where=longest > 0)
        return np.sqrt(1 - ratio)

    @cached_property
    def _neighbour(self) -> Numbers:
        if self.count < 2:  # noqa: PLR2004 - alone
            return np.full(self.count, np.nan)
        distance, _ = KDTree(self.centres).query(self.centres, k=[2])
        return np.asarray(distance)[:, 0] * self.pixel_size

    @cached_property
    def _depth(self) -> Numbers:
        """Steps from every pixel of an object to the outside of it: 1 at its border; the image's edge is none."""
        within = self.labels > 0
        for axis in range(self.labels.ndim):
            labels, inner = np.moveaxis(self.labels, axis, 0), np.moveaxis(within, axis, 0)
            same = labels[1:] == labels[:-1]
            inner[1:] &= same
            inner[:-1] &= same
        return np.asarray(ndimage.distance_transform_edt(within), np.float64) + 1

    def _pairs(self, step: tuple[int, ...]) -> tuple[Indices, Indices, Indices]:
        sizes = self.labels.shape
        here = tuple(slice(max(-s, 0), size - max(s, 0)) for s, size in zip(step, sizes, strict=True))
        there = tuple(slice(max(s, 0), size - max(-s, 0)) for s, size in zip(step, sizes, strict=True))
        same = (self.labels[here] == self.labels[there]) & (self.labels[here] > 0)
        start = np.arange(self.labels.size).reshape(sizes)[here][same]
        offset = int(np.dot(step, np.cumprod((1, *sizes[:0:-1]))[::-1]))
        return start, start + offset, self.labels.ravel()[start].astype(np.int64) - 1


def grainless(image: Image) -> Image:
    """An image without the noise of single pixels: what ``measured`` is to be given, of truth and prediction alike."""
    return ndimage.gaussian_filter(image, GRAIN)


def measured(image: Image, regions: Regions) -> Table:
    """The features ``STAIN`` of an image, on the scale of the training truth, in every object.

    ``mean``, ``sd``, ``p95``: of its pixels. ``integrated``: mean times area. ``inner``, ``middle``, ``outer``: mean of
    a ring less that of the object, 0 where the object is too small to have that ring. ``contrast``, ``homogeneity``:
    of the grey level co-occurrences one pixel apart, all directions together, ``GREYS`` levels between 0 and 1.
    """
    values = image.ravel()[regions.pixels].astype(np.float64)
    mean = regions.mean(values)
    sd = np.sqrt(regions.mean((values - mean[regions.owner]) ** 2))
    columns = [mean, sd, mean * regions.shape.column("area"), _percentile(values, regions)]
    table = np.column_stack([*columns, _in_rings(values, mean, regions), _texture(image, regions)])
    return Table(STAIN, table, regions.shape.place)


def beside(shape: Table, stain: Table) -> Table:
    """The features of both tables, which show the same objects."""
    return Table((*shape.names, *stain.names), np.column_stack([shape.values, stain.values]), shape.place)


def _percentile(values: Numbers, regions: Regions) -> Numbers:
    """Of each object, by linear interpolation between its sorted values, as ``numpy.percentile`` does it."""
    ordered = values[np.lexsort((values, regions.owner))]
    first = np.cumsum(regions.sizes) - regions.sizes
    position = (regions.sizes - 1) * (PERCENTILE / 100)
    below = position.astype(np.int64)
    above = np.minimum(below + 1, regions.sizes - 1)
    low: Numbers = ordered[first + below]
    high: Numbers = ordered[first + above]
    return low + (high - low) * (position - below)


def _in_rings(values: Numbers, mean: Numbers, regions: Regions) -> Numbers:
    pixels = np.bincount(regions.rings, minlength=RINGS * regions.count)
    total = np.bincount(regions.rings, values, RINGS * regions.count)
    ring = np.divide(total, pixels, out=np.repeat(mean, RINGS), where=pixels > 0)
    return ring.reshape(-1, RINGS) - mean[:, None]


def _texture(image: Image, regions: Regions) -> Numbers:
    """Contrast, mean (i - j)², and homogeneity, mean 1 / (1 + (i - j)²) (Haralick et al. 1973); one pixel: 0 and 1."""
    grey = np.minimum(image.ravel().clip(0, 1) * GREYS, GREYS - 1).astype(np.int64)
    found = np.zeros((3, regions.count))
    for start, end, owner in regions.neighbours:
        squared = (grey[start] - grey[end]) ** 2
        found += [np.bincount(owner, weight, regions.count) for weight in (None, squared, 1 / (1 + squared))]
    pairs, contrast, homogeneity = found
    alone = pairs == 0
    return np.column_stack([contrast / (pairs + alone), (homogeneity + alone) / (pairs + alone)])
