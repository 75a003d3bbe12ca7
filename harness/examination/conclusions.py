"""From everything that was measured of a model to one verdict for each gate and label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.examination.examiner import SAID
from harness.gates import GATES, SUITES
from harness.gates import said as said_of
from harness.gates.sums import Finding, by, untested
from harness.gates.verdicts import Verdict
from zoo.registry import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.examination.examiner import Examiner
    from harness.gates import Gate
    from harness.gates.verdicts import Row
    from harness.judging import Candidate


def concluded(examiner: Examiner, candidate: Candidate, rows: Iterable[Row]) -> tuple[Verdict, ...]:
    """Every gate and diagnostic on every label that it judges, whether it was run or not; in the order of a board."""
    found = by(rows, lambda row: f"{row.gate} {row.label}")
    return tuple(
        _verdict(gate, label, _finding(examiner, candidate, gate, label, found))
        for gate in GATES
        for label in _judged(examiner, candidate, gate)
    )


def _judged(examiner: Examiner, candidate: Candidate, gate: Gate) -> Sequence[str]:
    if gate.structure is not None:
        return [label for label, structure in examiner.labels.items() if structure == gate.structure]
    named = {exam.against for exam in examiner.exams if exam.gate == gate}
    return [label for label in candidate.labels if label in named or not gate.of_against]


def _finding(
    examiner: Examiner, candidate: Candidate, gate: Gate, label: str, found: Mapping[str, Sequence[Row]]
) -> Finding:
    rows, said = found.get(f"{gate.id} {label}", ()), found.get(f"{SAID} {label}", ())
    failed = next((row for row in rows if row.note), None)
    if SUITES.index(gate.suite) > SUITES.index(examiner.suite):
        return untested(f"suite {examiner.suite} does not run it")
    if label not in candidate.labels:
        return untested("it does not predict this control label")
    if failed:
        return untested(f"field {failed.field!r}: {failed.note}")
    if not rows:
        return untested(_missing(examiner, candidate, gate))
    if gate.verdict and said_of.constant(said):
        return Finding(outcome="fail", text="it says the same everywhere, and such an answer passes nothing")
    finding: Finding = resolve(f"{gate.module}:judged")(rows, [row for row in said if row.values])
    return finding


def _missing(examiner: Examiner, candidate: Candidate, gate: Gate) -> str:
    """Why a gate that the suite runs measured nothing."""
    exams = [exam for exam in examiner.exams if exam.gate == gate]
    if exams and candidate.answers is not None:
        changed = all(exam.changes for exam in exams)
        return "predictions made elsewhere know nothing of changed inputs" if changed else "no prediction of its fields"
    return "the dataset has no fields for it"


def _verdict(gate: Gate, label: str, finding: Finding) -> Verdict:
    return Verdict(
        gate=gate.id,
        version=gate.version,
        label=label,
        outcome=finding.outcome,
        figure=finding.figure,
        limit=finding.limit,
        text=finding.text,
        figures=finding.figures,
    )
