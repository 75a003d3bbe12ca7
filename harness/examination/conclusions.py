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
    """Every gate and diagnostic on every label that it judges, in the order of a board; of controls what is tabled.

    One that was not run at all has a single verdict, which names no label.
    """
    found = by(rows, lambda row: f"{row.gate} {row.label}")
    verdicts: list[Verdict] = []
    control = candidate.contender.kind == "control"
    for gate in (gate for gate in GATES if not control or (gate.tabled and gate.in_core)):
        reason = _not_run(examiner, candidate, gate)
        if reason:
            verdicts.append(_verdict(gate, "", untested(reason)))
        else:
            labels = _judged(examiner, candidate, gate)
            verdicts += [_verdict(gate, label, _finding(candidate, gate, label, found)) for label in labels]
    return tuple(one for one in verdicts if not control or one.outcome == "diagnostic")


def _not_run(examiner: Examiner, candidate: Candidate, gate: Gate) -> str:
    """Why a gate was not run on any label; nothing if it was."""
    if SUITES.index(gate.suite) > SUITES.index(examiner.suite):
        return f"suite {examiner.suite} does not run it"
    exams = [exam for exam in examiner.exams if exam.gate == gate]
    shown = not gate.structures or not set(gate.structures).isdisjoint(examiner.labels.values())
    if gate.in_core:
        return "" if shown else "the dataset has no label for it"
    if not exams:
        return "the dataset has no fields for it"
    if candidate.answers is not None and all(exam.changes for exam in exams):
        return "predictions made elsewhere know nothing of changed inputs"
    if candidate.answers is not None and not any(exam.gate == gate for exam in examiner.asked(candidate)):
        return "there is no prediction of its fields"
    return ""


def _judged(examiner: Examiner, candidate: Candidate, gate: Gate) -> Sequence[str]:
    if gate.structures:
        return [label for label, structure in examiner.labels.items() if structure in gate.structures]
    if gate.in_core:
        return candidate.labels
    exams = [exam for exam in examiner.exams if exam.gate == gate]
    seen = {label for exam in exams for label in examiner.concerned(candidate, exam)}
    return [label for label in candidate.labels if label in seen]


def _finding(candidate: Candidate, gate: Gate, label: str, found: Mapping[str, Sequence[Row]]) -> Finding:
    rows, said = found.get(f"{gate.id} {label}", ()), found.get(f"{SAID} {label}", ())
    failed = next((row for row in rows if row.note), None)
    if label not in candidate.labels:
        return untested("it does not predict this control label")
    if failed:
        return untested(f"field {failed.field!r}: {failed.note}")
    if not rows:
        return untested("none of its fields is fit for it")
    if gate.verdict and said_of.constant(said):
        return Finding(outcome="fail", text="it says the same everywhere, and such an answer passes nothing")
    finding: Finding = resolve(f"{gate.module}:judged")(rows, [row for row in said if row.values])
    return finding


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
