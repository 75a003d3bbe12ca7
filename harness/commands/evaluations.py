"""``zoo evaluations``: what a board says of a package, written into the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from zoo.registry import Registry

app = typer.Typer()
INDEX = "https://pypi.org/project"
"""Where distributions are found: the source of a dataset that names no other."""


@app.command()
def evaluations(
    context: typer.Context,
    board: Annotated[Path, typer.Argument(metavar="BOARD", help="Output folder of zoo bench.")],
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="The BioImage.IO zip or folder it judged.")],
    *,
    source: Annotated[
        str, typer.Option("--source", metavar="URL", help="Where the dataset is to be had; default as it says itself.")
    ] = "",
) -> None:
    """Write the scores of a package into it, as BioImage.IO keeps evaluations; its identity stays what it was.

    Scores of the same split that an earlier board wrote are replaced. zoo info PACKAGE shows them.

    Example: zoo evaluations leaderboards/mydata-test model.zip
    """
    from harness.bench import remembered  # noqa: PLC0415 - help must not load the array libraries
    from harness.report.evaluations import evaluation, joined  # noqa: PLC0415 - as above
    from zoo import package as packages  # noqa: PLC0415 - as above

    read = packages.read(package)
    made = remembered(board)
    new = evaluation(made, read.digest, source or _source(context.obj, made.run.data.id))
    packages.write_evaluations(read, joined(packages.evaluations(read), new))
    typer.echo(package)


def _source(registry: Registry, dataset: str) -> str:
    """Where a dataset is to be had: what it cites, else the distribution that brings it."""
    if dataset in registry.datasets:
        cited = registry.datasets.get(dataset).cite
        named = (one.url or (f"https://doi.org/{one.doi}" if one.doi else "") for one in cited)
        owner = registry.datasets.owners[dataset]
        brought = next((one.distribution.split()[0] for one in registry.plugins.found if one.name == owner), "")
        return next((url for url in named if url), "") or f"{INDEX}/{brought}/"
    raise typer.BadParameter(f"the dataset {dataset!r} is not installed: give --source URL")
