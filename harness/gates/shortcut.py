"""A stain that stands on something visible in the training fields and elsewhere in these, and what a net follows.

No verdict: any net that learns from what it is shown will follow the visible thing. The figure says how far a score on
fields like those of training misleads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.gates.subjects import Measured, Subject, noiseless
from harness.gates.sums import Finding, averages, diagnostic
from harness.metrics.pairs import Pair
from harness.metrics.pixels import detail_correlation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.verdicts import Row


def measured(subject: Subject) -> Measured:
    """Correlation of detail with the truth of the label, and with that of the label which it followed."""
    other = Pair(subject.said, noiseless(subject.truths[subject.against]))
    yield "", {"own": detail_correlation(subject.pair), "other": detail_correlation(other)}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """The figure is the gap: how much correlation of detail is lost where the two part.

    ``index`` is the correlation with the label it followed less that with its own truth: 1 is a mere shortcut.
    """
    sessions = {row.session for row in rows}
    again = [row for row in spread if row.session in sessions]
    here, before = averages(rows), averages(again or spread)["detail"]
    gap, index = before - here["own"], here["other"] - here["own"]
    text = f"detail correlates {before:.2f} where they go together and {here['own']:.2f} where not; index {index:.2f}"
    return diagnostic(gap, text, {"together": before, "apart": here["own"], "gap": gap, "index": index})
