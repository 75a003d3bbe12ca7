"""Options to a run: the dataset is found, the place to write named after what is judged, the outcome shown."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from harness.bench import bench
from harness.candidates.elsewhere import elsewhere, superfluous
from harness.candidates.models import Terms, models
from harness.commands.display import Bar, show
from harness.metrics import METRICS
from harness.objects import METRICS as OBJECTS
from harness.preparation import Request, needed, probed
from zoo.data import find
from zoo.data.progress import fetch_with_bar
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.commands.options import Options
    from harness.gates import Suite
    from zoo.registry import Registry
    from zoo.runtime.model import RunnerName
    from zoo.types import Metric

BOARDS = Path("leaderboards")


def bench_models(registry: Registry, told: Options, names: Sequence[str], how: Terms) -> None:
    """Judge models, and show the board."""
    asked = request(registry, told)
    fetch_with_bar(asked.dataset, needed(asked))
    with Bar() as bar:
        outcome = bench(asked, lambda fields: models(names, registry, asked, fields, how, bar), bar)
    show(outcome, as_document=told.as_json)


def score_folder(registry: Registry, told: Options, folder: Path, name: str) -> None:
    """Judge predictions that were made elsewhere, and show the board they joined."""
    asked = request(registry, told)
    fetch_with_bar(asked.dataset, needed(asked))
    beyond = probed(asked)
    scored = asked.dataset.fields(told.split, scheme=asked.scheme.name)
    extra = superfluous(folder, (*scored, *beyond), asked.labels)
    with Bar() as bar:
        outcome = bench(asked, lambda fields: [elsewhere(folder, name, fields, asked.labels, beyond)], bar)
    warnings = (*outcome.warnings, extra) if extra else outcome.warnings
    show(replace(outcome, warnings=warnings), as_document=told.as_json)


def request(registry: Registry, told: Options) -> Request:
    """What the options ask for. A limited run has a folder of its own, so that it never takes the place of a board."""
    dataset, scheme = find(registry, told.dataset, data_dir=told.data_dir, note=partial(typer.echo, err=True))
    name = f"{dataset.id}.{scheme.name}" if scheme.name else dataset.id
    limited = f"-limit{told.limit}" if told.limit is not None else ""
    return Request(
        dataset=dataset,
        scheme=scheme,
        split=told.split,
        out=told.out or BOARDS / f"{name}-{told.split}{limited}",
        ledger=told.ledger,
        metrics=_metrics(registry),
        suite=cast("Suite", told.suite),
        limit=told.limit,
        cost=told.limit is None if told.cost is None else told.cost,
        resume=not told.no_resume,
        command=("zoo", *sys.argv[1:]),
    )


def terms(weight_format: str, runner: RunnerName, timeout: float | None, words: Sequence[str]) -> Terms:
    """How models are to be run; ``words`` are ``TENSOR=CHANNEL``."""
    pairs = [word.partition("=") for word in words]
    for word, (tensor, sign, channel) in zip(words, pairs, strict=True):
        if not (tensor and sign and channel):
            raise ZooError(f"--map {word!r}: expected TENSOR=CHANNEL", hint="for example --map raw=phase")
    mapping = {tensor: channel for tensor, _, channel in pairs}
    return Terms(format=weight_format, runner=runner, timeout=timeout, mapping=mapping)


def _metrics(registry: Registry) -> tuple[Metric, ...]:
    """Our own in the order of a board's columns, then those of plugins in the order of their ids."""
    own = [metric.id for metric in (*METRICS, *OBJECTS)]
    place = {name: index for index, name in enumerate(own)}
    return tuple(sorted(registry.metrics, key=lambda metric: (place.get(metric.id, len(own)), metric.id)))
