"""``zoo bench``: models on a dataset, predicted, scored, ranked."""

from __future__ import annotations

import typer

from harness.commands import options as option

app = typer.Typer()


@app.command()
def bench(
    context: typer.Context,
    *,
    model: option.Models,
    dataset: option.Dataset = "",
    split: option.Split = "test",
    suite: option.Suite = "core",
    limit: option.Limit = None,
    out: option.Out = None,
    data_dir: option.DataDir = None,
    ledger: option.Ledger = option.LEDGER,
    weight_format: option.Format = "",
    runner: option.Runner = "auto",
    timeout: option.Timeout = None,
    mapping: option.Mapping = None,
    cost: option.Cost = None,
    as_json: option.Json = False,
    no_resume: option.NoResume = False,
) -> None:
    """Predict with models, score, rank, and write a board with the records behind it.

    Finished jobs are kept and not run again; a run that was killed goes on where it was. Exits with 1 if a job failed.

    Example: zoo bench --model all
    """
    from harness.commands import running  # noqa: PLC0415 - help must not load the array libraries

    told = option.Options(dataset, split, suite, limit, out, data_dir, ledger, as_json, no_resume, cost)
    running.bench_models(context.obj, told, model, running.terms(weight_format, runner, timeout, mapping or []))
