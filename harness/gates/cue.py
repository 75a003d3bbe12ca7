"""The same cells with an organelle that gets easier to see, from not at all: what is said must follow what is shown.

At no cue an honest net is silent, and the clearer the cue the more it says, never less. A net that has learnt where
such organelles usually are, or paints them wherever it likes, does so at no cue too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.gates.sums import Finding, Limit, averages, by, found, untested
from harness.metrics.pixels import detail_correlation, fabricated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

CONDITION = "cue "
"""What the condition of a field begins with; the strength follows."""
SETBACK = 0.05
"""By how much response or correlation may fall from one strength to the next: what chance does."""
LIMITS = (
    Limit("fabricated", 0.05, "without a cue, invented detail has {:.2g} of the truth's power"),
    Limit("detail", 0.1, "without a cue, detail correlates {:.2g}"),
    Limit("slope", 0.1, "without a cue, the response is {:.2g}"),
    Limit("setback", SETBACK, "with more of a cue, it falls by {:.2g} at most", signed=True),
    Limit("deafness", 0.9, "it misses {:.2f} of the response to the clearest cue", signed=True),
)


def measured(subject: Subject) -> Measured:
    """Correlation of detail, its response (slope on the truth), and invented detail."""
    both = subject.pair.fine
    slope = both.moments[1] / both.truth.sd**2 if both.truth.sd > 0 else float("nan")
    yield "", {"detail": detail_correlation(subject.pair), "slope": slope, "fabricated": fabricated(subject.pair)}


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if it is silent without a cue, hears the clearest one, and never says less where more is shown."""
    groups = by(rows, lambda row: row.condition)
    curve = sorted((float(name.removeprefix(CONDITION)), averages(group)) for name, group in groups.items())
    if not curve or curve[0][0] != 0 or len(curve) < 3:  # noqa: PLR2004 - silent, heard, and something between
        return untested("no field without a cue, or no curve")
    steps = [(one[name], two[name]) for (_, one), (_, two) in pairwise(curve) for name in ("detail", "slope")]
    figures = {
        **curve[0][1],
        "setback": max(0.0, *(before - after for before, after in steps)),
        "deafness": 1 - curve[-1][1]["slope"],
    }
    more = {f"{name} at {cue:g}": values[name] for cue, values in curve for name in ("detail", "slope")}
    return found(figures, LIMITS, more)
