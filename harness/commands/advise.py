"""``zoo advise``: which model for this image, and whether any."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from zoo.errors import ZooError
from zoo.types import Modality, Structure

app = typer.Typer()
BOARDS = Path("leaderboards")
Kind = TypeVar("Kind", Modality, Structure)


@app.command()
def advise(
    context: typer.Context,
    image: Annotated[
        Path | None, typer.Argument(metavar="IMAGE", help="An unstained image, to be compared with judged ones.")
    ] = None,
    *,
    modality: Annotated[str, typer.Option("--input", metavar="MODALITY", help="How it was made, e.g. brightfield.")],
    structure: Annotated[str, typer.Option("--structure", help="What is to be predicted, e.g. nucleus.")],
    pixel_size: Annotated[
        float | None,
        typer.Option("--pixel-size", min=0.001, metavar="UM", help="Edge of a pixel in µm; else the file's."),
    ] = None,
    boards: Annotated[Path, typer.Option("--boards", metavar="DIR", help="Where boards are, or a board.")] = BOARDS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")] = False,
) -> None:
    """Rank models for one case from boards, with what speaks against each. Exits with 1 if none can be trusted.

    Example: zoo advise --input brightfield --structure nucleus --pixel-size 0.31
    """
    from harness.advice import answers, evidence  # noqa: PLC0415 - help must not load the array libraries

    asked = _member(Modality, modality, "--input"), _member(Structure, structure, "--structure")
    numbers, size, planes = _looked_at(image, pixel_size) if image else ({}, pixel_size, None)
    case = evidence.Case(modality=asked[0], structure=asked[1], pixel_size=size, planes=planes)
    found = evidence.folders(boards)
    known = evidence.gathered(case, found, context.obj)
    if image:
        known = answers.compared(known, numbers, {folder.name: folder for folder in found})
    advice = answers.Advice(case=case, evidence=tuple(known))
    typer.echo(answers.as_json(advice) if as_json else answers.as_text(advice), nl=False)
    if advice.best is None:
        raise typer.Exit(1)


def _member(kind: type[Kind], name: str, told: str) -> Kind:
    try:
        return kind(name)
    except ValueError as error:
        raise ZooError(f"{told} {name!r}: known are {', '.join(kind)}", hint="take one of these") from error


def _looked_at(image: Path, pixel_size: float | None) -> tuple[dict[str, float], float, int]:
    """The numbers of an image, the size of its pixels, and how many focal planes it has."""
    import numpy as np  # noqa: PLC0415 - as above

    from harness.page.gallery.likeness import likeness  # noqa: PLC0415 - as above
    from zoo.images import read_image  # noqa: PLC0415 - as above

    opened = read_image(image)
    size = pixel_size or opened.attrs.get("pixel_size")
    if not size:
        raise ZooError(f"{image}: does not say how large its pixels are", hint="give it: --pixel-size 0.31")
    first = {dim: 0 for dim in opened.dims[:-2] if dim != "z"}
    pixels = np.squeeze(opened.isel(first).to_numpy())
    return likeness(np.asarray(pixels, np.float32), float(size)), float(size), opened.sizes.get("z", 1)
