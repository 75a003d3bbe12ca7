"""Cells called dead or alive by the level of a predicted stain of dead nuclei, beside the state that they are in.

No verdict: how sure it has to be is for whoever asks. The level from which on a cell is dead was fitted to training
truth; cells of all sessions are counted together, since a field holds few dead ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, Untested, diagnostic
from harness.objects.viability import DEAD, SPECIFICITY, STATE, viability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row


def measured(subject: Subject) -> Measured:
    """Of every nucleus whose state is known: the mean of what was said, whether it is dead, and the fitted level."""
    truth = subject.objects.get(subject.label)
    if truth is None or truth.shown.given is None or not {"cell", STATE} <= subject.facts.keys():
        raise Untested("the field lacks nuclei that are drawn, or the state of its cells")
    if truth.fit.dead is None:
        raise Untested("no training field tells dead cells from living ones")
    states = dict(zip(subject.facts["cell"].tolist(), subject.facts[STATE].tolist(), strict=True))
    levels = truth.judged(subject.said).stain.column("mean")
    for cell, level in zip(truth.shown.identities.tolist(), levels.tolist(), strict=True):
        if cell in states:
            yield str(cell), {"level": level, "dead": float(states[cell] == DEAD), "threshold": truth.fit.dead}


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is balanced accuracy: 0.5 is a coin."""
    levels, dead, thresholds = (np.array([row.values[name] for row in rows]) for name in ("level", "dead", "threshold"))
    found = viability(levels, dead > 0, float(thresholds[0]))
    text = (
        f"{found.dead} of {found.cells} cells are dead; balanced accuracy {found.balanced_accuracy:.2f}, Matthews'"
        f" correlation {found.mcc:.2f}, sensitivity {found.sensitivity:.2f} at {SPECIFICITY:.0%} specificity"
    )
    figures = {
        "cells": float(found.cells),
        "dead": float(found.dead),
        "balanced accuracy": found.balanced_accuracy,
        "MCC": found.mcc,
        f"sensitivity at {SPECIFICITY:.0%}": found.sensitivity,
    }
    return diagnostic(found.balanced_accuracy, text, figures)
