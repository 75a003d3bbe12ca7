"""Models x tasks to a plan of jobs, jobs to records, records to a board."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from harness import engine, environment, ledger, preparation, records, surveys
from harness.candidates.bounds import bounds
from harness.controls import CONTROLS
from harness.cost.files import read_costs, write_costs
from harness.cost.stopwatch import Stopwatch
from harness.examination.conclusions import concluded
from harness.examination.examiner import Examiner
from harness.examination.files import read_verdicts, write_verdicts
from harness.judging import Judge
from harness.objects.drawings import drawings_of
from harness.ranking import Board, board
from harness.records import STAMP, Contender, JobLine, Run, Score
from harness.report import write
from harness.scoring import FAILURES, PROTOCOL
from harness.weighing import weigh
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.cost.figures import Cost, Costs
    from harness.engine import Done
    from harness.gates.verdicts import Verdict
    from harness.judging import Candidate
    from harness.preparation import Prepared, Request, Tell
    from harness.surveys import Survey
    from zoo.types import Field

Thing = TypeVar("Thing")
TOGETHER = 4
"""Models that are open at once, each in a process of its own: the truth is worked out once for as many."""


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
    drawings = drawings_of(request.dataset)
    judge = Judge(prepared.data, survey.scales, request.metrics, drawings, survey.objects, survey.marginals)
    examiner = Examiner(judge, request.dataset, request.suite, prepared.exams)
    done, costs = _run(candidates, prepared, judge, examiner, tell)
    return _finish(candidates, done, prepared, examiner, costs)


def rebuilt(outs: Sequence[Path], out: Path) -> Outcome:
    """The board of one or more runs, from their records alone."""
    records.writable(out)
    made, scores = _remembered(outs)
    if [out] != list(outs):
        records.write_scores(out / records.SCORES, scores)
        records.write_run(out, made.run)
        write_verdicts(out, made.verdicts)
        write_costs(out, made.costs)
    return Outcome(board=made, files=write(out, made), failures=(), warnings=())


def remembered(out: Path) -> Board:
    """The board of a run, from its records alone; nothing is written."""
    return _remembered([out])[0]


def _remembered(outs: Sequence[Path]) -> tuple[Board, tuple[Score, ...]]:
    run, scores = _ordered(*records.merged([(records.read_run(folder), records.scores_of(folder)) for folder in outs]))
    verdicts = {name: said for folder in reversed(outs) for name, said in read_verdicts(folder).items()}
    costs = {name: cost for folder in reversed(outs) for name, cost in read_costs(folder).items()}
    return board(run, scores, ordered(verdicts, run), ordered(costs, run)), scores


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
) -> tuple[dict[str, list[Done]], dict[str, Cost]]:
    request = prepared.request
    plans = {
        candidate.contender.id: engine.plan(candidate, prepared.fields, judge, examiner) for candidate in candidates
    }
    total = sum(map(len, plans.values()))
    done: dict[str, list[Done]] = {name: [] for name in plans}
    costs: dict[str, Cost] = {}
    with Stopwatch(environment.machine()) as stopwatch:
        first = partial(weigh, prepared, stopwatch, costs) if request.cost else None
        for some in _together(candidates):
            running = engine.run(
                [plans[name] for name in some],
                *(judge, examiner, request.out, request.inputs),
                resume=request.resume,
                first=first,
            )
            tell(some[0], sum(map(len, done.values())), total)
            for finished in running:
                done[finished.line.model].append(finished)
                tell(finished.line.model, sum(map(len, done.values())), total)
    return done, costs


def _together(candidates: Sequence[Candidate]) -> list[list[str]]:
    """Names of candidates that are judged side by side: few models, and with the first of them whoever is none."""
    models = [one.contender.id for one in candidates if one.contender.kind == "model"]
    others = [one.contender.id for one in candidates if one.contender.kind != "model"]
    groups = [models[start : start + TOGETHER] for start in range(0, len(models), TOGETHER)] or [[]]
    return [[*groups[0], *others], *groups[1:]]


def _finish(
    candidates: Sequence[Candidate],
    done: Mapping[str, Sequence[Done]],
    prepared: Prepared,
    examiner: Examiner,
    costs: Costs,
) -> Outcome:
    request = prepared.request
    fresh = {name for name, jobs in done.items() if any(job.fresh for job in jobs)}
    scores = tuple(score for candidate in candidates for score in _scores(candidate, done, prepared))
    run = _described(candidates, done, prepared, {score.model for score in scores})
    verdicts = {**prepared.verdicts, **_verdicts(candidates, done, examiner)}
    if prepared.earlier:
        run, scores = records.merged([(run, scores), _without(prepared.earlier, set(done))])
    run, scores = _ordered(run, scores)
    made = board(run, scores, ordered(verdicts, run), ordered({**_unchanged(prepared, run), **costs}, run))
    ledger.append(request.ledger, ledger.lines(run, [row for row in made.rows if row.contender.id in done]), fresh)
    records.write_scores(request.out / records.SCORES, scores)
    records.write_run(request.out, run)
    write_verdicts(request.out, made.verdicts)
    write_costs(request.out, made.costs)
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
    """What gates say of everybody who was judged now, and diagnostics of controls."""
    found = {
        name: concluded(examiner, candidate, [row for job in done[name] for row in job.measured])
        for candidate in candidates
        if candidate.labels
        for name in [candidate.contender.id]
    }
    return {name: said for name, said in found.items() if said}


def ordered(told: Mapping[str, Thing], run: Run) -> dict[str, Thing]:
    """What is told of the contenders of a run, in their order."""
    return {one.id: told[one.id] for one in run.contenders if one.id in told}


def _unchanged(prepared: Prepared, run: Run) -> Costs:
    """Costs that an earlier run found out, of contenders that are still the same."""
    before = {one.id: one for one in prepared.earlier[0].contenders} if prepared.earlier else {}
    same = [one.id for one in run.contenders if before.get(one.id) == one]
    return {name: prepared.costs[name] for name in same if name in prepared.costs}


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
