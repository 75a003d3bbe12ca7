"""How fast dishes grow, by the dry mass within predicted outlines, beside the rate within drawn ones.

No verdict. Outlines that are too large or too small by the same share in every frame do not touch a rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.gates.drymass import weighed
from harness.gates.sums import Finding, by, diagnostic
from harness.objects.drymass import growth
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

CONDITION = "hour "
"""What the condition of a field begins with; the time follows."""


def measured(subject: Subject) -> Measured:
    """Mass of all bodies in the field, predicted and drawn, in pg, and where it is known of a whole one on average."""
    both = weighed(subject)
    whole = [both.known[place] for place in np.flatnonzero(both.drawn.whole).tolist() if place in both.known]
    known = {"known": float(np.mean(whole))} if whole else {}
    yield "", {"said": both.said.total, "drawn": both.drawn.total, **known}


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is the largest relative error of the rate of a dish."""
    figures: dict[str, float] = {}
    errors = []
    for dish, frames in by(rows, lambda row: row.session).items():
        said, drawn, known = (_rate(frames, name) for name in ("said", "drawn", "known"))
        figures |= {f"{dish}, predicted": said, f"{dish}, drawn": drawn, f"{dish}, known": known}
        errors.append(abs(said - drawn) / abs(drawn))
    worst = max(errors, default=np.nan) if np.isfinite(errors).all() else np.nan
    text = ", ".join(f"{name} {rate:.4f}" for name, rate in figures.items() if np.isfinite(rate))
    return diagnostic(float(worst), f"growth per hour: {text}", {"error": float(worst), **figures})


def _rate(frames: Sequence[Row], name: str) -> float:
    """Per hour; NaN where frames lack the mass, or there is nothing that grows."""
    seen = [row for row in frames if name in row.values]
    hours = np.array([float(row.condition.removeprefix(CONDITION)) for row in seen])
    try:
        return growth(hours, np.array([row.values[name] for row in seen])).rate
    except ZooError:
        return float("nan")
