"""What a model says of the fields of the asked split: no gate, but what gates and diagnostics are read against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.gates.conformal import stretches
from harness.metrics.pixels import detail_correlation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row


def measured(subject: Subject) -> Measured:
    """Variance of what is said, correlation with the truth and of its detail, and 1 if it is the same everywhere.

    With them what intervals are tried on, and how unsure the model says it is.
    """
    pair = subject.pair
    correlations = {"r": pair.whole.correlation, "detail": detail_correlation(pair)}
    sure = {**stretches(subject), **subject.doubt}
    yield "", {"energy": subject.energy, **correlations, "constant": float(pair.constant), **sure}


def constant(rows: Sequence[Row]) -> bool:
    """Whether nothing but constant images was said."""
    known = [row.values["constant"] for row in rows if row.values]
    return bool(known) and min(known) == 1
