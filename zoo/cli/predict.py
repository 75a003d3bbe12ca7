"""``zoo predict``: images in, predicted stains out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.opening import listed, opened
from zoo.matching import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.prediction import Outcome
    from zoo.runtime import Model

app = typer.Typer()


@app.command()
def predict(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A trained entry, or a BioImage.IO package.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="TIFF, OME-TIFF, OME-Zarr or PNG.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the predictions, or a file for one image.")],
    *,
    channel_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CHANNEL=NAME", help="Channel of the model = name or index of the image's."),
    ] = None,
    labels: Annotated[str, typer.Option(help="Labels to write, e.g. dna,actin; else all that the model knows.")] = "",
    weight_format: Annotated[str, typer.Option("--format", help="Weight format; else the one chosen at packing.")] = "",
    tile: Annotated[str, typer.Option(help="Largest input of one pass: 512, 512x512 or 32x256x256.")] = "",
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 takes OMP_NUM_THREADS, else all cores.")] = 0,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds for one image, in a worker process.")] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Write what the model says beside means: dna.sd, dna.q5 ...")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Predict images of another modality too: the net may paint what is not there."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")] = False,
) -> None:
    """Predict stains in images of any size; channel names and pixel sizes go with them.

    Example: zoo predict net@mydata plate1/*.tif -o stained
    """
    channels = mapping(channel_map)
    from zoo.prediction import predict_files  # noqa: PLC0415 - keeps the surface light

    with opened(context.obj, model, weight_format=weight_format, tile=tile, threads=threads, timeout=timeout) as net:
        found = predict_files(net, images, out, channels, labels=listed(labels), statistics=statistics, force=force)
        outcomes = list(_watched(found, len(images)))
        _warn(net, listed(labels))
        if as_json:
            typer.echo(json.dumps([row(outcome, net) for outcome in outcomes], indent=2))
    _tell(outcomes, as_json=as_json)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _warn(model: Model, labels: tuple[str, ...]) -> None:
    """Say which of the written labels the model did not learn."""
    from zoo.package.facts import doubts  # noqa: PLC0415 - as above

    for label, why in doubts(model.package).items():
        if not labels or label in labels:
            typer.secho(f"zoo: {label}: {why}", err=True)


def _watched(outcomes: Iterable[Outcome], count: int) -> Iterable[Outcome]:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import track  # noqa: PLC0415 - as above

    return track(outcomes, "predicting", count, console=Console(stderr=True), transient=True)


def _tell(outcomes: list[Outcome], *, as_json: bool) -> None:
    for outcome in outcomes:
        for warning in outcome.warnings:
            typer.secho(f"zoo: {warning}; predicted all the same", err=True)
        if outcome.error is not None:
            typer.secho(f"zoo: {outcome.error}", err=True)
        elif not as_json:
            typer.echo(f"{outcome.image} -> {outcome.output}")
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed:
        typer.secho(f"zoo: {failed} of {len(outcomes)} images failed", err=True)


def row(outcome: Outcome, model: Model) -> dict[str, object]:
    """What became of one image, as JSON has it."""
    from zoo.package.facts import doubts  # noqa: PLC0415 - as above

    return {
        "image": str(outcome.image),
        "output": str(outcome.output) if outcome.output else None,
        "status": "failed" if outcome.error else "ok",
        "error": outcome.error.message if outcome.error else None,
        "hint": outcome.error.hint if outcome.error else None,
        "warnings": list(outcome.warnings),
        "model": model.package.id,
        "package": model.package.digest,
        "format": model.format,
        "license": model.package.license,
        "doubts": doubts(model.package),
    }
