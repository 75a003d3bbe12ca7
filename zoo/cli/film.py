"""``zoo film``: a predicted time-lapse or stack as a film that people can watch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.opening import listed
from zoo.errors import ZooError

app = typer.Typer()


@app.command()
def film(
    prediction: Annotated[Path, typer.Argument(help="A time-lapse or a stack: OME-Zarr, OME-TIFF.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The film: .gif, .webp, or .png for an animated PNG.")],
    *,
    channels: Annotated[str, typer.Option(help="Channels to show, e.g. dna,membrane; else all.")] = "",
    colour: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=COLOUR", help="For example dna=blue; repeatable.")
    ] = None,
    range_: Annotated[
        list[str] | None,
        typer.Option("--range", metavar="CHANNEL=LOW:HIGH", help="Counts from black to full colour; repeatable."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, max=50, help="Frames per second.")] = 5.0,
) -> None:
    """Show predicted stains in colours, over time or through depth; one range of counts holds for all frames.

    Example: zoo film stained/dish.ome.zarr --channels dna,membrane -o dish.gif
    """
    from zoo import film as films  # noqa: PLC0415 - loads numpy
    from zoo.images import read_image  # noqa: PLC0415 - as above

    image = read_image(prediction)
    shown = films.looks(image, listed(channels), _pairs("colour", colour), _ranges(range_))
    count = films.write(films.frames(image, shown), out, rate=rate)
    typer.echo(
        f"{out}: {count} frames of {', '.join(f'{look.channel} {look.low:g} to {look.high:g}' for look in shown)}"
    )


def _pairs(flag: str, given: list[str] | None) -> dict[str, str]:
    pairs = {name: value for name, _, value in (text.partition("=") for text in given or ())}
    for name, value in pairs.items():
        if not name or not value:
            raise ZooError(f"--{flag} {name}: expected CHANNEL=VALUE", hint="zoo film --help")
    return pairs


def _ranges(given: list[str] | None) -> dict[str, tuple[float, float]]:
    """Counts by channel.

    >>> _ranges(["dna=100:2000"])
    {'dna': (100.0, 2000.0)}
    """
    found = {}
    for name, text in _pairs("range", given).items():
        low, _, high = text.partition(":")
        try:
            found[name] = (float(low), float(high))
        except ValueError:
            raise ZooError(f"--range {name}={text}: expected LOW:HIGH", hint=f"--range {name}=100:2000") from None
        if not found[name][0] < found[name][1]:
            raise ZooError(f"--range {name}={text}: LOW is not below HIGH", hint=f"--range {name}=100:2000")
    return found
