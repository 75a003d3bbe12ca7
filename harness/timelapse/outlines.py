"""Outlines of cells and their nuclei in every frame, from predicted stains or from images of objects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from harness.objects.matching import matched, numbered, overlaps
from harness.segmentation import Segmenter, anchors, smoothed
from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy.typing as npt

    from harness.segmentation import Image, Labels
    from harness.timelapse.films import Frames

NUCLEI = Segmenter(smoothing=0.5, fraction=0.5, spacing=3.5, smallest=10.0)
"""Sees nuclei in their stain: lengths in µm, those of nuclei of 5 µm radius."""
CELLS = Segmenter(smoothing=0.5, fraction=0.5, spacing=0.0, smallest=20.0)
"""Sees where cells are in a stain of cytoplasm, whose edges are thin and dim."""
VALLEY = 1.0
"""Standard deviation in µm of the gaussian before touching cells are cut along the valleys of their stain."""
LEAST = 0.3
"""Intersection over union from which on outlines of successive frames are one cell."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """Who is where: images of objects ``t y x``. A cell has one number throughout, and its nucleus the same."""

    cells: npt.NDArray[np.int32]
    """Nucleus and cytoplasm; 0 outside of every cell that has a nucleus."""
    nuclei: npt.NDArray[np.int32]
    occupied: npt.NDArray[np.bool_]
    """Wherever there is a cell, with or without a nucleus: not background."""


def from_stains(nucleus: Frames, cytoplasm: Frames, pixel_size: float) -> Outlines:
    """Outlines in stains of nuclei and of cytoplasm, whose thresholds are one for all frames.

    A threshold for each frame would follow the stain, and make cells grow or shrink that do not. A cell is what
    surrounds a nucleus; where two touch they are cut along the valley of the cytoplasm's stain.
    """
    everywhere = np.ones(nucleus.shape[1:], bool)
    levels = [_level(seen, stain, pixel_size) for seen, stain in ((NUCLEI, nucleus), (CELLS, cytoplasm))]
    nuclei = [NUCLEI.labels(frame, everywhere, levels[0], pixel_size) for frame in nucleus]
    bright = [CELLS.bright(frame, everywhere, levels[1], pixel_size) for frame in cytoplasm]
    cells = [
        watershed(-ndimage.gaussian_filter(stain, VALLEY / pixel_size), seeds, mask=there | (seeds > 0))
        for stain, seeds, there in zip(cytoplasm, nuclei, bright, strict=True)
    ]
    return followed(np.stack(cells), np.stack(nuclei), np.stack(bright))


def from_masks(cells: npt.NDArray[np.integer], nuclei: npt.NDArray[np.integer]) -> Outlines:
    """Outlines that were drawn elsewhere: images of objects ``t y x``; any nucleus inside of a cell is that cell's."""
    if cells.shape != nuclei.shape:
        raise ZooError(
            f"cells {cells.shape} and nuclei {nuclei.shape} differ in shape", hint="draw both on the grid of the phase"
        )
    closed = np.stack([numbered(frame, "cells") for frame in cells])
    return followed(closed, np.where(nuclei > 0, closed, 0), closed > 0)


def followed(cells: npt.NDArray[np.int32], nuclei: npt.NDArray[np.int32], bright: npt.NDArray[np.bool_]) -> Outlines:
    """The same outlines with one number for each cell over all frames: who overlaps most in the next frame goes on.

    ``cells`` are numbered without gaps in each frame, and ``nuclei`` alike. A cell that is lost for a frame comes back
    as another one; of two daughters the one that covers more of the mother keeps her number.
    """
    numbers = np.arange(cells[0].max(initial=0) + 1)
    latest = numbers.size - 1
    kept = [numbers]
    for before, after in pairwise(cells):
        links = matched(overlaps(before, after), LEAST)
        numbers = np.zeros(after.max(initial=0) + 1, np.int64)
        numbers[links.predicted + 1] = kept[-1][links.truth + 1]
        new = np.flatnonzero(numbers[1:] == 0) + 1
        numbers[new] = latest + 1 + np.arange(new.size)
        latest += new.size
        kept.append(numbers)
    renamed = [np.stack([own[frame] for own, frame in zip(kept, all_, strict=True)]) for all_ in (cells, nuclei)]
    return Outlines(renamed[0].astype(np.int32), renamed[1].astype(np.int32), bright | (cells > 0))


def border(cells: Labels) -> npt.NDArray[np.bool_]:
    """Which cells touch the edge of the image, by number from 0: part of their mass may lie outside."""
    touching = np.zeros(cells.max(initial=0) + 1, bool)
    touching[np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])] = True
    return touching


def _level(seen: Segmenter, stain: Frames, pixel_size: float) -> float:
    """The threshold of all frames together."""
    values: list[Image] = [smoothed(frame, np.ones(frame.shape, bool), seen.smoothing / pixel_size) for frame in stain]
    low, otsu = anchors(values)
    return low + seen.fraction * (otsu - low)
