"""``zoo drymass``: phase over time into dry mass of nuclei and cytoplasm, cell by cell, and its growth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands.opening import package
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pandas import DataFrame

    from harness.timelapse.curves import Weighed
    from harness.timelapse.films import Film
    from harness.timelapse.outlines import Outlines
    from zoo.registry import Registry

app = typer.Typer()


@app.command()
def drymass(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A time-lapse of phase in radians: OME-Zarr, OME-TIFF, or a folder.")],
    wavelength: Annotated[float, typer.Option(min=0.1, max=2, help="Of the light, in µm.")],
    increment: Annotated[float, typer.Option(min=0.05, max=1, help="Refraction increment, in µm³/pg (= mL/g).")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the map and the tables.")],
    *,
    nuclear_increment: Annotated[
        float | None, typer.Option(min=0.05, max=1, help="That of nuclei, where it is another.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="ID|FILE.zip", help="Predicts nuclei and cytoplasm from phase.")] = "",
    cells: Annotated[Path | None, typer.Option(help="Instead of a model: an image of cells, 0 for none.")] = None,
    nuclei: Annotated[Path | None, typer.Option(help="Instead of a model: an image of nuclei, 0 for none.")] = None,
    interval: Annotated[float | None, typer.Option(min=1e-6, help="Hours from one frame to the next.")] = None,
    channel: Annotated[str, typer.Option(help="Name or index of the phase, where there are several channels.")] = "",
    pixel_size: Annotated[float | None, typer.Option(min=1e-6, help="In µm, instead of what the file says.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the growth rates as JSON, nothing else.")] = False,
) -> None:
    """Weigh nuclei and cytoplasm in a time-lapse of phase: a map, a table of every cell, and how fast it grows.

    Phase is measured: a model only says where nuclei and cells are.
    Example: zoo drymass dish.ome.zarr --model net@cells --wavelength 0.55 --increment 0.19 --interval 2 -o dish
    """
    if bool(model) == bool(cells and nuclei):
        raise ZooError("who says where nuclei and cells are?", hint="give --model, or both --cells and --nuclei")
    from harness.objects.drymass import Scales  # noqa: PLC0415 - help must not load the array libraries
    from harness.timelapse import curves, films  # noqa: PLC0415 - as above

    film = films.read_film(source, channel=channel, pixel_size=pixel_size, interval=interval)
    outlines = _predicted(context.obj, model, film) if model else _drawn(film, cells, nuclei)
    scales = Scales(
        wavelength=wavelength,
        pixel_size=film.pixel_size,
        nucleus=nuclear_increment or increment,
        cytoplasm=increment,
    )
    weighed = curves.weigh(film, outlines, scales)
    growth = curves.rates(weighed.objects)
    _write(out, source, film, outlines, weighed, growth)
    if as_json:
        typer.echo(json.dumps(json.loads(growth.to_json(orient="records")), indent=2))
        return
    _tell(out, weighed, growth)


def _predicted(registry: Registry, model: str, film: Film) -> Outlines:
    from harness.timelapse import outlines, stains  # noqa: PLC0415 - as above
    from zoo.runtime import open_model  # noqa: PLC0415 - as above

    with open_model(package(registry, model)) as opened:
        nucleus, cytoplasm = stains.stains(opened, film)
    return outlines.from_stains(nucleus, cytoplasm, film.pixel_size)


def _drawn(film: Film, cells: Path | None, nuclei: Path | None) -> Outlines:
    from harness.timelapse import films, outlines  # noqa: PLC0415 - as above

    drawn = []
    for path in (cells, nuclei):
        assert path is not None  # noqa: S101 - the command asks for both or for a model
        objects = films.read_frames(path).to_numpy()
        if objects.dtype.kind not in "ui":
            raise ZooError(f"{path}: pixels of type {objects.dtype}, expected whole numbers, one for each object")
        if objects.shape != film.phase.shape:
            raise ZooError(
                f"{path}: has shape {objects.shape}, the phase {film.phase.shape}", hint="draw them on its grid"
            )
        drawn.append(objects)
    return outlines.from_masks(*drawn)


def _write(out: Path, source: Path, film: Film, outlines: Outlines, weighed: Weighed, growth: DataFrame) -> None:
    """The map and the outlines in the container of the source, and three tables."""
    import xarray as xr  # noqa: PLC0415 - as above

    from zoo.images import write_image  # noqa: PLC0415 - as above

    suffix = ".ome.zarr" if source.suffix == ".zarr" else ".ome.tif"
    density = xr.DataArray(weighed.density, dims=("t", "y", "x"), coords={"c": "dry mass, pg/µm²"})
    drawn = [xr.DataArray(image, dims=("t", "y", "x")) for image in (outlines.cells, outlines.nuclei)]
    for name, image in {
        "density": density,
        "outlines": xr.concat(drawn, xr.Variable("c", ["cells", "nuclei"])),
    }.items():
        write_image(image, out / f"{name}{suffix}", pixel_size=film.pixel_size)
    for name, table in {"cells": weighed.objects, "frames": weighed.frames, "growth": growth}.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.6g")


def _tell(out: Path, weighed: Weighed, growth: DataFrame) -> None:
    frames, objects = len(weighed.frames), weighed.objects["cell"].nunique()
    typer.echo(f"{out}: {frames} frames, {objects} cells, {growth['cell'].nunique()} rows of growth; pg, µm², hours")
    for row in growth[growth["cell"] == "field"].itertuples():
        typer.echo(f"{row.part}: grows by {row.rate:.4f} per hour (95 %: {row.low:.4f} to {row.high:.4f})")
