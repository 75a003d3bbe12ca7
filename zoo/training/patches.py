"""Patches, cut on the fly. A batch depends on seed and step alone, so a run that was killed goes on as it was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zoo.tiling import reflected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from zoo.training.recordings import FloatArray, Recording
    from zoo.types import Recipe

BRIGHT = 1.0
"""A pixel is foreground where a label is this many deviations of its image above the mean of its image."""
BRIGHT_LIMIT = 1 << 16
"""Foreground pixels remembered for one label of one image: an even choice of them, to bound memory."""

WHOLE = 0.999
"""Weight above which a resampled pixel was recorded in full."""
MOSTLY = 0.5
"""Share above which a resampled pixel is inside of a mask."""


class Batch(NamedTuple):
    """Patches side by side: (patch, channel or label, [z,] y, x)."""

    inputs: FloatArray
    targets: FloatArray
    weights: FloatArray
    """1 where a label was recorded, 0 in padding and where a field lacks the label."""
    masks: FloatArray
    """(patch, mask, y, x): 1 inside of a privileged mask, 0 outside and in padding."""


@dataclass(frozen=True)
class Bright:
    """Foreground pixels of one label of one image, as indices into its flattened ([z,] y, x)."""

    recording: int
    pixels: npt.NDArray[np.int64]


class Patches:
    """Batches of patches of some recordings in the units of a net."""

    def __init__(self, recordings: Sequence[Recording], recipe: Recipe, *, seed: int, turn: bool, rim: int = 0) -> None:
        """``turn`` allows flips and quarter turns where the recipe asks for them; DIC forbids them.

        ``rim`` is what a net loses of a patch on each side: inputs are larger than targets by as much, mirrored
        where they stick out of the image, as when an image is predicted.
        """
        self.recordings = tuple(recordings)
        self.recipe = recipe
        self.rim = rim
        self.edges = (*recipe.patch[:-2], *(edge - 2 * rim for edge in recipe.patch[-2:]))
        self.seed = seed
        self.turn = turn and recipe.augment
        self.bright = tuple(foreground(self.recordings)) if recipe.sampling == "foreground" else ()

    def batch(self, step: int) -> Batch:
        """The batch of a step."""
        rng, first = np.random.default_rng((self.seed, step)), step * self.recipe.batch
        patches = [self._patch(rng, dense=(first + index) % 2 == 0) for index in range(self.recipe.batch)]
        return Batch(*(np.ascontiguousarray(np.stack(part)) for part in zip(*patches, strict=True)))

    def _patch(self, rng: np.random.Generator, *, dense: bool) -> Batch:
        """Return one patch; ``dense`` ones hold a foreground pixel where there is any."""
        wanted = self._edges(rng)
        if dense and self.bright:
            bright = self.bright[rng.integers(len(self.bright))]
            recording = self.recordings[bright.recording]
            grid = recording.labels.shape[1:]
            pixel = np.unravel_index(rng.choice(bright.pixels), grid)
            starts = [int(p) - int(rng.integers(edge)) for p, edge in zip(pixel, wanted, strict=True)]
        else:
            recording = self.recordings[rng.integers(len(self.recordings))]
            grid = recording.labels.shape[1:]
            starts = [int(rng.integers(max(1, n - edge + 1))) for n, edge in zip(grid, wanted, strict=True)]
        lows = [max(0, min(start, n - edge)) for start, n, edge in zip(starts, grid, wanted, strict=True)]
        patch = cut(recording, [slice(low, low + edge) for low, edge in zip(lows, wanted, strict=True)], self.rim)
        return self._augmented(rng, resampled(patch, self.recipe.patch) if self.recipe.zoom else patch)

    def _edges(self, rng: np.random.Generator) -> tuple[int, ...]:
        """Edges to cut, which a magnified patch has less of."""
        if not self.recipe.zoom:
            return self.edges
        scale = np.exp(rng.uniform(-self.recipe.zoom, self.recipe.zoom))
        plane = (max(1, round(edge / scale)) for edge in self.recipe.patch[-2:])
        return (*self.recipe.patch[:-2], *plane)

    def _augmented(self, rng: np.random.Generator, patch: Batch) -> Batch:
        inputs = patch.inputs
        if self.recipe.jitter:
            gain, offset = rng.uniform(-self.recipe.jitter, self.recipe.jitter, 2)
            inputs = (inputs * np.exp(gain) + offset).astype(np.float32)
        if not self.turn:
            return patch._replace(inputs=inputs)
        square = self.recipe.patch[-1] == self.recipe.patch[-2]
        turns = int(rng.integers(4)) if square else 2 * int(rng.integers(2))
        way = (-1) ** int(rng.integers(2))
        return Batch(*(np.rot90(part, turns, axes=(-2, -1))[..., ::way] for part in patch._replace(inputs=inputs)))


def batches(patches: Patches, start: int, stop: int) -> Iterator[Batch]:
    """The batches of the steps from ``start`` to before ``stop``."""
    return (patches.batch(step) for step in range(start, stop))


def cut(recording: Recording, box: Sequence[slice], rim: int = 0) -> Batch:
    """One patch of an image; what lies beyond its edges is 0 and weighs nothing.

    With a ``rim`` the inputs reach as much further in the plane, and are mirrored at the edges of the image.
    """
    where = (slice(None), *box)
    shape = [edge.stop - edge.start for edge in box]
    weights = np.zeros((len(recording.recorded), *shape), np.float32)
    valid = recording.valid[tuple(box[-2:])]
    inner = (slice(None), *(slice(0, n) for n in recording.labels[where].shape[1:]))
    weights[inner] = recording.recorded[(slice(None), *(None for _ in box))] * valid
    masks = recording.masks[(slice(None), *box[-2:])].astype(np.float32)
    targets = _padded(recording.labels[where], shape)
    inputs = _rimmed(recording.inputs, box, rim) if rim else _padded(recording.inputs[where], shape)
    return Batch(inputs, targets, weights, _padded(masks, shape[-2:]))


def resampled(patch: Batch, edges: Sequence[int]) -> Batch:
    """Bring a patch to other edges in the plane, bilinearly; pixels that padding had a part in weigh nothing.

    A pixel is inside of a mask where most of it was.
    """
    plane = tuple(edges[-2:])
    if patch.inputs.shape[-2:] == plane:
        return patch
    inputs, targets, weights, masks = (_bilinear(part, plane) for part in patch)
    return Batch(inputs, targets, (weights > WHOLE).astype(np.float32), (masks > MOSTLY).astype(np.float32))


def foreground(recordings: Sequence[Recording]) -> Iterator[Bright]:
    """Where labels are bright: one entry for each recorded label of each image that has such pixels."""
    for index, recording in enumerate(recordings):
        for label in np.flatnonzero(recording.recorded):
            image = recording.labels[label]
            counted = image[..., recording.valid]
            bright = (image > counted.mean() + BRIGHT * counted.std()) & recording.valid
            pixels = np.flatnonzero(bright)
            if len(pixels):
                yield Bright(index, pixels[:: -(-len(pixels) // BRIGHT_LIMIT)])


def _bilinear(image: FloatArray, plane: tuple[int, ...]) -> FloatArray:
    """Resample (channel, [z,] y, x), smoothed first where it shrinks; there may be no channel at all."""
    if not image.size:
        return np.zeros((*image.shape[:-2], *plane), np.float32)
    down, across = (_triangles(before, after) for before, after in zip(image.shape[-2:], plane, strict=True))
    found: FloatArray = (down @ image @ across.T).astype(np.float32)
    return found


@cache
def _triangles(before: int, after: int) -> FloatArray:
    """What each of ``after`` pixels takes of each of ``before``: a triangle as wide as the coarser pixel."""
    scale = before / after
    centres = (np.arange(after) + 0.5) * scale - 0.5
    shares = np.maximum(0, 1 - np.abs(np.arange(before) - centres[:, None]) / max(scale, 1.0))
    found: FloatArray = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def _rimmed(image: FloatArray, box: Sequence[slice], rim: int) -> FloatArray:
    for axis, edge in zip((-2, -1), box[-2:], strict=True):
        image = image.take(reflected(edge.start - rim, edge.stop + rim, image.shape[axis]), axis=axis)
    return image


def _padded(image: FloatArray, shape: Sequence[int]) -> FloatArray:
    missing = [want - have for want, have in zip(shape, image.shape[1:], strict=True)]
    if not any(missing):
        return image
    return np.pad(image, [(0, 0), *((0, rest) for rest in missing)])
