"""``zoo rank`` and ``zoo report``: boards from records alone."""

from __future__ import annotations

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

    Example: zoo rank leaderboards/ecoli-yfp-test
    """
    from harness.bench import rebuilt  # noqa: PLC0415 - help must not load the array libraries
    from harness.commands.display import show  # noqa: PLC0415 - as above

    show(rebuilt(runs, _place(runs, out)), as_document=as_json)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of zoo bench or zoo score.")],
) -> None:
    """Write the report of a run again from its records alone: leaderboard.csv, .md and .json.

    Example: zoo report leaderboards/ecoli-yfp-test
    """
    from harness.bench import rebuilt  # noqa: PLC0415 - help must not load the array libraries

    for path in rebuilt([run], run).files:
        typer.echo(path)


def _place(runs: list[Path], out: Path | None) -> Path:
    if out is None and len(runs) > 1:
        raise typer.BadParameter("several runs become one board in a folder of its own: give --out DIR")
    return out or runs[0]
