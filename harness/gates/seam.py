"""A field predicted in one piece and in small tiles: where tiles meet nothing may be seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.gates.subjects import Change, Measured, Subject
from harness.gates.sums import Finding, Limit, averages, found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from harness.gates.verdicts import Row

TILED = "tiled"
LIMIT = Limit("seam", 0.1, "along the worst line, tiles change {:.2g} of the deviation", signed=True)
"""As ``zoo check`` has it."""


def changes(inputs: xr.Dataset, _name: str) -> Iterator[Change]:
    """The same field, in tiles."""
    yield Change(name=TILED, inputs=inputs, tiled=True)


def measured(subject: Subject) -> Measured:
    """Root mean square of the difference along the row or column, of any plane, where it is largest."""
    moved = np.where(subject.valid, subject.changed[TILED] - subject.said, 0.0)
    lines = [np.sqrt(np.mean(moved**2, axis=axis)).max() for axis in (-1, -2)]
    yield "", {"seam": float(max(lines)) / math.sqrt(subject.energy) if subject.energy else math.nan}


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if no line stands out."""
    return found(averages(rows), [LIMIT])
