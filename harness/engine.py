"""Where jobs run: one candidate on one batch of fields at a time, each finished job kept on disk and never run again.

The one border at which a model's own code is called. Whatever it does ends in a status: the rest of the run goes on. A
model is handed the inputs of a field and nothing else; truth is read here, for scoring alone.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from harness.judging import Candidate, DeadlyError, Judge, Predictor
from harness.records import DamagedError, JobLine, Score, job_path, read_scores, write_scores
from harness.scoring import FAILURES, Failure, Status
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from harness.fields import Counts
    from zoo.types import Field

BATCH = 4
"""Fields of one job: what is lost at most when a run is killed."""
DEATHS = 2
"""Jobs in a row that a model may die in before the rest of its fields are failed untried."""


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
    deaths: list[Failure] = []
    with _Opened(jobs[0].candidate if jobs else None, inputs) as opened:
        for job in jobs:
            kept, warning = _finished(job, out) if resume else (None, "")
            if kept is not None:
                yield kept
                continue
            started = time.perf_counter()
            scores, death = _run(job, judge, opened, deaths)
            deaths = [*deaths, death] if death else []
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


def _run(
    job: Job, judge: Judge, opened: _Opened, deaths: Sequence[Failure]
) -> tuple[tuple[Score, ...], Failure | None]:
    scores: list[Score] = []
    death = _given_up(deaths)
    for field in job.fields:
        whole = field.open()
        said, last = (death, None) if death else opened.predict(field, whole)
        scores += judge.scores(job.candidate, field, whole, said)
        if last:
            death = Failure(last.status, f"not tried after field {field.id!r}: {last.note}")
    return tuple(scores), death


def _given_up(deaths: Sequence[Failure]) -> Failure | None:
    return deaths[-1] if len(deaths) >= DEATHS else None


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

    def __init__(self, candidate: Candidate | None, inputs: Sequence[str]) -> None:
        self._candidate = candidate
        self._inputs = list(inputs)
        self._stack = ExitStack()
        self._predictor: Predictor | None = None
        self._broken: Failure | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(
        self, field: Field, whole: xr.Dataset
    ) -> tuple[Mapping[str, Counts | Failure] | Failure, Failure | None]:
        """What the candidate says, and how it died if it did."""
        candidate = self._candidate
        assert candidate is not None  # noqa: S101 - there is a job, so there is a candidate
        if self._broken:
            return self._broken, None
        seen = whole if candidate.contender.kind == "control" else whole[self._inputs].load()
        try:
            return self._ready(candidate)(field, seen), None
        except DeadlyError as error:
            self._stack.close()
            self._predictor = None
            return error.failure, error.failure
        except Exception as error:  # noqa: BLE001 - foreign code: one model's fault is named and the rest go on
            return _failure(error), None

    def _ready(self, candidate: Candidate) -> Predictor:
        """The opened candidate; one that cannot be opened is not tried again."""
        if self._predictor is None:
            try:
                self._predictor = self._stack.enter_context(candidate.open())
            except DeadlyError as error:
                self._broken = error.failure
                raise
            except Exception as error:
                self._broken = _failure(error)
                raise
        return self._predictor


def _failure(error: Exception) -> Failure:
    if isinstance(error, MemoryError):
        return Failure("out-of-memory", "the machine has no memory left for it")
    if isinstance(error, ZooError):
        return Failure("failed", error.message)
    return Failure("failed", f"{type(error).__name__}: {error}".split("\n", 1)[0])
