"""Asks models for what gates measure, and writes down what these find."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from harness.examination.exams import Exam, run_by
from harness.examination.scenes import Scene, UnansweredError
from harness.gates.calibration import lines
from harness.gates.inputs import MODALITY
from harness.gates.sums import Untested
from harness.gates.verdicts import Row
from harness.judging import means
from harness.scoring import FAILURES, PROTOCOL, Failure
from zoo.registry import resolve
from zoo.types import Dataset, Modality, inputs_of, labels_of

if TYPE_CHECKING:
    import xarray as xr

    from harness.gates import Gate, Suite
    from harness.gates.subjects import Change, Subject
    from harness.judging import Candidate, Judge, Said
    from harness.metrics.samples import Image
    from zoo.types import Field, Structure

SAID = "said"
"""What rows are called that belong to no gate; see ``harness.gates.said``."""
SAID_VERSION = 2


class Ask(Protocol):
    """What a candidate says of the inputs of a field."""

    def __call__(self, field: Field, inputs: xr.Dataset, /, *, tiled: bool = False) -> Said:
        """``tiled``: predicted in small tiles."""
        ...


class Examiner:
    """Measures with gates, for one run."""

    def __init__(self, judge: Judge, dataset: Dataset, suite: Suite, exams: Sequence[Exam]) -> None:
        """Measure on the scale that ``judge`` scores on."""
        self.suite = suite
        self.exams = tuple(exams)
        self.labels: Mapping[str, Structure | None] = {one.name: one.structure for one in labels_of(dataset.channels)}
        """The labels of the dataset, and what they show."""
        self._judge = judge
        self._inputs = {one.name: one.modality for one in inputs_of(dataset.channels)}
        phases = [name for name, modality in self._inputs.items() if modality == Modality.QUANTITATIVE_PHASE]
        self._phase = phases[0] if phases else ""
        self._heard: dict[tuple[str, str, str], list[Row]] = {}

    def asked(self, candidate: Candidate) -> list[Exam]:
        """The exams that a candidate can sit: predictions made elsewhere answer for recorded inputs alone."""
        if candidate.contender.kind == "control" or not candidate.labels:
            return []
        answers = candidate.answers
        return [
            exam
            for exam in self.exams
            if self.concerned(candidate, exam)
            and (
                answers is None or (not exam.changes and any(one.id in answers for unit in exam.units for one in unit))
            )
        ]

    def concerned(self, candidate: Candidate, exam: Exam) -> list[str]:
        """The labels of a candidate that an exam looks at."""
        gate, against = exam.gate, exam.against
        if gate.structures:
            return [label for label in candidate.labels if self.labels[label] in gate.structures]
        spared = [label for label in candidate.labels if self.labels[label] in gate.spares]
        return [
            label for label in candidate.labels if label not in spared and (label == against or not gate.of_against)
        ]

    def key(self, candidate: Candidate, exam: Exam, units: Sequence[Sequence[Field]]) -> str:
        """Identity of a job: the same model, data and version of the gate measure the same."""
        contender, data = candidate.contender, self._judge.data
        named = [
            *(contender.id, contender.digest, contender.format, candidate.salt, candidate.labels),
            *(data.digest, data.scheme, [[field.id for field in unit] for unit in units]),
            *(asdict(PROTOCOL), exam.gate.id, exam.gate.version, exam.against, exam.changes),
            *([field.id for unit in exam.units for field in unit] if exam.gate.after else []),
            {label: asdict(scale) for label, scale in self._judge.scales.items()},
        ]
        return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    def while_scored(self, candidate: Candidate) -> list[tuple[str, int]]:
        """What is measured while fields are scored, with its version: a part of the identity of those jobs."""
        said = [] if candidate.contender.kind == "control" else [(SAID, SAID_VERSION)]
        return [*said, *((gate.id, gate.version) for gate in self._core(candidate))]

    def rows_while_scored(self, candidate: Candidate, field: Field, opened: xr.Dataset, said: Said) -> Iterator[Row]:
        """What is measured of a field of the asked split while it is scored."""
        scene = self._scene(field, opened)
        always = [] if candidate.contender.kind == "control" else [(SAID, "harness.gates.said")]
        for label in (label for label in candidate.labels if label in scene.references):
            if candidate.contender.kind == "control" and not isinstance(said, Failure) and label not in said:
                continue  # a control makes no claims: this field has no repeat
            gates = [
                gate for gate in self._core(candidate) if not gate.structures or self.labels[label] in gate.structures
            ]
            for name, module in (*always, *((gate.id, gate.module) for gate in gates)):
                against = self._beside(next((gate for gate in gates if gate.id == name), None))
                yield from _rows(
                    name,
                    module,
                    scene,
                    label,
                    lambda: scene.subject(label, said, against=against, changed={}),  # noqa: B023
                )

    def hear(self, model: str, rows: Iterable[Row]) -> None:
        """Keep what was measured while fields were scored, where an exam of the same fields rests on it."""
        wanted = {exam.gate.after for exam in self.exams} - {""}
        for row in rows:
            if row.gate in wanted:
                self._heard.setdefault((model, row.gate, row.label), []).append(row)

    def rows(self, candidate: Candidate, exam: Exam, unit: Sequence[Field], ask: Ask) -> Iterator[Row]:
        """What an exam measures of fields that belong together; the last one is what it is about."""
        scenes = [self._scene(field, field.open()) for field in unit]
        inputs = [self._seen(candidate, scene.opened) for scene in scenes]
        labels = self.concerned(candidate, exam)
        try:
            self._check(candidate, exam.gate)
            changes = list(resolve(f"{exam.gate.module}:changes")(inputs[-1], unit[-1].id)) if exam.changes else []
        except Untested as reason:
            yield from (_nothing(exam.gate.id, scenes[-1], label, Failure("ok", str(reason))) for label in labels)
            return
        said = [ask(scene.field, seen) for scene, seen in zip(scenes, inputs, strict=True)]
        answers = [
            means(ask(unit[-1], change.inputs, tiled=change.tiled))
            for change in changes
            if not isinstance(said[-1], Failure)
        ]
        for label in labels:

            def subject(label: str = label) -> Subject:
                changed = _changed(scenes[-1], label, changes, answers)
                before = scenes[0].subject(label, said[0], changed={}) if len(unit) > 1 else None
                line = self._line(candidate, exam.gate, unit[-1], label)
                return scenes[-1].subject(
                    label, said[-1], against=exam.against, before=before, changed=changed, line=line
                )

            yield from _rows(exam.gate.id, exam.gate.module, scenes[-1], label, subject)

    def _line(self, candidate: Candidate, gate: Gate, field: Field, label: str) -> tuple[float, float] | None:
        """Gain and offset that other sessions ask for. Raises ``UnansweredError`` where one of them has no answer."""
        rows = self._heard.get((candidate.contender.id, gate.after, label), [])
        bad = next((row for row in rows if row.status in FAILURES), None)
        if bad:
            raise UnansweredError(Failure(bad.status, f"field {bad.field!r}: {bad.note}"))
        return lines(rows).get(field.session or field.id)

    def _core(self, candidate: Candidate) -> list[Gate]:
        """What is measured while fields are scored; of a control no more than what is tabled."""
        every = candidate.contender.kind != "control"
        return [gate for gate in run_by(self.suite) if gate.in_core and (every or gate.tabled)]

    def _scene(self, field: Field, opened: xr.Dataset) -> Scene:
        judge = self._judge
        return Scene(field, opened, judge.references(field, opened), judge.scales, judge.drawings, self._phase)

    def _seen(self, candidate: Candidate, opened: xr.Dataset) -> xr.Dataset:
        """What a candidate reads of a field, each input with its modality."""
        names = self._read(candidate)
        seen = opened[names].load()
        return seen.assign({name: seen[name].assign_attrs({MODALITY: self._inputs[name]}) for name in names})

    def _read(self, candidate: Candidate) -> list[str]:
        return list(candidate.inputs or self._inputs)

    def _beside(self, gate: Gate | None) -> str:
        """The label that a gate reads beside its own; empty where it reads none."""
        wanted = gate.beside if gate else None
        return next((label for label, structure in self.labels.items() if wanted and structure == wanted), "")

    def _check(self, candidate: Candidate, gate: Gate) -> None:
        refused = [name for name in self._read(candidate) if self._inputs[name] in gate.refuses]
        if refused:
            raise Untested(f"not for {self._inputs[refused[0]]}")


def _changed(scene: Scene, label: str, changes: Sequence[Change], answers: Sequence[Said]) -> dict[str, Image]:
    return {change.name: scene.image(label, said, change.back) for change, said in zip(changes, answers, strict=False)}


def _rows(gate: str, module: str, scene: Scene, label: str, subject: Callable[[], Subject]) -> Iterable[Row]:
    try:
        items = list(resolve(f"{module}:measured")(subject()))
    except UnansweredError as error:
        return [_nothing(gate, scene, label, error.failure)]
    except Untested as reason:
        return [_nothing(gate, scene, label, Failure("ok", str(reason)))]
    field = scene.field
    return [
        Row(
            gate=gate,
            label=label,
            field=field.id,
            session=field.session,
            condition=field.condition,
            item=item,
            values=values,
        )
        for item, values in items
    ]


def _nothing(gate: str, scene: Scene, label: str, why: Failure) -> Row:
    field = scene.field
    return Row(
        gate=gate,
        label=label,
        field=field.id,
        session=field.session,
        condition=field.condition,
        status=why.status,
        note=why.note,
    )
