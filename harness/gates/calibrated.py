"""Absolute error and structural similarity after the gain and offset that other sessions ask for.

No verdict and no rank. The straight line is that of ``harness.gates.calibration``. It is known when all fields have
been scored, so that each is asked about once more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.gates.sums import Finding, Untested, averages, diagnostic
from harness.metrics.pairs import Pair
from harness.metrics.pixels import absolute_error
from harness.metrics.similarity import structural_similarity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

METRICS: Mapping[str, Callable[[Pair], float]] = {"NMAE": absolute_error, "SSIM": structural_similarity}
"""Those that no moments of a field tell, as `calibrated` tells R²."""
MENDED = "{} calibrated"
"""Name of the figure after gain and offset."""


def measured(subject: Subject) -> Measured:
    """Both metrics of a field as it was predicted, and after gain and offset."""
    if subject.label not in subject.truths:
        return
    if subject.line is None:
        raise Untested("no other session tells gain and offset")
    gain, offset = subject.line
    plain, mended = (Pair(image, subject.truth) for image in (subject.said, gain * subject.said + offset))
    values: dict[str, float] = {}
    for name, metric in METRICS.items():
        values |= {name: metric(plain), MENDED.format(name): metric(mended)}
    yield "", values


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is NMAE of the calibrated prediction, averaged over sessions."""
    figures = averages(rows)
    known = [name for name in METRICS if math.isfinite(figures[name])]
    told = [f"{name} {figures[name]:.2f} as predicted, {figures[MENDED.format(name)]:.2f} calibrated" for name in known]
    return diagnostic(figures[MENDED.format("NMAE")], "; ".join(told), figures)
