"""``zoo watch``: every image that a microscope writes is predicted as soon as it is complete."""

from __future__ import annotations

import json
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.opening import opened
from zoo.cli.predict import row
from zoo.errors import ZooError
from zoo.matching import mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zoo.prediction import Outcome
    from zoo.runtime import Model

app = typer.Typer()
PREDICTED = "predicted"
"""Folder for predictions inside the one that is watched, unless another is named."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One image, and how long it took."""

    outcome: Outcome
    latency: float
    """Seconds from the last change of the image to its prediction on disk: waiting included."""
    predicting: float
    """Seconds of them in which it was read, predicted and written."""


@app.command()
def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the microscope writes: TIFF, OME-TIFF, OME-Zarr or PNG.")],
    model: Annotated[str, typer.Option(metavar="ID|FILE.zip", help="A trained entry, or a BioImage.IO package.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help=f"Folder for the predictions; else {PREDICTED} in FOLDER.")
    ] = None,
    *,
    channel_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CHANNEL=NAME", help="Channel of the model = name or index of the image's."),
    ] = None,
    weight_format: Annotated[str, typer.Option("--format", help="Weight format; else the one chosen at packing.")] = "",
    tile: Annotated[str, typer.Option(help="Largest input of one pass: 512, 512x512 or 32x256x256.")] = "",
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 takes OMP_NUM_THREADS, else all cores.")] = 0,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds without a change after which a file is complete.")
    ] = 0.5,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many images.")] = None,
    until_idle: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="End when nothing came for so long.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Predict images of another modality too: the net may paint what is not there."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each image, one at the end.")] = False,
) -> None:
    """Predict each image as a microscope writes it, until Ctrl-C; the model is opened once.

    Images that are there already are predicted first, but for those that have a prediction. What was changed is
    predicted again. Example: zoo watch plate1 --model net@mydata -o stained
    """
    out, channels = out or folder / PREDICTED, mapping(channel_map)
    if out.resolve() == folder.resolve():
        raise ZooError(f"{out}: predictions would be taken for images", hint="choose another folder with -o")
    seen: list[Seen] = []
    with (
        opened(context.obj, model, weight_format=weight_format, tile=tile, threads=threads) as net,
        _until_interrupted(),
    ):
        typer.echo(f"watching {folder} for {net.package.id}; Ctrl-C ends it", err=True)
        for one in _predictions(net, folder, out, channels, settle=settle, until_idle=until_idle, force=force):
            seen.append(one)
            _tell(one, net, as_json=as_json)
            if len(seen) == count:
                break
    _summarise(seen, as_json=as_json)
    if any(one.outcome.error for one in seen):
        raise typer.Exit(1)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """Ctrl-C and a polite kill are how watching ends, and no failure."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


def _predictions(
    model: Model,
    folder: Path,
    out: Path,
    channels: Mapping[str, str],
    *,
    settle: float,
    until_idle: float | None,
    force: bool,
) -> Iterator[Seen]:
    from zoo.prediction import Outcome, predict_files, prediction_name  # noqa: PLC0415 - keeps the surface light
    from zoo.watching import arrivals  # noqa: PLC0415 - as above

    last = time.monotonic()
    owners: dict[Path, Path] = {}
    for arrival in arrivals(folder, settle=settle):
        if arrival is None:
            if until_idle is not None and time.monotonic() - last >= until_idle:
                return
            continue
        image, output = arrival.image, out / prediction_name(arrival.image)
        mine = owners.setdefault(output, image) == image
        if mine and _is_newer(output, image):
            continue
        started = time.monotonic()
        if mine:
            (outcome,) = predict_files(model, [image], out, channels, force=force)
        else:
            outcome = Outcome(image=image, output=None, error=_taken(output, owners[output]))
        last = time.monotonic()
        yield Seen(outcome=outcome, latency=last - arrival.changed, predicting=last - started)


def _taken(output: Path, owner: Path) -> ZooError:
    return ZooError(f"{output}: holds the prediction of {owner} already", hint="rename one of the two images")


def _is_newer(prediction: Path, image: Path) -> bool:
    """Whether an image was predicted after it was written, by an earlier run."""
    try:
        return prediction.stat().st_mtime_ns > image.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def _tell(one: Seen, model: Model, *, as_json: bool) -> None:
    outcome = one.outcome
    for warning in outcome.warnings:
        typer.secho(f"zoo: {warning}; predicted all the same", err=True)
    if as_json:
        told = row(outcome, model) | {"latency": round(one.latency, 4), "predicting": round(one.predicting, 4)}
        typer.echo(json.dumps(told))
    elif outcome.output:
        times = f"{one.latency:.2f} s, {one.predicting:.2f} s of them predicting"
        typer.echo(f"{outcome.image} -> {outcome.output}  {times}")
    if outcome.error:
        typer.secho(f"zoo: {outcome.error}", err=True)


def _summarise(seen: list[Seen], *, as_json: bool) -> None:
    """How many, and how long it took: the half and nine tenths of the images were done within."""
    done = [one for one in seen if not one.outcome.error]
    times = {"latency": [one.latency for one in done], "predicting": [one.predicting for one in done]}
    quantiles = {name: _quantiles(seconds) for name, seconds in times.items() if seconds}
    if as_json:
        typer.echo(json.dumps({"images": len(seen), "failed": len(seen) - len(done), **quantiles}))
        return
    typer.echo(f"{len(seen)} images, {len(seen) - len(done)} failed")
    for name, found in quantiles.items():
        typer.echo(f"{name}: " + ", ".join(f"{quantile} {value:.3f} s" for quantile, value in found.items()))


def _quantiles(seconds: list[float]) -> dict[str, float]:
    import numpy as np  # noqa: PLC0415 - keeps the surface light

    return {f"p{percent}": round(float(np.percentile(seconds, percent)), 4) for percent in (50, 90)}
