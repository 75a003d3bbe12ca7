"""The table of costs: of its own, because nothing in it is a score."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import TYPE_CHECKING

from harness.report.cells import bullets, plain, table
from harness.statistics.averages import significant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cost.figures import Cost, Timing
    from harness.ranking import Board
    from harness.report.cells import Cell

MEGABYTE = 1e6
COLUMNS = {
    "p50": "time of one field in units of the reference net, timed in turn with it; the median of all pairs",
    "p90": "its 90th percentile",
    "speed": "pixels in a second of an image of two fields in units of the reference net; higher is faster",
    "memory": "MB that one field takes at most, above what the process holds with the model loaded and idle",
    "parameters": "that were learned",
    "MAC/px": "multiplications with an addition for each pixel of a field, in convolutions and matrix products",
    "package": "MB on disk",
    "training": "minutes of training, as the package says",
    "threads": "that net and reference net had",
}
"""What is shown of each model, and what it means."""
HEAD = (
    *("model", "format", "reference", "p50", "p90", "quartile_low", "quartile_high", "pairs", "steady", "speed"),
    *("memory_bytes", "parameters", "macs_per_pixel", "package_bytes", "training_minutes", "threads"),
    *("seconds", "mpx_per_second", "load", "machine", "note"),
)
"""Columns of ``cost.csv``."""


def costs_as_csv(made: Board) -> str:
    """One line for each model that was timed."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([plain(cell) for cell in _record(name, cost)] for name, cost in made.costs.items())
    return file.getvalue()


def costs_as_document(made: Board) -> dict[str, object]:
    """Everything that was found out, by model."""
    return {name: _rounded(asdict(cost)) for name, cost in made.costs.items()}


def costs_as_markdown(made: Board) -> list[str]:
    """The table for readers; nothing where nothing was timed."""
    if not made.costs:
        return []
    machines = list(dict.fromkeys(cost.machine for cost in made.costs.values()))
    lines = [
        [f"`{name}`", *_cells(cost), *(_seconds(cost) if cost.machine == machine else "" for machine in machines)]
        for name, cost in made.costs.items()
    ]
    references = ", ".join(f"`{name}`" for name in dict.fromkeys(cost.reference for cost in made.costs.values()))
    said = f"No score, and it ranks nobody. Reference net: {references}."
    legend = bullets(f"{name}: {meaning}." for name, meaning in COLUMNS.items())
    notes = [f"`{name}`: {note}." for name, cost in made.costs.items() for note in _notes(cost)]
    head = ["model", *COLUMNS, *(f"seconds on {machine or 'an unnamed processor'}" for machine in machines)]
    return ["## Cost", said, table(head, lines), *([bullets(notes)] if notes else []), legend]


def _cells(cost: Cost) -> list[str]:
    size, timing = cost.size, cost.timing
    return [
        *(["", "", ""] if timing is None else [_two(timing.single.p50), _two(timing.single.p90), _two(timing.bulk)]),
        _mega(timing.memory if timing else None),
        plain(size.parameters),
        "" if size.macs is None else f"{size.macs:.0f}",
        _mega(size.package),
        "" if size.minutes is None else f"{size.minutes:.1f}",
        plain(cost.threads),
    ]


def _seconds(cost: Cost) -> str:
    return "" if cost.timing is None else f"{cost.timing.single.seconds:.3f}"


def _notes(cost: Cost) -> Iterable[str]:
    if cost.note:
        yield f"not timed, {cost.note}"
    if cost.timing and not cost.timing.single.steady:
        yield "doubt its ratios: the machine was busy, and the reference net itself took more or less by over 20 %"


def _record(name: str, cost: Cost) -> list[Cell]:
    size = cost.size
    known = [size.parameters, size.macs, size.package, size.minutes, cost.threads]
    memory = cost.timing.memory if cost.timing else None
    timed: list[Cell] = [*_ratios(cost.timing)] if cost.timing else [None] * 7
    seconds = cost.timing.single.seconds if cost.timing else None
    rate = cost.timing.mpx_per_second if cost.timing else None
    here: list[Cell] = [seconds, rate, cost.load, cost.machine, cost.note]
    return [name, cost.format, cost.reference, *timed, memory, *known, *here]


def _ratios(timing: Timing) -> list[Cell]:
    single = timing.single
    return [single.p50, single.p90, *single.quartiles, single.count, single.steady, timing.bulk]


def _two(value: float) -> str:
    return f"{value:.2f}"


def _mega(value: int | None) -> str:
    return "" if value is None else f"{value / MEGABYTE:.1f}"


def _rounded(value: object) -> object:
    """Floats to as many digits as scores have."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return significant(value) if isinstance(value, float) else value
