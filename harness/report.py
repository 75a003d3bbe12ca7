"""A board as text: ``leaderboard.csv`` for scripts, ``.md`` for readers, ``.json`` for both. Same board, same bytes."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import TYPE_CHECKING

from harness.gates.badges import badges
from harness.gates.verdicts import as_document
from harness.records import write_text
from harness.scoring import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.ranking import Board, Group, Row
    from harness.records import Column, Run

BOARD = "leaderboard"
HEAD = (
    *("rank", "model", "dataset", "label", "score", "split", "kind", "preset", "status", "above_floor", "low", "high"),
    *("fields", "failed", "sessions", "marks", "stamp", "note"),
)
"""Columns of ``leaderboard.csv`` before the metrics."""
GROUPED = (PROTOCOL.primary, "amplitude", "truth-amplitude")
"""Metrics that the tables by session and by condition show."""
Cell = str | int | float | bool | None


def write(out: Path, made: Board) -> tuple[Path, ...]:
    """Write the three files of a board into a folder; returns their paths."""
    texts = {"csv": as_csv(made), "md": as_markdown(made), "json": as_json(made)}
    for suffix, text in texts.items():
        write_text(out / f"{BOARD}.{suffix}", text)
    return tuple(out / f"{BOARD}.{suffix}" for suffix in texts)


def as_csv(made: Board) -> str:
    """One line for each contender and label; begins ``rank,model,dataset,label,score``."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*HEAD, *_metrics(made.run)])
    for row in made.rows:
        cells = [*_record(made.run, row).values(), *(row.values[metric] for metric in _metrics(made.run))]
        writer.writerow([plain(cell) for cell in cells])
    return file.getvalue()


def as_json(made: Board) -> str:
    """The whole board as one document: what was judged and how, rows, groups, notes."""
    run = made.run
    document = {
        "stamp": run.stamp,
        "suite": run.suite,
        "protocol": run.protocol.name,
        "primary": run.protocol.primary,
        "repeat": repeat(run),
        "dataset": {
            "reference": run.data.reference,
            "version": run.data.version,
            "digest": run.data.digest,
            "split": run.data.split,
            "fields": len(run.data.fields),
            "limit": run.data.limit,
            "intensity": run.data.intensity,
            "license": run.data.license,
        },
        "metrics": [
            {"id": column.id, "version": column.version, "better": column.better, "ranked": column.ranked}
            for column in run.columns
        ],
        "rows": [
            {**_record(run, row), "digest": row.contender.digest, "metrics": dict(row.values)} for row in made.rows
        ],
        "by_session": [_group(group, "session") for group in made.by_session],
        "by_condition": [_group(group, "condition") for group in made.by_condition],
        "notes": list(made.notes),
        **({"gates": as_document(made.verdicts)} if made.verdicts else {}),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_markdown(made: Board) -> str:
    """The board for readers: a table for each label, then figures by session and by condition."""
    run = made.run
    parts = [f"# {run.data.reference}, split {run.data.split}", *_head(made)]
    for label in run.data.labels:
        rows = [row for row in made.rows if row.label == label]
        parts += [f"## {label}", _board_table(rows, run)]
        parts += gate_tables(made, label)
        parts += _group_tables("session", [group for group in made.by_session if group.label == label])
        parts += _group_tables("condition", [group for group in made.by_condition if group.label == label])
        parts += [f"- `{row.contender.id}`: {row.note}" for row in rows if row.note]
    parts += ["## Columns", "\n".join(f"- `{column.id}`: {_legend(column)}" for column in run.columns)]
    return "\n\n".join(parts) + "\n"


def side_by_side(boards: Sequence[Board]) -> str:
    """Several boards as one table: the best model of each label beside the best floor, and what follows from it."""
    head = ["dataset", "split", "label", "best model", "score", "95 %", "best floor", "score", "sessions", "verdict"]
    lines = [
        _summary(made, [row for row in made.rows if row.label == label])
        for made in boards
        for label in made.run.data.labels
    ]
    return _table(head, [line for line in lines if line]) + "\n"


def _summary(made: Board, rows: Sequence[Row]) -> list[str]:
    data = made.run.data
    floors = [row for row in rows if row.contender.bound == "floor"]
    if not floors:
        return []
    floor = max(floors, key=lambda row: (row.score is not None, row.score or 0.0))
    best = next((row for row in rows if row.rank == 1), None)
    place = [data.reference, data.split, rows[0].label]
    against = [f"`{floor.contender.id}`", short(floor.score), str(floor.sessions)]
    if best is None:
        return [*place, "", "", "", *against, "no model is ranked"]
    ends = f"{short(best.low)} to {short(best.high)}" if best.low is not None else ""
    verdict = "above every floor" if best.above_floor else "cannot be trusted here"
    stamp = f", {made.run.stamp}" if made.run.stamp else ""
    return [*place, f"`{best.contender.id}`", short(best.score), ends, *against, verdict + stamp]


def _record(run: Run, row: Row) -> dict[str, Cell]:
    contender = row.contender
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
        "fields": row.fields,
        "failed": row.failed,
        "sessions": row.sessions,
        "marks": ", ".join(contender.marks),
        "stamp": run.stamp,
        "note": row.note,
    }


def _metrics(run: Run) -> list[str]:
    return [column.id for column in run.columns]


def plain(cell: Cell) -> str:
    """A cell as text: numbers to six digits, yes and no, nothing for None.

    >>> [plain(cell) for cell in (0.1234567, True, None, 3, "x")]
    ['0.123457', 'yes', '', '3', 'x']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def short(cell: Cell) -> str:
    """A cell for readers: numbers to three decimals.

    >>> [short(cell) for cell in (0.98765, None, 2)]
    ['0.988', '', '2']
    """
    return f"{cell:.3f}" if isinstance(cell, float) else plain(cell)


def _head(made: Board) -> list[str]:
    run = made.run
    stamp = (
        [f"> **{run.stamp.capitalize()}**: the first {run.data.limit} fields of the split alone."] if run.stamp else []
    )
    judged = (
        f"Version {run.data.version} (`{run.data.digest[:12]}`), {len(run.data.fields)} fields, counts"
        f" {run.data.intensity} between sessions, licence {run.data.license}. Suite {run.suite}, protocol"
        f" {run.protocol.name}; score is `{run.protocol.primary}`. Controls stand in every run and have no rank."
    )
    again = f"Run it again: `{repeat(run)}`"
    return [*stamp, judged, again, *([_bullets(made.notes)] if made.notes else [])]


def repeat(run: Run) -> str:
    """The command that judges the models of a board again; predictions made elsewhere come back by ``zoo score``."""
    models = [word for one in run.contenders if one.kind == "model" for word in ("--model", one.id)]
    limit = ["--limit", str(run.data.limit)] if run.data.limit is not None else []
    return shlex.join(["zoo", "bench", *models, "--dataset", run.data.reference, "--split", run.data.split, *limit])


def gate_tables(made: Board, label: str) -> list[str]:
    """What gates say of each model on a label: a badge with its figure, then each in words; nothing without gates."""
    said = badges(made.verdicts, label)
    tables = [_table(head, lines) for head, lines in said.tables]
    return [*tables, *([_bullets(said.notes)] if said.notes else [])]


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _board_table(rows: Sequence[Row], run: Run) -> str:
    intervals = any(row.low is not None for row in rows)
    metrics = [metric for metric in _metrics(run) if metric != run.protocol.primary]
    head = ["rank", "model", "score", *(["95 %"] if intervals else []), "above floor", *metrics, "what"]
    lines: list[list[str]] = []
    for row in rows:
        ends = [f"{short(row.low)} to {short(row.high)}" if row.low is not None else ""] if intervals else []
        figures = [short(row.values[metric]) for metric in metrics]
        lines.append([plain(row.rank), f"`{row.contender.id}`", short(row.score), *ends, plain(row.above_floor)])
        lines[-1] += [*figures, what(row)]
    return _table(head, lines)


def what(row: Row) -> str:
    """What a reader must know of a row at a glance: a control's kind, marks, and how many fields failed."""
    failed = f"{row.status} {row.failed} of {row.fields}" if row.failed else ""
    plain = row.status if row.status == "not-applicable" else ""
    label = "control label" if row.control_label and row.contender.kind != "control" else ""
    return ", ".join(part for part in (row.contender.bound, *row.contender.marks, plain, failed, label) if part)


def _group_tables(kind: str, groups: Sequence[Group]) -> list[str]:
    names = list(dict.fromkeys(group.name for group in sorted(groups, key=lambda group: group.name)))
    if not names:
        return []
    found = {(group.model, group.name): group for group in groups}
    parts: list[str] = []
    for metric in GROUPED[:2]:
        head = [f"{metric} by {kind}", *names]
        lines = [
            [f"`{model}`", *(short(_value(found.get((model, name)), metric)) for name in names)]
            for model in dict.fromkeys(group.model for group in groups)
        ]
        if metric == GROUPED[1]:
            lines.append(["the truth's own", *(short(_truth(groups, name)) for name in names)])
        parts.append(_table(head, lines))
    return parts


def _value(group: Group | None, metric: str) -> float | None:
    return group.values.get(metric) if group else None


def _truth(groups: Sequence[Group], name: str) -> float | None:
    return next((group.values.get(GROUPED[2]) for group in groups if group.name == name), None)


def _group(group: Group, kind: str) -> dict[str, object]:
    return {
        "model": group.model,
        "label": group.label,
        kind: group.name,
        "fields": group.fields,
        "metrics": dict(group.values),
    }


def _legend(column: Column) -> str:
    better = {"higher": "higher is better", "lower": "lower is better", "neither": "to be read, not ranked"}[
        column.better
    ]
    return f"{column.title}; {better}{'' if column.ranked or column.better == 'neither' else '; not ranked here'}."


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [list(head), ["---"] * len(head), *map(list, lines)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
