"""What the harness prints: a board on standard output, progress, warnings and failures on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from harness.report import as_json, plain, short, what
from harness.scoring import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from harness.bench import Outcome
    from harness.ranking import Board, Row

PATIENCE = 2.0
"""Seconds before anybody is told how far it is."""
SHOWN = ("r2", "nmae", "ssim", "amplitude", "truth-amplitude")
"""Metrics beside the score that fit a terminal."""


class Bar:
    """A progress bar on standard error that appears once there is something to wait for."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._started = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        self._progress.update(self._task, description=what, completed=done, total=total)
        if not self._progress.live.is_started and time.monotonic() - self._started > PATIENCE:
            self._progress.start()


def show(outcome: Outcome, *, as_document: bool) -> None:
    """Print a board, where it was written, and everything that went wrong; exit with 1 if a job failed."""
    for warning in outcome.warnings:
        typer.secho(f"zoo: {warning}", err=True)
    if as_document:
        typer.echo(as_json(outcome.board), nl=False)
    else:
        console = Console()
        for label in outcome.board.run.data.labels:
            rows = [row for row in outcome.board.rows if row.label == label]
            if rows:
                table = _fitting(outcome.board, label, rows, console)
                Console(width=max(console.width, _width(table))).print(table)
        for note in outcome.board.notes:
            typer.echo(note)
        typer.echo(f"written: {', '.join(str(path) for path in outcome.files)}")
    for line in outcome.failures:
        where = f"{line.fields[0]} to {line.fields[-1]}" if len(line.fields) > 1 else line.fields[0]
        typer.secho(f"zoo: {line.model}, {where}: {line.status}: {line.note}", err=True)
    if outcome.failures:
        raise typer.Exit(1)


def _fitting(board: Board, label: str, rows: Sequence[Row], console: Console) -> Table:
    """The widest table that the terminal has room for: names and scores are never cut, further metrics may go."""
    metrics = [column.id for column in board.run.columns if column.id in SHOWN]
    tables = [_table(board, label, rows, metrics[:count]) for count in range(len(metrics), -1, -1)]
    return next((table for table in tables if _width(table) <= console.width), tables[-1])


def _width(table: Table) -> int:
    """Characters that a table takes where there is room enough."""
    return Console(width=10_000).measure(table).maximum


def _table(board: Board, label: str, rows: Sequence[Row], metrics: Sequence[str]) -> Table:
    run = board.run
    stamp = f" ({run.stamp})" if run.stamp else ""
    title = f"{run.data.reference} {run.data.split}: {label}{stamp}"
    table = Table(title=title, box=None, header_style="bold", title_justify="left")
    scaled = any(row.scaled is not None for row in rows)
    for name in ("rank", "model", f"score ({PROTOCOL.primary})", *["scaled"] * scaled, "above floor", *metrics, ""):
        table.add_column(name, justify="left" if name in {"model", ""} else "right", no_wrap=True)
    for row in rows:
        cells = [plain(row.rank), row.contender.id, short(row.score), *[short(row.scaled)] * scaled]
        cells += [plain(row.above_floor)]
        table.add_row(*cells, *(short(row.values[metric]) for metric in metrics), what(row))
    return table
