"""Scores and runs on disk: ``records/<job>.parquet``, ``scores.parquet`` and ``run.json``. Every file is written whole.

A board is made from ``run.json`` and ``scores.parquet`` alone. The files under ``records/`` are what a killed run
starts again from: each holds the scores of one finished job and is named after everything that decides them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from harness.gates import SUITES, Suite
from harness.gates.verdicts import Row
from harness.scoring import PROTOCOL, Protocol, Scale, Status
from zoo.errors import ZooError

SCHEMA = 1
"""Version of the layout of ``run.json`` and of the columns of the parquet files."""
RUN = "run.json"
SCORES = "scores.parquet"
JOBS = "records"
STAMP = "not for leaderboards"
"""What a run on a part of a split is marked with, everywhere."""


Mark = Literal["seen", "transfer", "other scheme", "training unknown"]
"""What a board must say of a model. ``seen``: trained on units it is scored on. ``transfer``: trained on other data
alone. ``other scheme``: trained on this dataset as another scheme divides it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One row of ``scores.parquet``: one metric of one label of one field."""

    protocol: str
    model: str
    kind: Literal["model", "predictions", "control"]
    digest: str
    """Of the package, the predictions, or the control."""
    dataset: str
    """``dataset[.scheme]``."""
    split: str
    field: str
    """Empty where the model is not applicable to the label."""
    session: str
    condition: str
    label: str
    metric: str
    version: int
    """Of the metric."""
    value: float | None
    status: Status
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What stands on a board: a model, predictions made elsewhere, or a control."""

    id: str
    kind: Literal["model", "predictions", "control"]
    digest: str
    bound: Literal["floor", "ceiling", ""] = ""
    """Of a control: from which side it bounds the models."""
    preset: str = ""
    format: str = ""
    """Weight format that it ran in; empty for the one chosen when the package was made."""
    trained_on: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    zoom: float = 1.0
    """By how much images are enlarged for it, and its predictions shrunk back: its pixel size is not the dataset's."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A metric as a board shows it."""

    id: str
    version: int
    title: str
    better: Literal["higher", "lower", "neither"]
    averaged: Literal["plain", "fisher-z"]
    ranked: bool
    """False where counts cannot be compared between sessions and a gain would change the metric."""
    optional: bool = False
    """Whether it is left out where nobody has a value: most models do not say how sure they are."""


@dataclass(frozen=True, kw_only=True)
class JobLine:
    """What became of one job."""

    key: str
    model: str
    fields: tuple[str, ...]
    status: Status
    note: str = ""
    gate: str = ""
    """What it measured; empty where it scored."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """What was judged on."""

    reference: str
    """``dataset[.scheme]``."""
    id: str
    version: str
    digest: str
    scheme: str
    split: str
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    intensity: Literal["comparable", "arbitrary"]
    license: str
    limit: int | None = None
    """Number of fields that the run was limited to; None for the whole split."""
    controls: tuple[str, ...] = ()
    """Labels of control structures, which no honest model can predict in full: shown, never ranked."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """``run.json``: everything about a run but its scores."""

    schema: int = SCHEMA
    stamp: str = ""
    """``not for leaderboards`` if the run was limited."""
    suite: Suite
    """The widest that any of its models was asked for."""
    protocol: Protocol
    data: Data
    columns: tuple[Column, ...]
    contenders: tuple[Contender, ...]
    scales: Mapping[str, Scale]
    """Training truth by label, in counts."""
    jobs: tuple[JobLine, ...]
    command: tuple[str, ...]
    versions: Mapping[str, str]
    environment: Mapping[str, str]
    timing: Mapping[str, float]
    """Seconds by model, and when the run ended: the one part that differs when a run is repeated."""


_RUN = TypeAdapter(Run)
_ROWS = b"rows"
"""Key of what gates measured in the metadata of a job's file."""
_COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("protocol", "model", "kind", "digest", "dataset", "split", "field")),
        *((name, pa.string()) for name in ("session", "condition", "label", "metric")),
        ("version", pa.int32()),
        ("value", pa.float64()),
        ("status", pa.string()),
        ("note", pa.string()),
    ]
)


class DamagedError(ZooError):
    """A record file that cannot be read: truncated, or not ours."""


def job_path(out: Path, key: str) -> Path:
    """Where the scores of a finished job lie."""
    return out / JOBS / f"{key}.parquet"


def write_scores(path: Path, scores: Sequence[Score], measured: Sequence[Row] = ()) -> None:
    """Write rows of scores, whole or not at all, and in the same file what gates measured."""
    table = pa.Table.from_pylist([asdict(score) for score in scores], schema=_COLUMNS)
    if measured:
        table = table.replace_schema_metadata({_ROWS: json.dumps([asdict(row) for row in measured])})
    with _written(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_scores(path: Path) -> tuple[Score, ...]:
    """Rows of scores. ``DamagedError`` names a file that is missing, truncated or has other columns."""
    try:
        rows = pq.read_table(path).cast(_COLUMNS).to_pylist()
        return tuple(Score(**row) for row in rows)
    except (OSError, ValueError, pa.ArrowException, TypeError) as error:
        message = f"{path}: cannot be read as scores: {str(error).splitlines()[0]}"
        raise DamagedError(message, hint="run the same zoo bench again: finished jobs are not run twice") from error


def read_measured(path: Path) -> tuple[Row, ...]:
    """What gates measured, from the file of a job that ``read_scores`` can read."""
    kept = (pq.read_schema(path).metadata or {}).get(_ROWS, b"[]")
    return tuple(Row(**row) for row in json.loads(kept))


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with _written(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_run(out: Path, run: Run) -> None:
    """Write ``run.json``."""
    write_text(out / RUN, json.dumps(asdict(run), indent=2, ensure_ascii=False) + "\n")


def read_run(out: Path) -> Run:
    """Read ``run.json``; one that is missing, damaged or of another protocol is an error."""
    path = out / RUN
    try:
        run = _RUN.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        message = f"{path}: no such file; {out} holds no run"
        raise ZooError(message, hint=f"make one: zoo bench --model all --dataset ID --out {out}") from error
    except (OSError, ValidationError) as error:
        message = f"{path}: cannot be read as a run: {str(error).splitlines()[0]}"
        raise DamagedError(message, hint="run the same zoo bench again: finished jobs are not run twice") from error
    if run.protocol != PROTOCOL:
        message = f"{path}: made with protocol {run.protocol.name}, this version judges by {PROTOCOL.name}"
        raise ZooError(message, hint="a board never mixes two protocols: run zoo bench again with another --out")
    return run


def scores_of(folder: Path) -> tuple[Score, ...]:
    """The scores of a run; those of another protocol are refused."""
    scores = read_scores(folder / SCORES)
    for score in scores:
        if score.protocol != PROTOCOL.name:
            message = f"{folder / SCORES}: scores of protocol {score.protocol}, this version judges by {PROTOCOL.name}"
            raise ZooError(message, hint="a board never mixes two protocols: run zoo bench again with another --out")
    return scores


def merged(runs: Sequence[tuple[Run, Sequence[Score]]]) -> tuple[Run, tuple[Score, ...]]:
    """Several runs as one. They must agree on everything that decides a score, and no id may mean two things.

    Suites may differ: what one of them did not run is not tested, and scores are the same in all.
    """
    first, _ = runs[0]
    contenders: dict[str, Contender] = {}
    scores: list[Score] = []
    for run, rows in runs:
        for what, found, expected in (
            ("dataset, split, fields or labels", run.data, first.data),
            ("metrics", run.columns, first.columns),
        ):
            if found != expected:
                message = f"runs cannot share a board: {what} differ ({run.data.reference}, {first.data.reference})"
                raise ZooError(message, hint="rank them apart, or run zoo bench again with the same options")
        fresh = {contender.id for contender in run.contenders} - contenders.keys()
        for contender in run.contenders:
            other = contenders.setdefault(contender.id, contender)
            if other.digest != contender.digest:
                message = f"{contender.id!r} means two things: digests {other.digest[:12]} and {contender.digest[:12]}"
                raise ZooError(message, hint="rank the runs apart, or give one another name (zoo score --name)")
        scores.extend(row for row in rows if row.model in fresh)
    jobs = {job.key: job for run, _ in runs for job in run.jobs}
    suite = max((run.suite for run, _ in runs), key=SUITES.index)
    merged = replace(first, suite=suite, contenders=tuple(contenders.values()), jobs=tuple(jobs.values()))
    return merged, tuple(scores)


def writable(out: Path) -> None:
    """Make the output folder; one that cannot be written to is an error now and not after hours."""
    try:
        (out / JOBS).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out / JOBS):
            pass
    except OSError as error:
        message = f"{out}: cannot write to the output folder: {error.strerror or error}"
        raise ZooError(message, hint="give another --out") from error


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A temporary name beside a path, which takes its place if the block ends well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise ZooError(message, hint="make room, or give another --out; finished jobs are kept") from error
    finally:
        temporary.unlink(missing_ok=True)
