"""What boards say of one case: of every model that reads such an image and predicts such a structure, its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness import records
from harness.examination.files import read_verdicts
from harness.gates.badges import of_label
from harness.ranking import board
from harness.scoring import CONTROL_SPLIT, PROTOCOL
from zoo.errors import ZooError
from zoo.matching import MAX_ZOOM
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.gates.verdicts import Verdict
    from harness.ranking import Board, Row
    from zoo.registry import Registry
    from zoo.types import Channel, Modality, ModelEntry, Structure

Answer: TypeAlias = Literal["trusted", "doubtful", "not here"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What somebody has, and wants."""

    modality: Modality
    structure: Structure
    pixel_size: float | None = None
    """In µm; None where it is not known."""
    planes: int | None = None
    """Focal planes of the image; None without one."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one board says of one model for a case."""

    model: str
    board: str
    """Name of its folder."""
    dataset: str
    label: str
    channel: str
    """The input of the dataset that the model read."""
    score: float
    low: float | None
    high: float | None
    scaled: float | None
    rank: int | None
    sessions: int
    passed: tuple[str, ...]
    """Gates."""
    failed: tuple[str, ...]
    untested: tuple[str, ...]
    against: tuple[str, ...]
    """Why it cannot be trusted here."""
    doubts: tuple[str, ...]
    """What nobody knows."""
    reach: tuple[str, ...]
    """What it was judged on, and what becomes of it elsewhere."""

    @property
    def answer(self) -> Answer:
        """Trusted only where nothing speaks against it and nothing that matters is unknown."""
        return "not here" if self.against else "doubtful" if self.doubts else "trusted"


def folders(boards: Path) -> list[Path]:
    """The boards in a folder, or the folder itself if it is one."""
    found = (
        [boards] if (boards / records.RUN).exists() else sorted(path.parent for path in boards.glob(f"*/{records.RUN}"))
    )
    if not found:
        message = f"{boards}: no board in it"
        raise ZooError(
            message, hint="make one with zoo bench --model all, or name a folder of boards with --boards DIR"
        )
    return found


def gathered(case: Case, boards: Iterable[Path], registry: Registry) -> list[Evidence]:
    """Everything that boards say of a case, what is trusted first and then by scaled score."""
    found = [one for folder in boards for one in _of_board(case, folder, registry)]
    return sorted((_elsewhere(one, found) for one in found), key=order)


def order(one: Evidence) -> tuple[int, float, float, str]:
    """What is trusted before what is doubtful before what is not; then by scaled score, then by score."""
    answers: Sequence[Answer] = ("trusted", "doubtful", "not here")
    return answers.index(one.answer), -(one.scaled if one.scaled is not None else -9.0), -one.score, one.model


def _of_board(case: Case, folder: Path, registry: Registry) -> list[Evidence]:
    run = records.read_run(folder)
    if run.stamp or run.data.split == CONTROL_SPLIT or run.data.id not in registry.datasets:
        return []
    channels = registry.datasets.get(run.data.id).channels
    labels = [one.name for one in labels_of(channels) if one.structure == case.structure]
    inputs = [one for one in inputs_of(channels) if one.modality == case.modality]
    if not inputs or not labels:
        return []
    made = board(run, records.scores_of(folder), read_verdicts(folder))
    rows = [row for row in made.rows if row.label in labels and row.contender.kind == "model" and row.score is not None]
    return [one for row in rows if (one := _evidence(case, folder, made, row, inputs, registry))]


def _evidence(
    case: Case, folder: Path, made: Board, row: Row, inputs: Sequence[Channel], registry: Registry
) -> Evidence | None:
    model = row.contender.id
    if model not in registry.models:
        return None
    entry = registry.models.get(model)
    reads = [one for one in entry.inputs if one.modality == case.modality]
    if not reads or row.score is None:
        return None
    gates = of_label(made.verdicts.get(model, ()), row.label)
    failed = _named(gates.values(), "fail")
    passed = _named(gates.values(), "pass")
    return Evidence(
        model=model,
        board=folder.name,
        dataset=made.run.data.reference,
        label=row.label,
        channel=next((one.name for one in inputs if one.planes == reads[0].planes), inputs[0].name),
        score=row.score,
        low=row.low,
        high=row.high,
        scaled=row.scaled,
        rank=row.rank,
        sessions=row.sessions,
        passed=passed,
        failed=failed,
        untested=_named(gates.values(), "not tested"),
        against=tuple(_against(case, row, reads[0], entry, failed)),
        doubts=tuple(_doubts(case, row, (*passed, *failed))),
        reach=tuple(_reach(made, row, inputs[0], gates.values(), registry)),
    )


def _named(verdicts: Iterable[Verdict], outcome: str) -> tuple[str, ...]:
    return tuple(verdict.gate for verdict in verdicts if verdict.outcome == outcome)


def _against(case: Case, row: Row, reads: Channel, entry: ModelEntry, failed: Sequence[str]) -> Iterable[str]:
    if case.pixel_size and reads.pixel_size:
        ratio = case.pixel_size / reads.pixel_size
        if not 1 / MAX_ZOOM <= ratio <= MAX_ZOOM:
            sizes = f"{reads.pixel_size:g} µm, the image has {case.pixel_size:g}"
            yield f"trained on pixels of {sizes}: more than a factor of {MAX_ZOOM:g}"
    if case.planes and not _fits(case.planes, reads.planes, entry):
        yield f"reads {reads.planes} focal planes, the image has {case.planes}"
    if row.above_floor is False:
        yield "not above the floor: a trivial control does as well"
    if "seen" in row.contender.marks:
        yield "judged on what it was trained on"
    if failed:
        yield f"fails {', '.join(failed)}"


def _fits(found: int, expected: int, entry: ModelEntry) -> bool:
    """Whether a net reads an image of so many planes: one by one, as many as it was trained on, or whole stacks."""
    stacks = any(one.planes > 1 for one in entry.outputs)
    return expected in {1, found} or (stacks and found > 1)


def _doubts(case: Case, row: Row, run: Sequence[str]) -> Iterable[str]:
    if not run:
        yield "no gate was run: what it invents is not known"
    if row.sessions < PROTOCOL.sessions:
        yield f"{row.sessions or 'no'} independent sessions: nothing is known of other days"
    if case.pixel_size is None:
        yield "the size of a pixel is not known"


def _reach(made: Board, row: Row, judged: Channel, said: Iterable[Verdict], registry: Registry) -> Iterable[str]:
    pixel = f", pixels of {judged.pixel_size:g} µm" if judged.pixel_size else ""
    title = registry.datasets.get(made.run.data.id).title
    yield f"judged on {title}: {row.fields} fields, {row.sessions} sessions{pixel}; anything else was not judged"
    for verdict in said:
        if verdict.outcome == "diagnostic":
            yield f"{verdict.gate}: {verdict.text}"


def _elsewhere(one: Evidence, found: Sequence[Evidence]) -> Evidence:
    """With what other boards hold against the same model."""
    others = [other for other in found if other.model == one.model and other.board != one.board and other.against]
    doubts = [f"on {other.board}: {'; '.join(other.against)}" for other in others]
    return replace(one, doubts=(*one.doubts, *doubts))
