"""Cells called stained, unstained or unpredictable by the distribution that a model gives, beside what was recorded.

No verdict: where nothing tells two kinds of cell apart, no call is the right answer. A cell is stained where the median
of its truth, without the noise of a camera where that is known, exceeds the level from which on a pixel of the training
truth is bright; its chance is the median of those that the model gives its pixels to exceed that level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, Untested, diagnostic
from harness.objects.calls import judged as beside
from harness.objects.calls import levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row


def measured(subject: Subject) -> Measured:
    """Of every drawn nucleus the chance that was said, and whether it is stained."""
    truth = subject.objects.get(subject.label)
    if truth is None or truth.shown.given is None:
        raise Untested("the field lacks nuclei that are drawn")
    chance = subject.exceeds(truth.threshold)
    if chance is None:
        raise Untested("the model gives no quantiles")
    nuclei = truth.shown.given
    chances, stains = levels(chance, nuclei), levels(subject.clean.image, nuclei)
    for cell, said, stain in zip(truth.shown.identities.tolist(), chances.tolist(), stains.tolist(), strict=True):
        yield str(cell), {"chance": said, "stained": float(stain > truth.threshold)}


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is Brier's score: 0 for who knows, 0.25 for one half everywhere."""
    chances, stained = (np.array([row.values[name] for row in rows]) for name in ("chance", "stained"))
    found = beside(chances, stained > 0)
    right = f", {found.right:.0%} of them right" if found.made else ""
    text = f"{found.made:.0%} of {found.cells} cells called{right}"
    if found.stained:
        text += f"; {found.found:.0%} of {found.stained} stained cells found"
    figures = {
        "cells": float(found.cells),
        "stained": float(found.stained),
        "called": found.made,
        "right": found.right,
        "found": found.found,
        "Brier": found.brier,
    }
    return diagnostic(found.brier, text, figures)
