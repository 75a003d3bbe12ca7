"""Gates and the fields that they are run on, as the suite and the dataset say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.gates import GATES, SUITES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates import Gate, Suite
    from zoo.types import Dataset, Field

SAMPLED = 6
"""Fields, of as many sessions, that changed inputs are made of: each costs up to thirty predictions."""
PAIRED = "edits"
"""Kind of the probe whose fields are measured two at a time."""
VALIDATION = "val"
"""Name of the split that choices are made on: what gates may be calibrated on."""
BASE = "base"
"""Condition of the one that was not edited."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Exam:
    """A gate, or a diagnostic, on some fields."""

    gate: Gate
    units: tuple[tuple[Field, ...], ...]
    """Fields that are measured together."""
    against: str = ""
    """What the kind of the probe names: a label, or a shift."""
    changes: bool = False
    """Whether changed inputs are made of the fields."""


def run_by(suite: Suite) -> tuple[Gate, ...]:
    """The gates of a suite."""
    return tuple(gate for gate in GATES if SUITES.index(gate.suite) <= SUITES.index(suite))


def exams(dataset: Dataset, scheme: str, fields: Sequence[Field], suite: Suite) -> tuple[Exam, ...]:
    """The exams of a suite beyond what is measured while ``fields``, those of the asked split, are scored."""
    return tuple(
        exam
        for gate in run_by(suite)
        for exam in (*_of_changes(gate, fields), *_of_probes(gate, dataset, scheme), *_of_all(gate, fields))
    )


def sampled(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The first field of each of the first sessions; where none are named, the first fields."""
    firsts: dict[str, Field] = {}
    for field in fields:
        firsts.setdefault(field.session or f"field {field.id}", field)
    return tuple(firsts.values())[:SAMPLED]


def _of_changes(gate: Gate, fields: Sequence[Field]) -> list[Exam]:
    return [Exam(gate=gate, units=tuple((field,) for field in sampled(fields)), changes=True)] if gate.changes else []


def _of_all(gate: Gate, fields: Sequence[Field]) -> list[Exam]:
    return [Exam(gate=gate, units=tuple((field,) for field in fields))] if gate.after else []


def _of_probes(gate: Gate, dataset: Dataset, scheme: str) -> list[Exam]:
    found = []
    for kind, split in {**dataset.probes, VALIDATION: VALIDATION}.items() if gate.probe else ():
        plain, _, against = kind.partition(":")
        if plain == gate.probe and dataset.schemes[scheme].members.get(split):
            members = dataset.fields(split, scheme=scheme)
            units = _pairs(members) if plain == PAIRED else tuple((field,) for field in members)
            found.append(Exam(gate=gate, units=units, against=against))
    return found


def _pairs(fields: Sequence[Field]) -> tuple[tuple[Field, ...], ...]:
    """Every edited field behind the one of its session that was not edited."""
    bases = {field.session: field for field in fields if field.condition == BASE}
    edited = [field for field in fields if field.condition != BASE and field.session in bases]
    return tuple((bases[field.session], field) for field in edited)
