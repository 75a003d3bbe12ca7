"""A board for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import tables
from harness.report.cells import bullets, shown
from harness.report.costs import costs_as_markdown
from harness.report.documents import repeat
from harness.report.sureness import legend, sureness

if TYPE_CHECKING:
    from harness.ranking import Board
    from harness.records import Column


def as_markdown(made: Board) -> str:
    """The board for readers: the overall ranking, then of each label ranks, how sure they are, and everything else."""
    run = made.run
    parts = [f"# {run.data.reference}, split {run.data.split}", *_head(made), *tables.overall(made)]
    for label in run.data.labels:
        rows = [row for row in made.rows if row.label == label]
        parts += [f"## {label}", tables.main(made, rows), *tables.beneath(made.task(label))]
        parts += tables.gates(made, label)
        parts += tables.biology(made, label)
        parts += sureness(made, rows)
        parts += tables.metrics(run, rows)
        parts += tables.groups("session", [group for group in made.by_session if group.label == label])
        parts += tables.groups("condition", [group for group in made.by_condition if group.label == label])
        parts += [f"- `{row.contender.id}`: {row.note}" for row in rows if row.note]
    meanings = [f"- `{column.id}`: {_legend(column)}" for column in shown(made)]
    parts += ["## Columns", "\n".join([*meanings, *tables.ceilings(made), *legend(parts)])]
    parts += costs_as_markdown(made)
    return "\n\n".join(parts) + "\n"


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
    return [*stamp, judged, again, *([bullets(made.notes)] if made.notes else [])]


def _legend(column: Column) -> str:
    better = {"higher": "higher is better", "lower": "lower is better", "neither": "to be read, not ranked"}[
        column.better
    ]
    return f"{column.title}; {better}{'' if column.ranked or column.better == 'neither' else '; not ranked here'}."
