"""``zoo rank`` and ``zoo report``: boards from records alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.commands.options import Json

app = typer.Typer()
Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Output folders of zoo bench or zoo score.")]


@app.command()
def rank(
    runs: Runs,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write the board; default the run's own folder."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Rank again from records alone, and print the board; several runs of one protocol become one board.

    Example: zoo rank leaderboards/mydata-test
    """
    from harness.bench import rebuilt  # noqa: PLC0415 - help must not load the array libraries
    from harness.commands.display import show  # noqa: PLC0415 - as above

    show(rebuilt(runs, _place(runs, out)), as_document=as_json)


@app.command()
def report(
    runs: Runs,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write the table of several runs; else shown.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write one page to look at instead, which needs no network."),
    ] = None,
) -> None:
    """Write the report of a run again from its records alone; several runs also stand side by side in one table.

    With --html everything is put on one page: tables, drawings, and the pictures that zoo gallery made.

    Example: zoo report leaderboards/mydata-test --html board.html
    """
    if html is not None:
        _page(runs, html)
        return
    from harness.bench import rebuilt  # noqa: PLC0415 - help must not load the array libraries
    from harness.records import write_text  # noqa: PLC0415 - as above
    from harness.report import side_by_side  # noqa: PLC0415 - as above

    made = [rebuilt([run], run) for run in runs]
    if len(runs) == 1:
        for path in made[0].files:
            typer.echo(path)
        return
    table = side_by_side([outcome.board for outcome in made])
    if out is None:
        typer.echo(table, nl=False)
    else:
        write_text(out, table)
        typer.echo(out)


def _page(runs: list[Path], html: Path) -> None:
    from harness.page.reports import page  # noqa: PLC0415 - help must not load the array libraries
    from harness.records import write_text  # noqa: PLC0415 - as above

    command = shlex.join(["zoo", "report", *map(str, runs), "--html", str(html)])
    write_text(html, page(runs, command))
    typer.echo(html)


def _place(runs: list[Path], out: Path | None) -> Path:
    if out is None and len(runs) > 1:
        raise typer.BadParameter("several runs become one board in a folder of its own: give --out DIR")
    return out or runs[0]
