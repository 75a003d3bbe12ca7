"""``zoo predict``: images in, predicted stains out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.package import Package
    from zoo.prediction import Outcome
    from zoo.runtime.model import RunnerName

app = typer.Typer()
RESTRICTIONS = ("-NC", "-ND")
"""Parts of an SPDX id that forbid commercial use or changes."""


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
    weight_format: Annotated[str, typer.Option("--format", help="Weight format; else the one chosen at packing.")] = "",
    tile: Annotated[str, typer.Option(help="Largest input of one pass: 512, 512x512 or 32x256x256.")] = "",
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 takes OMP_NUM_THREADS, else all cores.")] = 0,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds for one image, in a worker process.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")] = False,
) -> None:
    """Predict stains in images of any size; channel names and pixel sizes go with them.

    Example: zoo predict net@mydata plate1/*.tif -o stained
    """
    mapping = dict(_pair(text) for text in channel_map or ())
    from rich.console import Console  # noqa: PLC0415 - as above

    from zoo.export import packaged  # noqa: PLC0415 - keeps the surface light
    from zoo.package import read  # noqa: PLC0415 - as above
    from zoo.prediction import predict_files  # noqa: PLC0415 - as above
    from zoo.runtime import open_model  # noqa: PLC0415 - as above

    with Console(stderr=True).status(f"opening {model}"):
        package = read(packaged(context.obj, model))
    _tell_license(package)
    runner: RunnerName = "auto" if timeout is None else "worker"
    edges = _tile(tile, package.spatial)
    with open_model(
        package, format=weight_format, runner=runner, threads=threads, tile=edges, timeout=timeout
    ) as opened:
        outcomes = list(_watched(predict_files(opened, images, out, mapping), len(images)))
        if as_json:
            typer.echo(json.dumps([_row(outcome, package, opened.format) for outcome in outcomes], indent=2))
    _tell(outcomes, as_json=as_json)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, equals, channel = text.partition("=")
    if not equals or not name or not channel:
        raise ZooError(f"--map {text!r}: expected CHANNEL=NAME", hint="for example: --map phase=0")
    return name, channel


def _tile(text: str, spatial: int) -> tuple[int, ...]:
    """Edges of a tile; one number stands for y and x, and leaves z as it is by default.

    >>> _tile("512", 2), _tile("16x128x128", 3), _tile("", 2)
    ((512, 512), (16, 128, 128), ())
    """
    if not text:
        return ()
    words = text.lower().split("x")
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise ZooError(
            f"--tile {text!r}: expected numbers of pixels", hint="for example: --tile 512 or --tile 32x256x256"
        )
    edges = tuple(int(word) for word in words)
    if len(edges) == 1:
        return (32, *edges * 2)[-spatial:]
    return edges


def _tell_license(package: Package) -> None:
    if not package.license or any(part in package.license for part in RESTRICTIONS):
        named = package.license or "no licence at all: ask its authors"
        typer.secho(f"zoo: the weights of {package.id} are under {named}; check that your use is allowed", err=True)


def _watched(outcomes: Iterable[Outcome], count: int) -> Iterable[Outcome]:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import track  # noqa: PLC0415 - as above

    return track(outcomes, "predicting", count, console=Console(stderr=True), transient=True)


def _tell(outcomes: list[Outcome], *, as_json: bool) -> None:
    for outcome in outcomes:
        if outcome.error is not None:
            typer.secho(f"zoo: {outcome.error}", err=True)
        elif not as_json:
            typer.echo(f"{outcome.image} -> {outcome.output}")
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed:
        typer.secho(f"zoo: {failed} of {len(outcomes)} images failed", err=True)


def _row(outcome: Outcome, package: Package, chosen: str) -> dict[str, object]:
    return {
        "image": str(outcome.image),
        "output": str(outcome.output) if outcome.output else None,
        "status": "failed" if outcome.error else "ok",
        "error": outcome.error.message if outcome.error else None,
        "hint": outcome.error.hint if outcome.error else None,
        "model": package.id,
        "package": package.digest,
        "format": chosen,
        "license": package.license,
    }
