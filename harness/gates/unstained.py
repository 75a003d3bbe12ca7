"""Cells that carry no stain: what is painted there is invented, however well it resembles a stain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.gates.sums import Finding, Limit, averages, found, untested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

LIMIT = Limit("unstained", 0.05, "cells without the stain: {:.2g} of the power of stained ones", signed=True)


def measured(subject: Subject) -> Measured:
    """Variance of what is said of the field."""
    yield "", {"energy": subject.energy}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """Pass if it brings out little of the variance that stained fields do."""
    real = averages(spread).get("energy", math.nan)
    if not math.isfinite(real):
        return untested("no field with the stain was predicted")
    return found({LIMIT.name: averages(rows)["energy"] / real}, [LIMIT])
