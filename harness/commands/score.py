"""``zoo score``: predictions that were made elsewhere, judged like any model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

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
def score(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Holds <label>/<field>.tif or <field>.ome.tif.")],
    *,
    dataset: Dataset,
    split: Split = "test",
    name: Annotated[str, typer.Option("--name", help="What to call it on the board; default the folder's name.")] = "",
    suite: Suite = "core",
    limit: Limit = None,
    out: Out = None,
    data_dir: DataDir = None,
    ledger: Ledger = LEDGER,
    as_json: Json = False,
    no_resume: NoResume = False,
) -> None:
    """Score predictions that were made elsewhere; they join the board of the models.

    Images in .tif, .ome.tif, .npy or .ome.zarr, one for each field and label, on the grid of the field. A field without
    a prediction is named and scored like the mean of the training truth.

    Example: zoo score predictions --dataset ecoli-yfp
    """
    from harness.bench import bench  # noqa: PLC0415 - help must not load the array libraries
    from harness.candidates.elsewhere import elsewhere, superfluous  # noqa: PLC0415 - as above
    from harness.commands.display import Bar, show  # noqa: PLC0415 - as above
    from harness.commands.requesting import request  # noqa: PLC0415 - as above

    asked = request(
        context.obj,
        dataset,
        split=split,
        suite=suite,
        limit=limit,
        out=out,
        data_dir=data_dir,
        ledger=ledger,
        resume=not no_resume,
    )
    whole = asked.dataset.fields(split, scheme=asked.scheme.name)
    extra = superfluous(folder, whole, asked.labels)
    with Bar() as bar:
        called = name or folder.resolve().name
        outcome = bench(asked, lambda fields: [elsewhere(folder, called, fields, asked.labels)], bar)
    show(replace(outcome, warnings=(*outcome.warnings, extra)) if extra else outcome, as_document=as_json)
