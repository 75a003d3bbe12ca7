"""``zoo bench``: models on a dataset, predicted, scored, ranked."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from harness.commands.options import (
    LEDGER,
    DataDir,
    Dataset,
    Json,
    Ledger,
    Limit,
    NoResume,
    Out,
    Split,
    Suite,
)

app = typer.Typer()


@app.command()
def bench(
    context: typer.Context,
    *,
    dataset: Dataset,
    model: Annotated[
        list[str],
        typer.Option("--model", metavar="ID|FILE.zip|all", help="An entry, a BioImage.IO package, or all; repeatable."),
    ],
    split: Split = "test",
    suite: Suite = "core",
    limit: Limit = None,
    out: Out = None,
    data_dir: DataDir = None,
    ledger: Ledger = LEDGER,
    weight_format: Annotated[
        str, typer.Option("--format", help="Weight format to run; default the one chosen when the package was made.")
    ] = "",
    runner: Annotated[
        Literal["auto", "here", "worker"], typer.Option("--runner", help="Predict in this process or in a worker.")
    ] = "auto",
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.001, metavar="S", help="Seconds that one field may take.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="TENSOR=CHANNEL", help="What a foreign package's tensors are; repeatable."),
    ] = None,
    as_json: Json = False,
    no_resume: NoResume = False,
) -> None:
    """Predict with models, score, rank, and write a board with the records behind it.

    Finished jobs are kept and not run again; a run that was killed goes on where it was. Exits with 1 if a job failed.

    Example: zoo bench --model all --dataset ecoli-yfp
    """
