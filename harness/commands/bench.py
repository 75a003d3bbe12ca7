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
from zoo.errors import ZooError

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
        Literal["auto", "local", "worker"],
        typer.Option("--runner", help="local: this process. worker: one of its own, whose crash is survived."),
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
    from harness.bench import bench as judge  # noqa: PLC0415 - help must not load the array libraries
    from harness.candidates.models import Terms, models  # noqa: PLC0415 - as above
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
    terms = Terms(format=weight_format, runner=runner, timeout=timeout, mapping=_mapping(mapping or []))
    with Bar() as bar:
        outcome = judge(asked, lambda fields: models(model, context.obj, asked, fields, terms), bar)
    show(outcome, as_document=as_json)


def _mapping(words: list[str]) -> dict[str, str]:
    """``TENSOR=CHANNEL`` to a mapping."""
    pairs = [word.partition("=") for word in words]
    for word, (tensor, sign, channel) in zip(words, pairs, strict=True):
        if not (tensor and sign and channel):
            raise ZooError(f"--map {word!r}: expected TENSOR=CHANNEL", hint="for example --map raw=phase")
    return {tensor: channel for tensor, _, channel in pairs}
