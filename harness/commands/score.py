"""``zoo score``: predictions that were made elsewhere, judged like any model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands import options as option

app = typer.Typer()


@app.command()
def score(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Holds <label>/<field>.tif or <field>.ome.tif.")],
    *,
    dataset: option.Dataset = "",
    split: option.Split = "test",
    name: Annotated[str, typer.Option("--name", help="What to call it on the board; default the folder's name.")] = "",
    suite: option.Suite = "core",
    limit: option.Limit = None,
    out: option.Out = None,
    data_dir: option.DataDir = None,
    ledger: option.Ledger = option.LEDGER,
    as_json: option.Json = False,
    no_resume: option.NoResume = False,
) -> None:
    """Score predictions that were made elsewhere; they join the board of the models.

    Images in .tif, .ome.tif, .npy or .ome.zarr, one for each field and label, on the grid of the field. A field without
    a prediction is named and scored like the mean of the training truth.

    Example: zoo score predictions --dataset mydata
    """
    from harness.commands import running  # noqa: PLC0415 - help must not load the array libraries

    told = option.Options(dataset, split, suite, limit, out, data_dir, ledger, as_json, no_resume)
    running.score_folder(context.obj, told, folder, name or folder.resolve().name)
