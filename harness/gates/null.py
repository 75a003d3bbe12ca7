"""A label that nothing in the input gives away: what is painted there is invented.

An honest net shows how likely the stain is at each place. That depends on outlines alone: on which cell it is, on how
far its nucleus reaches, on where it ends. Whatever it knows beyond them it cannot have seen. Correlation over the whole
field cannot be asked instead: it rewards the outlines.
"""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, Limit, averages, found, left
from harness.metrics.filters import smoothed
from harness.metrics.pixels import detail_correlation, fabricated, skill_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row
    from harness.metrics.pairs import Truth
    from harness.metrics.samples import Image

LIMITS = (
    Limit("fabricated", 0.05, "invented detail has {:.2g} of the power of the truth's"),
    Limit("detail", 0.1, "beyond outlines, detail correlates {:.2g} with the truth"),
    Limit("skill", 0.02, "inside cells it explains {:+.2g} beyond what outlines do", signed=True),
)
"""On simulated cells a net trained for minutes reaches 0.014, 0.04 and -0.02; with a twentieth of the truth mixed in,
0.01, 0.52 and 0.06; puncta of another field 0.85, 0.00 and -0.99."""


def measured(subject: Subject) -> Measured:
    """Power of invented detail, correlation of detail and skill inside cells, both beyond outlines."""
    outlines = outlined(subject.clean)
    by_outlines = replace(subject, said=outlines).pair
    yield (
        "",
        {
            "fabricated": fabricated(subject.pair),
            "detail": _beyond(subject, outlines),
            "skill": skill_inside(subject.pair) - skill_inside(by_outlines),
            "r": detail_correlation(subject.pair),
        },
    )


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if all three stay below their limits, on average over sessions."""
    return found(averages(rows), LIMITS)


def outlined(truth: Truth) -> Image:
    """The best that can be said by one number for every cell, every nucleus and what is outside: the truth's own means.

    Nobody who knows outlines alone can explain more of the truth.
    """
    parts = np.zeros(truth.image.shape, np.int64)
    for mask in truth.instances.values():
        parts = parts * (int(mask.max(initial=0)) + 1) + mask
    parts = np.unique(parts, return_inverse=True)[1].reshape(truth.image.shape)
    counted = truth.inside.ravel()
    many = np.bincount(parts.ravel(), counted)
    sums = np.bincount(parts.ravel(), truth.image.ravel() * counted)
    return np.asarray((sums / np.maximum(many, 1))[parts], np.float64)


def _beyond(subject: Subject, outlines: Image) -> float:
    """Partial correlation of detail, given the detail of outlines: of all parts, and of each mask sharp and blurred."""
    truth = subject.clean
    if truth.detail is None or truth.fine.sd == 0:
        return nan
    masks = [np.broadcast_to(mask > 0, truth.image.shape).astype(np.float64) for mask in truth.instances.values()]
    known = [truth.detailed(image) for image in (outlines, *masks, *(smoothed(mask, truth.detail) for mask in masks))]
    said, there = (left(values, known) for values in (subject.pair.fine.values, truth.fine.values))
    return float(np.corrcoef(said, there)[0, 1]) if min(said.std(), there.std()) > 0 else 0.0
