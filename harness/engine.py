"""Where jobs run: one candidate on one batch of fields at a time, each finished job kept on disk and never run again.

The one border at which a model's own code is called. Whatever it does ends in a status: the rest of the run goes on. A
model is handed the inputs of a field and nothing else; truth is read here, for scoring alone.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from harness.judging import Candidate, Judge, Predictor, UndeliveredError
from harness.records import DamagedError, JobLine, Score, job_path, read_measured, read_scores, write_scores
from harness.scoring import FAILURES, Failure, Status
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import xarray as xr

    from harness.examination.examiner import Examiner
    from harness.examination.exams import Exam
    from harness.gates.verdicts import Row
    from harness.judging import Said
    from zoo.types import Field

Thing = TypeVar("Thing")
BATCH = 4
"""Fields of one job: what is lost at most when a run is killed."""
DEATHS = 2
"""Fields in a row that a model may die on before the rest are failed untried: each death costs a start or a timeout."""


@dataclass(frozen=True, eq=False)
class Job:
    """One candidate on one batch of fields."""

    candidate: Candidate
    units: Sequence[Sequence[Field]]
    """Fields that are measured together; each by itself where they are scored."""
    key: str
    """sha256 over everything that decides its outcome."""
    exam: Exam | None = None
    """What is measured; None: the fields are scored."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them."""
        return tuple(field for unit in self.units for field in unit)


@dataclass(frozen=True)
class Done:
    """A finished job."""

    line: JobLine
    scores: tuple[Score, ...]
    measured: tuple[Row, ...]
    """What gates measured."""
    fresh: bool
    """False if it was finished in an earlier run."""
    seconds: float
    warning: str = ""
    """What a user should know, e.g. that a damaged record was run again."""


def plan(candidate: Candidate, fields: Sequence[Field], judge: Judge, examiner: Examiner) -> list[Job]:
    """The jobs of a candidate: batches in the order of the fields to score, then those of each exam."""
    if not candidate.labels:
        return []
    beside = () if candidate.contender.kind == "control" else examiner.while_scored
    jobs = [
        Job(candidate, [(one,) for one in batch], judge.key(candidate, batch, beside)) for batch in _batches(fields)
    ]
    for exam in examiner.asked(candidate):
        jobs += [Job(candidate, batch, examiner.key(candidate, exam, batch), exam) for batch in _batches(exam.units)]
    return jobs


def run(
    jobs: Sequence[Job], judge: Judge, examiner: Examiner, out: Path, inputs: Sequence[str], *, resume: bool
) -> Iterator[Done]:
    """Run the jobs of one candidate, opening it when the first job is not finished yet."""
    with _Candidate(inputs) as asked:
        for job in jobs:
            kept, warning = _finished(job, out) if resume else (None, "")
            if kept is not None:
                yield kept
                continue
            started = time.perf_counter()
            scores, measured = _worked(job, judge, examiner, asked)
            line = _line(job, scores, measured)
            if line.status == "ok":
                write_scores(job_path(out, job.key), scores, measured)
            yield Done(line, scores, measured, fresh=True, seconds=time.perf_counter() - started, warning=warning)


def _batches(things: Sequence[Thing]) -> list[Sequence[Thing]]:
    return [things[start : start + BATCH] for start in range(0, len(things), BATCH)]


def _finished(job: Job, out: Path) -> tuple[Done | None, str]:
    path = job_path(out, job.key)
    if not path.exists():
        return None, ""
    try:
        scores, measured = read_scores(path), read_measured(path)
    except DamagedError as error:
        return None, f"{error.message}; it is run again"
    return Done(_line(job, scores, measured), scores, measured, fresh=False, seconds=0.0), ""


def _worked(job: Job, judge: Judge, examiner: Examiner, asked: _Candidate) -> tuple[tuple[Score, ...], tuple[Row, ...]]:
    """What a job comes to: scores and what is measured beside them, or what an exam measures."""
    if job.exam is not None:
        ask = partial(asked.predict, job.candidate)
        return (), tuple(row for unit in job.units for row in examiner.rows(job.candidate, job.exam, unit, ask))
    scores: list[Score] = []
    measured: list[Row] = []
    for field in job.fields:
        whole = field.open()
        said = asked.predict(job.candidate, field, whole)
        scores += judge.scores(job.candidate, field, whole, said)
        measured += examiner.rows_while_scored(job.candidate, field, whole, said)
    return tuple(scores), tuple(measured)


def _line(job: Job, scores: Sequence[Score], measured: Sequence[Row]) -> JobLine:
    every: list[Score | Row] = [*scores, *measured]
    bad = [one for one in every if one.status in FAILURES]
    status: Status = bad[0].status if bad else "ok"
    return JobLine(
        key=job.key,
        model=job.candidate.contender.id,
        fields=tuple(field.id for field in job.fields),
        status=status,
        note=f"field {bad[0].field!r}: {bad[0].note}" if bad else "",
        gate=job.exam.gate.id if job.exam else "",
    )


class _Candidate:
    """A candidate, opened in the two ways in which it can be asked when it first is."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._inputs = list(inputs)
        self._stack = ExitStack()
        self._whole, self._tiled = (self._stack.enter_context(_Opened()) for _ in range(2))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(self, candidate: Candidate, field: Field, seen: xr.Dataset, *, tiled: bool = False) -> Said:
        """What the candidate says about a field, of which a model is handed the inputs alone."""
        shown = seen if candidate.contender.kind == "control" else _inputs(seen, self._inputs)
        if not tiled:
            return self._whole.predict(candidate.open, field, shown)
        if candidate.tiled is None:
            return Failure("not-applicable", "it cannot be asked to predict in tiles")
        return self._tiled.predict(candidate.tiled, field, shown)


def _inputs(seen: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Those inputs that are there: a gate shows no more than a model reads."""
    return seen[[name for name in names if name in seen]].load()


class _Opened:
    """A candidate that is opened when it is first asked, and again after it died."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._predictor: Predictor | None = None
        self._deaths = 0
        self._broken: Failure | None = None
        """Why it is not asked any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(self, opening: Callable[[], AbstractContextManager[Predictor]], field: Field, seen: xr.Dataset) -> Said:
        """What the candidate says about a field."""
        if self._broken:
            return self._broken
        try:
            said = self._ready(opening)(field, seen)
        except UndeliveredError as error:
            return self._died(error.failure, field) if error.gone else error.failure
        except Exception as error:  # noqa: BLE001 - foreign code: one model's fault is named and the rest go on
            return _failure(error)
        self._deaths = 0
        return said

    def _ready(self, opening: Callable[[], AbstractContextManager[Predictor]]) -> Predictor:
        """The opened candidate; one that cannot be opened is not tried again."""
        if self._predictor is None:
            try:
                self._predictor = self._stack.enter_context(opening())
            except Exception as error:
                self._broken = _failure(error)
                raise
        return self._predictor

    def _died(self, failure: Failure, field: Field) -> Failure:
        self._stack.close()
        self._predictor = None
        self._deaths += 1
        if self._deaths >= DEATHS and not self._broken:
            last = f"not tried after it died {DEATHS} times in a row, last on field {field.id!r}: {failure.note}"
            self._broken = Failure(failure.status, last)
        return failure


def _failure(error: Exception) -> Failure:
    if isinstance(error, UndeliveredError):
        return error.failure
    if isinstance(error, MemoryError):
        return Failure("out-of-memory", "the machine has no memory left for it")
    if isinstance(error, ZooError):
        return Failure("failed", error.message)
    return Failure("failed", f"{type(error).__name__}: {error}".split("\n", 1)[0])
