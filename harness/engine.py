"""Where jobs run: candidates side by side on one batch of fields after the other, each finished job kept on disk.

What is kept is never run again. Truth is read here, for scoring alone.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from harness.asked import Asked
from harness.records import DamagedError, JobLine, Score, job_path, read_measured, read_scores, write_scores
from harness.scoring import FAILURES, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.asked import Opening
    from harness.examination.examiner import Examiner
    from harness.examination.exams import Exam
    from harness.gates.verdicts import Row
    from harness.judging import Candidate, Judge
    from zoo.types import Field

Thing = TypeVar("Thing")
BATCH = 4
"""Fields of one job: what is lost at most when a run is killed."""


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
    beside = examiner.while_scored(candidate)
    jobs = [
        Job(candidate, [(one,) for one in batch], judge.key(candidate, batch, beside)) for batch in _batches(fields)
    ]
    for exam in examiner.asked(candidate):
        jobs += [Job(candidate, batch, examiner.key(candidate, exam, batch), exam) for batch in _batches(exam.units)]
    return jobs


def run(
    plans: Sequence[Sequence[Job]],
    judge: Judge,
    examiner: Examiner,
    out: Path,
    inputs: Sequence[str],
    *,
    resume: bool,
    first: Callable[[Candidate, Opening], None] | None = None,
) -> Iterator[Done]:
    """Run the jobs of some candidates, a plan for each, opening one when the first of its jobs is not finished yet.

    What is asked of the same fields is asked of all candidates before the next field: its truth is worked out once.
    All of them stay open, so that few should come together. ``first`` is called for each before anything else, and may
    ask a model that has just been opened.
    """
    with ExitStack() as stack:
        asked = {jobs[0].candidate.contender.id: stack.enter_context(Asked(inputs)) for jobs in plans if jobs}
        for jobs in plans:
            if first and jobs:
                candidate = jobs[0].candidate
                first(candidate, partial(asked[candidate.contender.id].opened, candidate))
        for jobs in _beside(plans):
            for done in _round(jobs, judge, examiner, out, asked, resume=resume):
                examiner.hear(done.line.model, done.measured)
                yield done


def _beside(plans: Sequence[Sequence[Job]]) -> Iterable[Sequence[Job]]:
    """Jobs of all candidates on the same fields for the same purpose."""
    found: dict[tuple[object, ...], list[Job]] = {}
    for jobs in plans:
        for job in jobs:
            exam = job.exam
            purpose = (exam.gate.id, exam.against, exam.changes) if exam else ()
            found.setdefault((purpose, *(one.id for one in job.fields)), []).append(job)
    return found.values()


def _round(
    jobs: Sequence[Job],
    judge: Judge,
    examiner: Examiner,
    out: Path,
    asked: Mapping[str, Asked],
    *,
    resume: bool,
) -> Iterator[Done]:
    """Jobs on the same fields: those that are finished, then the others, field by field."""
    running: list[_Running] = []
    for job in jobs:
        kept, warning = _finished(job, out) if resume else (None, "")
        if kept is None:
            running.append(_Running(job, asked[job.candidate.contender.id], warning))
        else:
            yield kept
    with ThreadPoolExecutor(max(1, len(running))) as pool:  # frameworks take seconds to load, each in its own process
        list(pool.map(_Running.open, running))
    for index in range(len(jobs[0].units)):
        for one in running:
            one.work(index, judge, examiner)
    for one in running:
        yield one.done(out)


class _Running:
    """A job while its fields are worked on."""

    def __init__(self, job: Job, asked: Asked, warning: str) -> None:
        self._job = job
        self._asked = asked
        self._warning = warning
        self._scores: list[Score] = []
        self._measured: list[Row] = []
        self._seconds = 0.0

    def open(self) -> None:
        """Open the candidate, unless it is."""
        self._asked.open(self._job.candidate)

    def work(self, index: int, judge: Judge, examiner: Examiner) -> None:
        """Ask about the fields of a unit; what comes of it is scored and measured, or what an exam measures."""
        started = time.perf_counter()
        job, unit = self._job, self._job.units[index]
        if job.exam is not None:
            ask = partial(self._asked.predict, job.candidate)
            self._measured += examiner.rows(job.candidate, job.exam, unit, ask)
        for field in unit if job.exam is None else ():
            whole = field.open()
            said = self._asked.predict(job.candidate, field, whole)
            self._scores += judge.scores(job.candidate, field, whole, said)
            self._measured += examiner.rows_while_scored(job.candidate, field, whole, said)
        self._seconds += time.perf_counter() - started

    def done(self, out: Path) -> Done:
        """The finished job, kept on disk unless it failed."""
        self._asked.let_go_of_tiles()
        scores, measured = tuple(self._scores), tuple(self._measured)
        line = _line(self._job, scores, measured)
        if line.status == "ok":
            write_scores(job_path(out, self._job.key), scores, measured)
        return Done(line, scores, measured, fresh=True, seconds=self._seconds, warning=self._warning)


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
