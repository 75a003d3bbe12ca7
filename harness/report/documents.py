"""A board for scripts: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import TYPE_CHECKING

from harness.gates import SUITES
from harness.gates.verdicts import as_document
from harness.report.cells import plain, shown
from harness.report.costs import costs_as_document
from harness.statistics.averages import significant
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.ranking import Board, Group, Row, Task
    from harness.records import Data, Run
    from harness.report.cells import Cell
    from harness.statistics.overall import Overall
    from harness.statistics.standings import Standings

HEAD = (
    *("rank", "model", "dataset", "label", "score", "split", "kind", "preset", "status", "above_floor", "low", "high"),
    *("scaled", "place", "rank_low", "rank_high", "first", "overall"),
    *("fields", "failed", "sessions", "marks", "stamp", "note"),
)
"""Columns of ``leaderboard.csv`` before the metrics."""


def as_csv(made: Board) -> str:
    """One line for each contender and label; begins ``rank,model,dataset,label,score``."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    metrics = [column.id for column in shown(made)]
    writer.writerow([*HEAD, *metrics])
    for row in made.rows:
        cells = [*_record(made, row).values(), *(row.values[metric] for metric in metrics)]
        writer.writerow([plain(cell) for cell in cells])
    return file.getvalue()


def as_json(made: Board) -> str:
    """The whole board as one document: what was judged and how, rows, groups, notes."""
    run, names = made.run, [column.id for column in shown(made)]
    document = {
        "stamp": run.stamp,
        "suite": run.suite,
        "protocol": run.protocol.name,
        "primary": run.protocol.primary,
        "repeat": repeat(run),
        "dataset": _data(run.data),
        "metrics": [
            {"id": column.id, "version": column.version, "better": column.better, "ranked": column.ranked}
            for column in shown(made)
        ],
        "rows": [
            {
                **_record(made, row),
                "digest": row.contender.digest,
                "metrics": {name: row.values[name] for name in names},
            }
            for row in made.rows
        ],
        "by_session": [_group(group, "session", names) for group in made.by_session],
        "by_condition": [_group(group, "condition", names) for group in made.by_condition],
        "tasks": [_task(task) for task in made.tasks],
        "overall": _overall(made.overall),
        "notes": list(made.notes),
        **({"gates": as_document(made.verdicts)} if made.verdicts else {}),
        **({"cost": costs_as_document(made)} if made.costs else {}),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def repeat(run: Run, only: str = "") -> str:
    """The command that judges the models of a board, or one of them, again; predictions come back by ``zoo score``."""
    names = [only] if only else [one.id for one in run.contenders if one.kind == "model"]
    models = [word for name in names for word in ("--model", name)]
    limit = ["--limit", str(run.data.limit)] if run.data.limit is not None else []
    suite = ["--suite", run.suite] if run.suite != SUITES[0] else []
    asked = ["--dataset", run.data.reference, "--split", run.data.split]
    return shlex.join(["zoo", "bench", *models, *asked, *suite, *limit])


def _data(data: Data) -> dict[str, Cell]:
    return {
        "reference": data.reference,
        "version": data.version,
        "digest": data.digest,
        "split": data.split,
        "fields": len(data.fields),
        "limit": data.limit,
        "intensity": data.intensity,
        "license": data.license,
    }


def _record(made: Board, row: Row) -> dict[str, Cell]:
    contender, run = row.contender, made.run
    low, high = row.ranks or (None, None)
    return {
        "rank": row.rank,
        "model": contender.id,
        "dataset": run.data.reference,
        "label": row.label,
        "score": row.score,
        "split": run.data.split,
        "kind": contender.bound or contender.kind,
        "preset": contender.preset,
        "status": row.status,
        "above_floor": row.above_floor,
        "low": row.low,
        "high": row.high,
        "scaled": row.scaled,
        "place": row.place,
        "rank_low": low,
        "rank_high": high,
        "first": row.first,
        "overall": made.overall.ranks.get(contender.id) if made.overall else None,
        "fields": row.fields,
        "failed": row.failed,
        "sessions": row.sessions,
        "marks": ", ".join(contender.marks),
        "stamp": run.stamp,
        "note": row.note,
    }


def _group(group: Group, kind: str, metrics: Sequence[str]) -> dict[str, object]:
    return {
        "model": group.model,
        "label": group.label,
        kind: group.name,
        "fields": group.fields,
        "metrics": {name: group.values[name] for name in metrics},
    }


def _task(task: Task) -> dict[str, object]:
    axis, found = task.axis, task.standings
    return {
        "label": task.label,
        "floor": axis.floor,
        "floor_by": axis.floor_by,
        "ceiling": axis.ceiling,
        "ceiling_by": axis.ceiling_by,
        "scaled": axis.known,
        "refused": task.refused,
        **(_certainty(found) if found else {}),
    }


def _certainty(found: Standings) -> dict[str, object]:
    """How sure the ranks of a label are."""
    schemes = {
        "schemes": {name: dict(ranks) for name, ranks in found.schemes.ranks.items()},
        "tau": {f"{one}, {other}": significant(tau) for (one, other), tau in found.schemes.tau.items()},
    }
    counted = {"fields": found.fields, "sessions": found.sessions, "note": found.note, **schemes}
    compared, moved = found.comparisons, found.stability
    if isinstance(compared, TooFew) or isinstance(moved, TooFew):
        return counted
    return {
        **counted,
        "smallest_p": significant(compared.smallest),
        "smallest_p_after_holm": significant(compared.smallest_adjusted),
        "pairs": [
            {
                "better": pair.better,
                "worse": pair.worse,
                "difference": significant(pair.difference),
                "p": significant(pair.p),
                "p_after_holm": significant(pair.adjusted),
                "apart": pair.apart,
            }
            for pair in compared.pairs
        ],
        "draws": {"count": moved.resamples, "tau": [significant(value) for value in moved.tau or ()]},
    }


def _overall(found: Overall | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "ranks": dict(found.ranks),
        "mean_ranks": {model: significant(value) for model, value in found.mean_ranks.items()},
        "partial": {model: list(labels) for model, labels in found.partial.items()},
        "left_out": {label: significant(tau) for label, tau in found.left_out.items()},
    }
