"""``zoo gallery``: pictures for the page of a board. ``zoo blind``: whether they can be told from predictions."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from harness.commands import options as option

app = typer.Typer()
BOARDS = Path("leaderboards")
BoardFolder = Annotated[Path, typer.Argument(metavar="BOARD", help="Output folder of zoo bench.")]
Packages = Annotated[
    list[Path] | None,
    typer.Option("--package", metavar="FILE.zip", help="A model of the board that is not registered; repeatable."),
]


@app.command()
def gallery(
    context: typer.Context,
    board: BoardFolder,
    package: Packages = None,
    data_dir: option.DataDir = None,
) -> None:
    """Predict a few fields of a board again and keep pictures: of each model and label the best, median and worst.

    Fields are chosen by their scores alone. zoo report BOARD --html FILE shows them.

    Example: zoo gallery leaderboards/mydata-test
    """
    from harness.commands.display import Bar  # noqa: PLC0415 - help must not load the array libraries
    from harness.page.gallery import making  # noqa: PLC0415 - as above
    from harness.records import read_run  # noqa: PLC0415 - as above
    from zoo.data import find  # noqa: PLC0415 - as above
    from zoo.data.progress import fetch_with_bar  # noqa: PLC0415 - as above

    reference = read_run(board).data.reference
    dataset, scheme = find(context.obj, reference, data_dir=data_dir, note=partial(typer.echo, err=True))
    asked = making.plan(board, dataset, scheme)
    fetch_with_bar(dataset, tuple(asked.fields.values()))
    command = shlex.join(["zoo", *sys.argv[1:]])
    with Bar() as bar:
        made, warnings = making.make(asked, context.obj, [str(path) for path in package or ()], command, bar)
    for warning in warnings:
        typer.secho(f"zoo: {warning}", err=True)
    typer.echo(f"{len(made.shots)} predictions in {board / 'gallery'}; look at them: zoo report {board} --html FILE")
    if warnings:
        raise typer.Exit(1)


@app.command()
def blind(
    board: BoardFolder,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="The page to write.")],
) -> None:
    """Write a page that asks of pairs of pictures which one was recorded, and tells how well that can be told.

    Balanced, and blinded: nothing on the page says which is which before it is answered. Needs zoo gallery.

    Example: zoo blind leaderboards/mydata-test --html blind.html
    """
    from harness.page.blind import blind as page  # noqa: PLC0415 - help must not load the array libraries
    from harness.records import write_text  # noqa: PLC0415 - as above

    write_text(html, page(board, shlex.join(["zoo", "blind", str(board), "--html", str(html)])))
    typer.echo(html)


@app.command()
def publish(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the site.")],
    boards: Annotated[Path, typer.Option("--boards", metavar="DIR", help="Where boards are, or a board.")] = BOARDS,
    ledger: option.Ledger = option.LEDGER,
) -> None:
    """Write a static site of all boards: index, history, rules, data, models and plugins.

    Example: zoo publish site
    """
    from harness import ledger as written  # noqa: PLC0415 - help must not load the array libraries
    from harness.advice.evidence import folders as boards_in  # noqa: PLC0415 - as above
    from harness.page.site import site  # noqa: PLC0415 - as above
    from harness.records import write_text  # noqa: PLC0415 - as above

    folders = boards_in(boards)
    command = shlex.join(["zoo", "publish", str(out)])
    for name, text in site(folders, context.obj, written.read(ledger), command):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(out / name, text)
        typer.echo(out / name)
