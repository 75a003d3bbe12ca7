"""Intervals that hold what they promise: calibrated on whole sessions of the validation split, tried on the asked one.

For any model, with a distribution or without. A pixel's error is divided by how unsure the model says it is, or by one
deviation of the training truth where it says nothing. Every validation session says by how much these units must be
stretched until ``SHARE`` of its pixels lie within. A session that is as like them as they are like one another needs no
more than the most demanding of n sessions with a chance of n / (n + 1), and no level beyond that can be promised. No
verdict: on days that differ from those of training nothing is promised at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, by, diagnostic, untested
from harness.metrics.samples import picked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

SHARE = 0.9
"""Part of the pixels of a session that intervals are to hold."""
CHANCE = 0.9
"""With which they are to do so, where there are sessions enough to promise it."""
LEVELS = (25.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.5, 95.0, 97.5, 99.0, 99.9)
"""Shares of pixels, in percent, whose largest error is written down for each field."""
NARROWEST = 1e-3
"""No unit is smaller, in deviations of the training truth: a model that is sure of everything would be divided by 0."""
STRETCH = "stretch {:g}"
"""Name of the number of units that hold a share of the pixels of a field."""
UNIT = "unit"
"""Name of the mean unit, in deviations of the training truth."""
OWN = "own"
"""Whether units are the model's own."""


def measured(subject: Subject) -> Measured:
    """What a field says of units and errors; see ``stretches``."""
    yield "", stretches(subject)


def stretches(subject: Subject) -> dict[str, float]:
    """How many units hold each share of the recorded pixels inside cells, and how large a unit is.

    Without such pixels there is nothing.
    """
    truth = subject.truth
    places = truth.places_inside
    errors = np.abs(picked(subject.said, places) - truth.cells.values)
    if not errors.size:
        return {}
    told = subject.width
    unit = truth.training_sd if told is None else picked(told, places).clip(NARROWEST * truth.training_sd)
    found = np.percentile(errors / unit, LEVELS)
    sizes = {UNIT: float(np.mean(unit)) / truth.training_sd, OWN: float(told is not None)}
    return {**sizes, **{STRETCH.format(level): float(value) for level, value in zip(LEVELS, found, strict=True)}}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """The figure is the share of pixels that intervals hold, averaged over sessions of the asked split."""
    asked = _sessions([row for row in spread if UNIT in row.values])
    known = _sessions([row for row in rows if UNIT in row.values])
    if {row.field for row in rows} & {row.field for row in spread}:
        return untested("intervals are calibrated on the split that is asked about")
    if not known or not asked:
        return untested("no field has recorded pixels")
    stretch, chance = calibrated([_needed(fields) for fields in known.values()])
    held = {name: _held(fields, stretch) for name, fields in asked.items()}
    units = [float(np.mean([row.values[UNIT] for row in fields])) for fields in asked.values()]
    mean, worst = math.fsum(held.values()) / len(held), min(held, key=lambda name: (held[name], name))
    width = 2 * stretch * math.fsum(units) / len(units)
    text = (
        f"intervals {width:.2g} deviations wide on average hold {mean:.0%} of pixels, {held[worst]:.0%} in the worst"
        f" session; made to hold {SHARE:.0%} in a new session with a chance of {chance:.0%}, by {len(known)} sessions"
    )
    figures = {
        "coverage": mean,
        "worst session": held[worst],
        "width": width,
        "chance": chance,
        "sessions": float(len(known)),
        "sessions held": sum(share >= SHARE for share in held.values()) / len(held),
        "own units": next(iter(asked.values()))[0].values[OWN],
    }
    return diagnostic(mean, text, figures)


def calibrated(needed: Sequence[float]) -> tuple[float, float]:
    """By how much units are stretched, and the chance that a new session needs no more.

    The k-th smallest of what n sessions need, k / (n + 1) being the smallest chance that reaches ``CHANCE``; with fewer
    than 9 sessions none does, and the largest is taken. Source: split conformal prediction with sessions as the units,
    Vovk et al. 2005; Lei et al. 2018, JASA 113, 1094-1111.

    >>> calibrated([1.0, 3.0, 2.0]), calibrated(range(1, 20))
    ((3.0, 0.75), (18, 0.9))
    """
    count = len(needed)
    place = min(math.ceil(CHANCE * (count + 1) - 1e-9), count)
    return sorted(needed)[place - 1], place / (count + 1)


def _sessions(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return by(rows, lambda row: row.session or f"field {row.field}")


def _needed(fields: Sequence[Row]) -> float:
    """The stretch with which ``SHARE`` of the pixels of a session are held, each field counting once."""
    knots = np.unique([_knots(row.values) for row in fields])
    return float(np.interp(SHARE, [_held(fields, knot) for knot in knots], knots))


def _held(fields: Sequence[Row], stretch: float) -> float:
    """Share of the pixels of a session that a stretch holds, each field counting once."""
    shares = [
        np.interp(stretch, [0.0, *_knots(row.values)], [0.0, *(level / 100 for level in LEVELS)]) for row in fields
    ]
    return float(np.mean(shares))


def _knots(values: Mapping[str, float]) -> list[float]:
    return [values[STRETCH.format(level)] for level in LEVELS]
