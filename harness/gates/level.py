"""A label whose brightness was drawn for each nucleus: whoever knows it did not read it off the image.

Correlation over pixels cannot be asked: dark surroundings alone reach 0.9. Correlation over nuclei cannot either: a
thick nucleus is bright in truth and in any honest prediction. So what is asked is the correlation that is left when
the area and the thickness of every nucleus are taken off both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from harness.gates.subjects import Measured, Subject, noiseless
from harness.gates.sums import Finding, Limit, Untested, found, left, untested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.verdicts import Row

NUCLEI = 300
"""Fewest nuclei: below, chance alone makes correlations that no limit tells from knowledge."""
CONFIDENCE = 0.95
"""Of the bound, one-sided."""
LIMIT = Limit("bound", 0.2, "levels of nuclei correlate up to {:.2f} with the truth beyond area and thickness")
"""Of the upper bound of the partial correlation, whatever its sign."""
MASK = "nuclei"
LEVEL = "level"
"""Name of the fact that holds the level of each cell."""


def measured(subject: Subject) -> Measured:
    """Of every nucleus: what was said, its level, its area in pixels, and how thick it is.

    Thickness is what the clean truth of another label shows there: ``against``, a stain of nuclei whose brightness was
    not drawn.
    """
    lacking = [name for name, there in _needed(subject) if not there]
    if lacking:
        raise Untested(f"the field lacks {' and '.join(lacking)}")
    nuclei = subject.truth.instances[MASK]
    level = dict(zip(subject.facts["cell"].tolist(), subject.facts[LEVEL].tolist(), strict=True))
    thickness = noiseless(subject.truths[subject.against]).image
    flat = np.where(subject.valid, nuclei, 0)
    area = np.bincount(flat.ravel())
    said, thick = (np.bincount(flat.ravel(), image.ravel()) for image in (subject.said, thickness))
    for cell in np.flatnonzero(area).tolist():
        if cell and cell in level:
            values = (said[cell] / area[cell], level[cell], area[cell], thick[cell] / area[cell])
            yield str(cell), dict(zip(("said", "level", "area", "thickness"), map(float, values), strict=True))


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if the upper bound of the partial correlation is small, over enough nuclei."""
    names = ("said", "level", "area", "thickness")
    table = np.array([[row.values[name] for name in names] for row in rows], np.float64).reshape(-1, len(names))
    if len(table) < NUCLEI:
        return untested(f"{len(table)} nuclei; {NUCLEI} are needed")
    said, level, *known = table.T
    rest = [left(values, known) for values in (said, level)]
    if min(rest[0].std(), rest[1].std()) == 0:
        return untested("area and thickness explain every level: there is nothing to correlate")
    partial = float(np.corrcoef(rest[0], rest[1])[0, 1])
    varies = (rest[0].std() / abs(said.mean())) / (rest[1].std() / abs(level.mean()))
    return found(
        {LIMIT.name: upper(abs(partial), len(table), len(known))},
        [LIMIT],
        {"partial": partial, "nuclei": float(len(table)), "variation": float(varies)},
    )


def upper(correlation: float, count: int, known: int = 0) -> float:
    """One-sided 95 % upper bound of a correlation of ``count`` pairs from which ``known`` variables were taken off.

    Source: Fisher 1924, Metron 3, 329-332: artanh r is normal with variance 1 / (n - known - 3).

    >>> round(upper(0.05, 300, 2), 3)
    0.145
    """
    reach = float(ndtri(CONFIDENCE)) / math.sqrt(count - known - 3)
    return math.tanh(math.atanh(min(correlation, 1 - 1e-12)) + reach)


def _needed(subject: Subject) -> list[tuple[str, bool]]:
    """What levels are measured with, and whether the field has it."""
    return [
        (f"a mask of {MASK}", MASK in subject.truth.instances),
        ("the level of each cell", {"cell", LEVEL} <= subject.facts.keys()),
        ("a stain of all nuclei", subject.against in subject.truths),
    ]
