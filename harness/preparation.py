"""What is asked for: a dataset, a split, metrics, a place to write; and what is known before any model is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness import records, surveys
from harness.cost.files import read_costs
from harness.examination.exams import exams
from harness.examination.files import read_verdicts
from harness.gates import SUITES
from harness.records import Column, Data, Run, Score
from harness.scoring import OF_QUANTILES, TRAINING
from zoo.errors import ZooError
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.cost.figures import Costs
    from harness.examination.exams import Exam
    from harness.gates import Suite
    from harness.gates.verdicts import Verdicts
    from harness.surveys import Survey
    from zoo.types import Channel, Dataset, Field, Metric, SplitScheme


class Tell(Protocol):
    """Is told how far a run is: what is being done, how much of it is done, of how much."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` parts of ``what`` are behind us."""
        ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to judge on, and where to write."""

    dataset: Dataset
    scheme: SplitScheme
    split: str
    out: Path
    ledger: Path
    metrics: tuple[Metric, ...]
    suite: Suite = "core"
    """Checked in ``prepare``: it comes from whoever typed it."""
    limit: int | None = None
    cost: bool = False
    """Whether models are timed."""
    resume: bool = True
    command: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """``dataset[.scheme]``."""
        return f"{self.dataset.id}.{self.scheme.name}" if self.scheme.name else self.dataset.id

    @property
    def surveyed(self) -> int:
        """Training fields that are surveyed, at most."""
        return surveys.MOST_FIELDS if self.limit is None else surveys.FEW_FIELDS

    @property
    def inputs(self) -> list[str]:
        """Channels that a model may see."""
        return [channel.name for channel in inputs_of(self.dataset.channels)]

    @property
    def labels(self) -> list[str]:
        """Channels that a model is asked for."""
        return [channel.name for channel in labels_of(self.dataset.channels)]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A request with everything that does not depend on the models."""

    request: Request
    data: Data
    fields: tuple[Field, ...]
    survey: Survey
    exams: tuple[Exam, ...]
    """The gates of the suite, each with its fields."""
    earlier: tuple[Run, tuple[Score, ...]] | None
    """What the output folder already holds, if it can share a board with this request."""
    verdicts: Verdicts
    """What gates said of the models that it holds."""
    costs: Costs
    """What they cost."""
    warnings: tuple[str, ...]


def needed(request: Request) -> tuple[Field, ...]:
    """The fields that a run reads: those to score on, and training fields unless an earlier run left their survey."""
    members, scheme = request.scheme.members, request.scheme.name
    surveyed = request.resume and surveys.kept(_survey_path(request)) is not None
    unread = members.get(TRAINING) and not surveyed
    training = surveys.chosen(request.dataset, scheme, request.surveyed) if unread else ()
    scored = request.dataset.fields(request.split, scheme=scheme)[: request.limit] if members.get(request.split) else ()
    return (*training, *scored, *probed(request))


def probed(request: Request) -> tuple[Field, ...]:
    """The fields beyond the asked split that the gates of the suite read, each once."""
    _check_suite(request)
    asked = exams(request.dataset, request.scheme.name, (), request.suite)
    return tuple({field.id: field for exam in asked for unit in exam.units for field in unit}.values())


def prepare(request: Request, tell: Tell) -> Prepared:
    """Check the request, read the training fields once, and look at what the output folder already holds."""
    _check_suite(request)
    fields = tuple(request.dataset.fields(request.split, scheme=request.scheme.name))[: request.limit]
    if not fields:
        known = ", ".join(name for name, members in request.scheme.members.items() if members)
        message = f"dataset {request.reference!r}: split {request.split!r} is empty; splits with fields: {known}"
        raise ZooError(message, hint="give one of these to --split")
    _check_training(request)
    records.writable(request.out)
    data = _data(request, fields)
    found, warnings = _earlier(request.out, data, columns(request))
    earlier = found if request.resume else None
    kept = _survey_path(request)
    survey = surveys.kept(kept) if request.resume else None
    if survey is None:
        survey = surveys.survey(
            request.dataset,
            request.scheme.name,
            lambda done, total: tell("training fields", done, total),
            objects=_sees_objects(request),
            most=request.surveyed,
        )
        records.write_text(kept, surveys.as_json(survey))
    return Prepared(
        request=request,
        data=data,
        fields=fields,
        survey=survey,
        exams=exams(request.dataset, request.scheme.name, fields, request.suite),
        earlier=earlier,
        verdicts=read_verdicts(request.out) if earlier else {},
        costs=read_costs(request.out) if earlier else {},
        warnings=warnings,
    )


def _check_training(request: Request) -> None:
    if not request.scheme.members.get(TRAINING):
        raise ZooError(
            f"dataset {request.reference!r}: no field in split {TRAINING!r}, from which scales and controls are taken",
            hint="give it a few training fields",
        )


def _check_suite(request: Request) -> None:
    if request.suite not in SUITES:
        raise ZooError(f"unknown suite {request.suite!r}; known: {', '.join(SUITES)}", hint="leave --suite out")


def _survey_path(request: Request) -> Path:
    identity = surveys.digest(request.dataset, request.scheme.name, request.surveyed)
    kind = "survey-with-objects" if _sees_objects(request) else "survey"
    return request.out / records.JOBS / f"{kind}-{identity}.json"


def _sees_objects(request: Request) -> bool:
    return any(metric.sees == "objects" for metric in request.metrics)


def _data(request: Request, fields: Sequence[Field]) -> Data:
    return Data(
        reference=request.reference,
        id=request.dataset.id,
        version=request.dataset.version,
        digest=request.dataset.digest,
        scheme=request.scheme.name,
        split=request.split,
        fields=tuple(field.id for field in fields),
        labels=tuple(request.labels),
        intensity=request.dataset.intensity,
        license=request.dataset.license,
        limit=request.limit,
        controls=tuple(label.name for label in labels_of(request.dataset.channels) if _is_control(label)),
    )


def _is_control(label: Channel) -> bool:
    return label.structure is not None and label.structure.is_control


def columns(request: Request) -> tuple[Column, ...]:
    """The metrics as a board shows them: on arbitrary counts only those that a gain cannot change may be ranked."""
    comparable = request.dataset.intensity == "comparable"
    return tuple(
        Column(
            id=metric.id,
            version=metric.version,
            title=metric.title,
            better=metric.better,
            averaged=metric.averaged,
            ranked=metric.ranked and metric.better != "neither" and (comparable or metric.gain_free),
            optional=OF_QUANTILES in metric.needs,
        )
        for metric in request.metrics
    )


def _earlier(
    out: Path, data: Data, columns: tuple[Column, ...]
) -> tuple[tuple[Run, tuple[Score, ...]] | None, tuple[str, ...]]:
    """The run that the folder already holds, if it can share a board with this one."""
    if not (out / records.RUN).exists():
        return None, ()
    try:
        run, scores = records.read_run(out), records.scores_of(out)
    except records.DamagedError as error:
        return None, (f"{error.message}; written anew",)
    if (run.data.reference, run.data.split) != (data.reference, data.split) or (data.limit and not run.data.limit):
        found = f"{run.data.reference}, split {run.data.split}, {len(run.data.fields)} fields"
        wanted = f"{data.reference}, split {data.split}, {len(data.fields)} fields"
        raise ZooError(f"{out}: holds a run on {found}; this one is on {wanted}", hint="give another --out")
    if (run.data, run.columns) != (data, columns):
        return None, (f"{out}: the earlier board was made from other fields or metrics and is replaced",)
    return (run, scores), ()
