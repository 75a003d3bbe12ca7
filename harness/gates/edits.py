"""The same field with an organelle taken out or put in: only its own label may move, and only there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from harness.gates.subjects import Measured, Subject, noiseless
from harness.gates.sums import Finding, Limit, averages, found, untested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.verdicts import Row
    from harness.metrics.samples import Image, Mask

BASE = "base"
"""Condition of the field before the edit; after it, ``erase <label>`` or ``insert <label>``."""
MARGIN = 1.0
"""How far beyond the edited pixels a change belongs to the edit, in µm: light does not know outlines."""
LIMITS = (
    Limit("elsewhere", 0.1, "{:.2g} of its change lies outside of the edits", signed=True),
    Limit("deafness", 0.9, "it misses {:.2f} of what the edits change", signed=True),
)
MOVED = Limit("moved", 0.3, "edits of other labels change {:.2g} of its deviation", signed=True)


def measured(subject: Subject) -> Measured:
    """Of the edited label how much of the change lies elsewhere, and how much of it is missed; of others, how much.

    Changes are mean absolute differences of a pixel. ``elsewhere`` is |dP out| / (|dP in| + |dP out|): 1 - specificity.
    """
    before = subject.before
    if before is None or subject.edited is None:
        return
    moved = np.where(subject.valid, subject.said - before.said, 0.0)
    if subject.label != _edited(subject.condition):
        yield "other", {"moved": _rms(moved[subject.valid]) / math.sqrt(before.energy) if before.energy else math.nan}
        return
    inside = _near(subject) & subject.valid
    parts = [float(np.abs(moved[where]).mean()) for where in (inside, subject.valid & ~inside)]
    values = {"elsewhere": parts[1] / sum(parts) if sum(parts) else math.nan}
    changed = noiseless(subject.truth).image - noiseless(before.truth).image
    yield "own", {**values, "deafness": 1 - _slope(moved[inside], changed[inside])}


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if its own edits move it there alone, and those of others hardly."""
    own = [row for row in rows if row.item == "own"]
    figures, limits = averages(rows), [*(LIMITS if own else ()), *([MOVED] if len(own) < len(rows) else [])]
    return found(figures, limits) if limits else untested("no pair of fields is edited")


def _edited(condition: str) -> str:
    return condition.partition(" ")[2]


def _near(subject: Subject) -> Mask:
    """Edited pixels and what lies within reach of them, on the grid of the label."""
    edited = np.asarray(subject.edited)
    reach = MARGIN / (subject.truth.pixel_size or MARGIN)
    near = ndimage.distance_transform_edt(~edited) <= reach if edited.any() else edited
    return np.broadcast_to(np.asarray(near), subject.said.shape)


def _slope(moved: Image, changed: Image) -> float:
    """How much of a change of the truth is said: 1 is all of it."""
    power = float(np.mean(changed**2)) if changed.size else 0.0
    return float(np.mean(moved * changed)) / power if power else math.nan


def _rms(image: Image) -> float:
    return float(np.sqrt(np.mean(image**2)))
