"""Where jobs run: one candidate on one batch of fields at a time, each finished job kept on disk and never run again.

The one border at which a model's own code is called. Whatever it does ends in a status: the rest of the run goes on. A
model is handed the inputs of a field and nothing else; truth is read here, for scoring alone.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from harness.judging import Candidate, Judge, Predictor, UndeliveredError
from harness.records import DamagedError, JobLine, Score, job_path, read_scores, write_scores
from harness.scoring import FAILURES, Failure, Status
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

    from harness.judging import Said
    from zoo.types import Field

BATCH = 4
"""Fields of one job: what is lost at most when a run is killed."""
DEATHS = 2
"""Fields in a row that a model may die on before the rest are failed untried: each death costs a start or a timeout."""


@dataclass(frozen=True, eq=False)
class Job:
    """One candidate on one batch of fields."""

    candidate: Candidate
    fields: Sequence[Field]
    key: str
    """sha256 over everything that decides its scores."""


@dataclass(frozen=True)
class Done:
    """A finished job."""

    line: JobLine
    scores: tuple[Score, ...]
    fresh: bool
    """False if it was finished in an earlier run."""
    seconds: float
    warning: str = ""
    """What a user should know, e.g. that a damaged record was run again."""


def plan(candidate: Candidate, fields: Sequence[Field], judge: Judge) -> list[Job]:
    """The jobs of a candidate: batches in the order of the fields."""
    if not candidate.labels:
        return []
    batches = [fields[start : start + BATCH] for start in range(0, len(fields), BATCH)]
    return [Job(candidate, batch, judge.key(candidate, batch)) for batch in batches]


def run(jobs: Sequence[Job], judge: Judge, out: Path, inputs: Sequence[str], *, resume: bool) -> Iterator[Done]:
    """Run the jobs of one candidate, opening it when the first job is not finished yet."""
    with _Opened(inputs) as opened:
        for job in jobs:
            kept, warning = _finished(job, out) if resume else (None, "")
            if kept is not None:
                yield kept
                continue
            started = time.perf_counter()
            scores = tuple(_scores(job, judge, opened))
            line = _line(job, scores)
            if line.status == "ok":
                write_scores(job_path(out, job.key), scores)
            yield Done(line, scores, fresh=True, seconds=time.perf_counter() - started, warning=warning)


def _finished(job: Job, out: Path) -> tuple[Done | None, str]:
    path = job_path(out, job.key)
    if not path.exists():
        return None, ""
    try:
        scores = read_scores(path)
    except DamagedError as error:
        return None, f"{error.message}; it is run again"
    return Done(_line(job, scores), scores, fresh=False, seconds=0.0), ""


def _scores(job: Job, judge: Judge, opened: _Opened) -> Iterator[Score]:
    for field in job.fields:
        whole = field.open()
        said = opened.predict(job.candidate, field, whole)
        yield from judge.scores(job.candidate, field, whole, said)


def _line(job: Job, scores: Sequence[Score]) -> JobLine:
    bad = [score for score in scores if score.status in FAILURES]
    status: Status = bad[0].status if bad else "ok"
    return JobLine(
        key=job.key,
        model=job.candidate.contender.id,
        fields=tuple(field.id for field in job.fields),
        status=status,
        note=f"field {bad[0].field!r}: {bad[0].note}" if bad else "",
    )


class _Opened:
    """A candidate that is opened when it is first asked, and again after it died."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._inputs = list(inputs)
        self._stack = ExitStack()
        self._predictor: Predictor | None = None
        self._deaths = 0
        self._broken: Failure | None = None
        """Why it is not asked any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(self, candidate: Candidate, field: Field, whole: xr.Dataset) -> Said:
        """What the candidate says about a field."""
        if self._broken:
            return self._broken
        seen = whole if candidate.contender.kind == "control" else whole[self._inputs].load()
        try:
            said = self._ready(candidate)(field, seen)
        except UndeliveredError as error:
            return self._died(error.failure, field) if error.gone else error.failure
        except Exception as error:  # noqa: BLE001 - foreign code: one model's fault is named and the rest go on
            return _failure(error)
        self._deaths = 0
        return said

    def _ready(self, candidate: Candidate) -> Predictor:
        """The opened candidate; one that cannot be opened is not tried again."""
        if self._predictor is None:
            try:
                self._predictor = self._stack.enter_context(candidate.open())
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
