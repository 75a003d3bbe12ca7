"""Options to a request: the dataset is found, and the place to write is named after what is judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.metrics import METRICS
from harness.preparation import Request
from zoo.data import find

if TYPE_CHECKING:
    from zoo.registry import Registry
    from zoo.types import Metric

BOARDS = Path("leaderboards")


def request(
    registry: Registry,
    reference: str,
    *,
    split: str,
    suite: str,
    limit: int | None,
    out: Path | None,
    data_dir: Path | None,
    ledger: Path,
    resume: bool,
) -> Request:
    """What the options ask for. A limited run has a folder of its own, so that it never takes the place of a board."""
    dataset, scheme = find(registry, reference, data_dir=data_dir)
    name = f"{dataset.id}.{scheme.name}" if scheme.name else dataset.id
    limited = f"-limit{limit}" if limit is not None else ""
    return Request(
        dataset=dataset,
        scheme=scheme,
        split=split,
        out=out or BOARDS / f"{name}-{split}{limited}",
        ledger=ledger,
        metrics=_metrics(registry),
        suite=suite,
        limit=limit,
        resume=resume,
        command=("zoo", *sys.argv[1:]),
    )


def _metrics(registry: Registry) -> tuple[Metric, ...]:
    """Our own in the order of a board's columns, then those of plugins in the order of their ids."""
    own = [metric.id for metric in METRICS]
    place = {name: index for index, name in enumerate(own)}
    return tuple(sorted(registry.metrics, key=lambda metric: (place.get(metric.id, len(own)), metric.id)))
