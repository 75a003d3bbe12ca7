"""``zoo calls``: which cells take a stain: yes, no, or unpredictable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.commands.opening import package
from zoo.errors import ZooError
from zoo.matching import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    from pandas import DataFrame

    from harness.calling import Called, Question
    from zoo.runtime import Model

app = typer.Typer()


@app.command()
def calls(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="One that gives a distribution for every pixel.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="TIFF, OME-TIFF, OME-Zarr or PNG.")],
    label: Annotated[str, typer.Option(help="The stain that some cells take and others do not.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the table, and an image of calls for each.")],
    *,
    sure: Annotated[float, typer.Option(min=0.5, max=1.0, help="How likely yes or no must be to be said.")] = 0.9,
    level: Annotated[float | None, typer.Option(help="Count from which on a pixel is stained.")] = None,
    nuclei: Annotated[Path | None, typer.Option(help="Of one image: its nuclei, 0 for none; else predicted.")] = None,
    channel_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CHANNEL=NAME", help="Channel of the model = name or index of the image's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")] = False,
) -> None:
    """Say of every cell whether it takes a stain: yes, no, or unpredictable where the image does not tell.

    A call is made where the model's own distribution is sure of it. Whether that can be believed is on its board, under
    "calls". Example: zoo calls net@dish well1/*.tif --label neuron -o calls
    """
    from harness.calling import question  # noqa: PLC0415 - help must not load the array libraries
    from zoo.package.facts import doubts  # noqa: PLC0415 - as above
    from zoo.runtime import open_model  # noqa: PLC0415 - as above

    if nuclei is not None and len(images) > 1:
        raise ZooError(f"--nuclei {nuclei}: belongs to one image, {len(images)} are given", hint="call them one by one")
    channels = mapping(channel_map)
    known = package(context.obj, model)
    asked = question(known, label, level, sure, drawn=nuclei is not None)
    if label in doubts(known):
        typer.secho(f"zoo: {label}: {doubts(known)[label]}", err=True)
    drawn = None if nuclei is None else _drawn(nuclei)
    _make_folder(out)
    with open_model(known) as opened:
        found = list(_each(opened, images, asked, channels, drawn, out))
    table = _table(found)
    table.to_csv(out / "calls.csv", index=False, float_format="%.6g")
    if as_json:
        typer.echo(json.dumps(_document(found, asked, model), indent=2))
    else:
        _tell(table, label, out)
    if any(isinstance(result, ZooError) for _, result in found):
        raise typer.Exit(1)


def _each(
    model: Model,
    images: Sequence[Path],
    asked: Question,
    channels: Mapping[str, str],
    drawn: npt.NDArray[np.integer[Any]] | None,
    out: Path,
) -> Iterator[tuple[Path, Called | ZooError]]:
    """Each image with its calls, or why there are none; an image of the calls is written."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import track  # noqa: PLC0415 - as above

    from harness import calling  # noqa: PLC0415 - as above
    from zoo.prediction import read_inputs  # noqa: PLC0415 - as above

    for image in track(images, "calling", console=Console(stderr=True), transient=True):
        try:
            reading = read_inputs(model, image, channels)
            found = calling.calls(model, reading, asked, drawn)
            _write(found, image, reading.pixel_size, out)
        except ZooError as error:
            typer.secho(f"zoo: {error}", err=True)
            yield image, error
        else:
            yield image, found


def _write(found: Called, image: Path, pixel_size: float | None, out: Path) -> None:
    import numpy as np  # noqa: PLC0415 - as above
    import xarray as xr  # noqa: PLC0415 - as above

    from zoo.images import write_image  # noqa: PLC0415 - as above
    from zoo.prediction import prediction_name  # noqa: PLC0415 - as above

    stacked = np.stack([found.nuclei.astype(np.uint16), found.calls])
    named = xr.DataArray(stacked, dims=("c", "y", "x"), coords={"c": ["nuclei", "calls"]})
    write_image(named, out / prediction_name(image), pixel_size=pixel_size)


def _table(found: Sequence[tuple[Path, Called | ZooError]]) -> DataFrame:
    import pandas as pd  # noqa: PLC0415 - as above

    known = [(image, result) for image, result in found if not isinstance(result, ZooError)]
    parts = [result.cells.assign(image=str(image)) for image, result in known]
    columns = ["image", "cell", "y", "x", "area", "chance", "call"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _document(found: Sequence[tuple[Path, Called | ZooError]], asked: Question, model: str) -> dict[str, object]:
    rows = []
    for image, result in found:
        if isinstance(result, ZooError):
            rows.append({"image": str(image), "status": "failed", "error": result.message, "hint": result.hint})
        else:
            rows.append(
                {"image": str(image), "status": "ok", "cells": json.loads(result.cells.to_json(orient="records"))}
            )
    return {"model": model, "label": asked.label, "level": asked.level, "sure": asked.sure, "images": rows}


def _tell(table: DataFrame, label: str, out: Path) -> None:
    counts = table["call"].value_counts()
    said = ", ".join(f"{counts.get(call, 0)} {call}" for call in ("yes", "no", "unpredictable"))
    typer.echo(f"{label}: {len(table)} nuclei: {said}")
    typer.echo(f"{out / 'calls.csv'}: every nucleus; beside it an image of nuclei and calls for each image")


def _drawn(path: Path) -> npt.NDArray[np.integer[Any]]:
    from zoo.images import read_image  # noqa: PLC0415 - as above

    image = read_image(path).squeeze()
    if image.dtype.kind not in "ui" or image.dims != ("y", "x"):
        message = f"{path}: pixels of type {image.dtype} with the axes {', '.join(map(str, image.dims))}"
        raise ZooError(f"{message}, expected whole numbers y x, one for each nucleus", hint="0 is no nucleus")
    return image.to_numpy()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZooError(f"{folder}: cannot be made: {error.strerror or error}", hint="choose another -o") from error
