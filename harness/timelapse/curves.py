"""Mass of every cell in every frame, and the rate at which it grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from harness.objects.drymass import Scales, background, density, growth, masses
from harness.timelapse.outlines import border

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from harness.timelapse.films import Film
    from harness.timelapse.outlines import Outlines

PARTS = ("nucleus", "cytoplasm", "total")
FIELD = "field"
"""Stands for all cells together that are whole and there in every frame."""
FEWEST = 3
"""Frames that a rate with an interval needs."""
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Weighed:
    """A film with its cells weighed."""

    density: npt.NDArray[np.float32]
    """Dry mass per area in pg/µm², ``t y x``, less the background."""
    objects: pd.DataFrame
    """A row for each cell and frame: cell, frame, hours, whole (it does not touch the edge), area of nucleus and
    cytoplasm in µm², mass of nucleus, cytoplasm and both in pg."""
    frames: pd.DataFrame
    """A row for each frame: hours, background in radians, cells, and the mass of all that is not background in pg."""


def weigh(film: Film, outlines: Outlines, scales: Scales) -> Weighed:
    """Weigh every cell in every frame; the background is the median phase where there is none, frame by frame."""
    maps, objects, frames = [], [], []
    everywhere = np.ones(film.phase.shape[1:], bool)
    factors = [density(scales.wavelength, increment) for increment in (scales.nucleus, scales.cytoplasm)]
    for index, (phase, cells, nuclei) in enumerate(zip(film.phase, outlines.cells, outlines.nuclei, strict=True)):
        level = background(phase, outlines.occupied[index].astype(np.int32), everywhere)
        above = phase - level
        maps.append((above * np.where(nuclei > 0, *factors)).astype(np.float32))
        there = {"frame": index, "hours": film.hours[index]}
        objects.append(_objects(above, cells, nuclei, scales).assign(**there))
        mass = float(maps[-1][outlines.occupied[index]].sum()) * film.pixel_size**2
        frames.append({**there, "background": level, "cells": len(objects[-1]), "mass": mass})
    return Weighed(np.stack(maps), pd.concat(objects, ignore_index=True), pd.DataFrame(frames))


def _objects(
    above: npt.NDArray[np.floating], cells: npt.NDArray[np.int32], nuclei: npt.NDArray[np.int32], scales: Scales
) -> pd.DataFrame:
    found = masses(above, cells, nuclei, scales)
    pixels = np.bincount(cells.ravel(), minlength=1)[1:]
    inside = np.bincount(cells[nuclei > 0], minlength=pixels.size + 1)[1:]
    table = pd.DataFrame(
        {
            "cell": np.arange(1, pixels.size + 1),
            "whole": ~border(cells)[1:],
            "nucleus_area": inside * scales.pixel_size**2,
            "cytoplasm_area": (pixels - inside) * scales.pixel_size**2,
            "nucleus_mass": found.nucleus,
            "cytoplasm_mass": found.cytoplasm,
            "total_mass": found.nucleus + found.cytoplasm,
        }
    )
    return table[pixels > 0]


def rates(objects: pd.DataFrame) -> pd.DataFrame:
    """Exponential growth of each cell, and of all whole cells together that are there in every frame (``field``).

    Columns cell, part, frames, rate (1/h), low and high (95 %, by Student's t on the slope of ln(mass)), doubling (h).
    A cell that touches the edge in some frame, has fewer than ``FEWEST`` frames, or weighs nothing in one, has no row.
    """
    rows = [row for cell, table in objects.groupby("cell") if table["whole"].all() for row in _rows(str(cell), table)]
    whole = objects.groupby("cell").filter(
        lambda table: table["whole"].all() and len(table) == objects["frame"].nunique()
    )
    if len(whole):
        columns = [f"{part}_mass" for part in PARTS]
        rows = [*_rows(FIELD, whole.groupby("hours", as_index=False)[columns].sum()), *rows]
    return pd.DataFrame(rows, columns=["cell", "part", "frames", "rate", "low", "high", "doubling"])


def _rows(cell: str, table: pd.DataFrame) -> Iterator[dict[str, object]]:
    hours = table["hours"].to_numpy(np.float64)
    for part in PARTS:
        mass = table[f"{part}_mass"].to_numpy(np.float64)
        if hours.size >= FEWEST and (mass > 0).all():
            found = growth(hours, mass)
            half = float(stats.t.ppf((1 + LEVEL) / 2, hours.size - 2)) * found.error
            interval = {"rate": found.rate, "low": found.rate - half, "high": found.rate + half}
            yield {"cell": cell, "part": part, "frames": hours.size, **interval, "doubling": found.doubling}
