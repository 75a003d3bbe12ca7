"""Models x tasks to a plan of jobs, jobs to records, records to a board."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import engine, environment, ledger, preparation, records, surveys
from harness.candidates.bounds import bounds
from harness.controls import CONTROLS
from harness.examination.conclusions import concluded
from harness.examination.examiner import Examiner
from harness.examination.files import read_verdicts, write_verdicts
from harness.judging import Judge
from harness.objects.drawings import drawings_of
from harness.ranking import Board, board
from harness.records import STAMP, Contender, JobLine, Run, Score
from harness.report import write
from harness.scoring import FAILURES, PROTOCOL
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.engine import Done
    from harness.gates.verdicts import Verdict, Verdicts
    from harness.judging import Candidate
    from harness.preparation import Prepared, Request, Tell
    from harness.surveys import Survey
    from zoo.types import Field


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run came to."""

    board: Board
    files: tuple[Path, ...]
    failures: tuple[JobLine, ...]
    """Jobs that were asked for now and failed."""
    warnings: tuple[str, ...]


def bench(request: Request, gather: Callable[[Sequence[Field]], Sequence[Candidate]], tell: Tell) -> Outcome:
    """Judge what ``gather`` makes of the fields, and the controls beside it; write records, run and board.

    Contenders that an earlier run left in the same folder stay on the board if they were judged on the same data.
    """
    prepared = preparation.prepare(request, tell)
    asked = [_surveyed(candidate, prepared.survey) for candidate in gather(prepared.fields)]
    identity = surveys.digest(request.dataset, request.scheme.name, request.surveyed)
    controls = bounds(prepared.survey, request.inputs, identity)
    candidates = [*sorted(asked, key=lambda candidate: candidate.contender.id), *controls]
    _distinct(candidates)
    if not asked:
        prepared = replace(prepared, warnings=(*prepared.warnings, "no model is registered: controls alone are judged"))
    survey = prepared.survey
    judge = Judge(prepared.data, survey.scales, request.metrics, drawings_of(request.dataset), survey.objects)
    examiner = Examiner(judge, request.dataset, request.suite, prepared.exams)
    done = _run(candidates, prepared, judge, examiner, tell)
    return _finish(candidates, done, prepared, examiner)


def rebuilt(outs: Sequence[Path], out: Path) -> Outcome:
    """The board of one or more runs, from their records alone."""
    run, scores = records.merged([(records.read_run(folder), records.scores_of(folder)) for folder in outs])
    run, scores = _ordered(run, scores)
    records.writable(out)
    if [out] != list(outs):
        records.write_scores(out / records.SCORES, scores)
        records.write_run(out, run)
    verdicts = ordered({name: said for folder in reversed(outs) for name, said in read_verdicts(folder).items()}, run)
    if [out] != list(outs):
        write_verdicts(out, verdicts)
    made = board(run, scores, verdicts)
    return Outcome(board=made, files=write(out, made), failures=(), warnings=())


def _surveyed(candidate: Candidate, survey: Survey) -> Candidate:
    """A candidate without the labels that no training field shows: they have no scale."""
    lost = {label: "no training field shows it" for label in candidate.labels if label not in survey.scales}
    kept = tuple(label for label in candidate.labels if label not in lost)
    return replace(candidate, labels=kept, refusals={**candidate.refusals, **lost})


def _distinct(candidates: Sequence[Candidate]) -> None:
    seen: dict[str, Contender] = {}
    for candidate in candidates:
        contender = candidate.contender
        if contender.id in seen:
            kinds = f"a {seen[contender.id].kind} and a {contender.kind}"
            message = f"two contenders are called {contender.id!r}: {kinds}"
            raise ZooError(message, hint="ask for it once; zoo score takes another name with --name")
        seen[contender.id] = contender


def _run(
    candidates: Sequence[Candidate], prepared: Prepared, judge: Judge, examiner: Examiner, tell: Tell
) -> dict[str, list[Done]]:
    request = prepared.request
    plans = {
        candidate.contender.id: engine.plan(candidate, prepared.fields, judge, examiner) for candidate in candidates
    }
    total = sum(map(len, plans.values()))
    done: dict[str, list[Done]] = {}
    count = 0
    for name, jobs in plans.items():
        tell(name, count, total)
        done[name] = []
        for finished in engine.run(jobs, judge, examiner, request.out, request.inputs, resume=request.resume):
            done[name].append(finished)
            count += 1
            tell(name, count, total)
    return done


def _finish(
    candidates: Sequence[Candidate], done: Mapping[str, Sequence[Done]], prepared: Prepared, examiner: Examiner
) -> Outcome:
    request = prepared.request
    fresh = {name for name, jobs in done.items() if any(job.fresh for job in jobs)}
    scores = tuple(score for candidate in candidates for score in _scores(candidate, done, prepared))
    run = _described(candidates, done, prepared, {score.model for score in scores})
    verdicts = {**prepared.verdicts, **_verdicts(candidates, done, examiner)}
    if prepared.earlier:
        run, scores = records.merged([(run, scores), _without(prepared.earlier, set(done))])
    run, scores = _ordered(run, scores)
    made = board(run, scores, ordered(verdicts, run))
    ledger.append(request.ledger, ledger.lines(run, [row for row in made.rows if row.contender.id in done]), fresh)
    records.write_scores(request.out / records.SCORES, scores)
    records.write_run(request.out, run)
    write_verdicts(request.out, made.verdicts)
    jobs = [job for finished in done.values() for job in finished]
    return Outcome(
        board=made,
        files=write(request.out, made),
        failures=tuple(job.line for job in jobs if job.line.status in FAILURES),
        warnings=(*prepared.warnings, *(job.warning for job in jobs if job.warning)),
    )


def _verdicts(
    candidates: Sequence[Candidate], done: Mapping[str, Sequence[Done]], examiner: Examiner
) -> dict[str, tuple[Verdict, ...]]:
    """What gates say of everybody who was judged now, and is no control."""
    return {
        name: concluded(examiner, candidate, [row for job in done[name] for row in job.measured])
        for candidate in candidates
        if candidate.contender.kind != "control" and candidate.labels
        for name in [candidate.contender.id]
    }


def ordered(verdicts: Verdicts, run: Run) -> Verdicts:
    """The verdicts on the contenders of a run, in their order."""
    return {one.id: verdicts[one.id] for one in run.contenders if one.id in verdicts}


def _scores(candidate: Candidate, done: Mapping[str, Sequence[Done]], prepared: Prepared) -> Iterable[Score]:
    for job in done[candidate.contender.id]:
        yield from job.scores
    if candidate.contender.kind == "control":
        return
    primary = next(column for column in preparation.columns(prepared.request) if column.id == PROTOCOL.primary)
    for label, reason in candidate.refusals.items():
        yield Score(
            protocol=PROTOCOL.name,
            model=candidate.contender.id,
            kind=candidate.contender.kind,
            digest=candidate.contender.digest,
            dataset=prepared.data.reference,
            split=prepared.data.split,
            field="",
            session="",
            condition="",
            label=label,
            metric=primary.id,
            version=primary.version,
            value=None,
            status="not-applicable",
            note=reason,
        )


def _described(
    candidates: Sequence[Candidate], done: Mapping[str, Sequence[Done]], prepared: Prepared, shown: set[str]
) -> Run:
    """The run as it is written down; a control without a score, such as a repeat where there is none, is left out."""
    request = prepared.request
    return Run(
        stamp=STAMP if request.limit is not None else "",
        suite=request.suite,
        protocol=PROTOCOL,
        data=prepared.data,
        columns=preparation.columns(request),
        contenders=tuple(one.contender for one in candidates if one.contender.id in shown),
        scales=prepared.survey.scales,
        jobs=tuple(job.line for finished in done.values() for job in finished),
        command=request.command,
        versions=environment.versions(),
        environment=environment.machine(),
        timing={
            "ended": round(time.time(), 3),
            **{name: _seconds(name, finished, prepared) for name, finished in done.items()},
        },
    )


def _seconds(name: str, jobs: Sequence[Done], prepared: Prepared) -> float:
    """How long a contender took; as written down before if none of its jobs was run again."""
    before = prepared.earlier[0].timing.get(name, 0.0) if prepared.earlier else 0.0
    return round(sum(job.seconds for job in jobs), 3) if any(job.fresh for job in jobs) else before


def _without(earlier: tuple[Run, Sequence[Score]], names: set[str]) -> tuple[Run, Sequence[Score]]:
    """An earlier run without what was judged again."""
    run, scores = earlier
    kept = tuple(contender for contender in run.contenders if contender.id not in names)
    jobs = tuple(job for job in run.jobs if job.model not in names)
    return replace(run, contenders=kept, jobs=jobs), [score for score in scores if score.model not in names]


def _ordered(run: Run, scores: Sequence[Score]) -> tuple[Run, tuple[Score, ...]]:
    """The order in which contenders are written down: the same whichever of them was judged first."""
    place = {control.id: index for index, control in enumerate(CONTROLS)}
    kinds = ("model", "predictions", "control")

    def order(contender: Contender) -> tuple[int, int, str]:
        return kinds.index(contender.kind), place.get(contender.id, -1), contender.id

    contenders = tuple(sorted(run.contenders, key=order))
    rows: dict[str, list[Score]] = {contender.id: [] for contender in contenders}
    for score in scores:
        rows[score.model].append(score)
    jobs = tuple(job for contender in contenders for job in run.jobs if job.model == contender.id)
    return replace(run, contenders=contenders, jobs=jobs), tuple(score for part in rows.values() for score in part)
