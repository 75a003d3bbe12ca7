"""A label that nothing in the input gives away: what is painted there is invented.

An honest net shows how likely the stain is at each place, which the outlines of cells and nuclei decide: that has no
detail, and explains no more of the truth inside cells than the outlines do. Correlation cannot be asked instead: over
the whole field it rewards the outlines.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, Limit, averages, found
from harness.metrics.filters import smoothed
from harness.metrics.pixels import detail_correlation, fabricated, skill_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row
    from harness.metrics.pairs import Truth

LIMITS = (
    Limit("fabricated", 0.05, "detail that is not in the truth has {:.2g} of its power"),
    Limit("detail", 0.1, "detail correlates {:.2g} with the truth"),
    Limit("skill", 0.02, "it explains {:+.2g} more of the truth inside cells than their outlines do", signed=True),
)
"""First proposals of the evaluation notes, sect. 6D.1. On 24 fields of simulated cells the best that can be
told without the stain, a regression on everything there is to see, reaches 0.00, 0.02 and 0.01."""


def measured(subject: Subject) -> Measured:
    """Power of invented detail, correlation of detail, and skill inside cells beyond that of their outlines."""
    yield (
        "",
        {
            "fabricated": fabricated(subject.pair),
            "detail": detail_correlation(subject.pair),
            "skill": skill_inside(subject.pair) - outlined(subject.clean),
        },
    )


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if all three stay below their limits, on average over sessions."""
    return found(averages(rows), LIMITS)


def outlined(truth: Truth) -> float:
    """R² inside cells of the best that instance masks alone can say: least squares on them, sharp and blurred by 1 µm.

    It is fitted on the very truth that it explains, so that nobody who only knows outlines can do better. NaN where
    nothing varies.
    """
    if truth.cells.sd == 0:
        return nan
    masks = [(mask > 0).astype(np.float64) for mask in truth.instances.values()]
    blurred = [smoothed(mask, truth.detail) for mask in masks] if truth.detail else []
    inside = [np.broadcast_to(image, truth.image.shape)[truth.inside] for image in (*masks, *blurred)]
    design = np.stack([*inside, np.ones(truth.cells.values.size)], axis=1)
    explained = design @ np.linalg.lstsq(design, truth.cells.values)[0]
    return float(1 - np.mean((explained - truth.cells.values) ** 2) / truth.cells.sd**2)
