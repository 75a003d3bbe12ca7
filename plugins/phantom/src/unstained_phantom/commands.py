"""``zoo phantom``: simulated datasets of one's own, what they are made of, and what they look like."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstained_phantom.making import Made
    from zoo.types import Told

app = typer.Typer(
    name="phantom", no_args_is_help=True, help="Simulated cells: make datasets of your own, look at them, verify them."
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")]
SEED = "made"
"""Where none is given. Not that of the default dataset: its test fields would be among those trained on."""


@app.command()
def make(
    out: Annotated[Path, typer.Argument(help="Folder to be made; one that was interrupted is gone on with.")],
    *,
    sessions: Annotated[
        list[str] | None,
        typer.Option(help="SPLIT=NUMBER of sessions, once for each split; else train=24 val=6 test=12."),
    ] = None,
    fields: Annotated[int, typer.Option(help="Fields of each session.")] = 2,
    size: Annotated[int, typer.Option(help="Pixels of a field's edge, 32 to 2048.")] = 256,
    preset: Annotated[
        str, typer.Option(help="default: every modality in 2-D; neurons: two kinds of cell; volume: 32 planes.")
    ] = "default",
    microscope: Annotated[str, typer.Option(help="20x/0.5, 40x/0.75 or 60x/1.2; else 40x/0.75.")] = "",
    planes: Annotated[int | None, typer.Option(help="Of the bright-field stack: 1, 7 or 13; else 7.")] = None,
    pixel: Annotated[float | None, typer.Option(help="Edge of a pixel in µm; else that of the microscope.")] = None,
    na: Annotated[float | None, typer.Option(help="Numerical aperture; else that of the microscope.")] = None,
    seed: Annotated[str | None, typer.Option(help=f"From which all randomness comes; else {SEED!r}.")] = None,
    secret: Annotated[
        bool, typer.Option("--secret", help="Draw a seed that nobody knows, and prepare inputs for handing out.")
    ] = False,
    processes: Annotated[int | None, typer.Option(help="Else one for each core that there is memory for.")] = None,
) -> None:
    """Make a dataset of simulated cells: a folder like any other, with a manifest.

    Example: zoo phantom make big --sessions train=100 --sessions test=12 --size 512
    """
    from unstained_phantom import making, order  # noqa: PLC0415 - keeps the surface light

    if secret and seed is not None:
        raise ZooError("--secret draws a seed of its own, and --seed gives one", hint="leave one of them out")
    if seed == "":
        raise ZooError("--seed: is empty", hint="give any text, or --secret for a seed that nobody knows")
    if processes is not None and processes < 1:
        raise ZooError(f"--processes {processes}: expected 1 or more", hint="leave it out for one on each core")
    chosen = order.sessions(sessions or ())
    wanted = order.Order(chosen, fields, size, preset, microscope, planes, pixel, na)
    for warning in order.warnings(order.plan(wanted, SEED)):
        typer.echo(f"warning: {warning}", err=True)
    with _bar(f"generating {out.name}") as told:
        made = making.make(wanted, out, told, seed="" if secret else seed or SEED, processes=processes)
    _tell(made)


@app.command()
def timelapse(
    out: Annotated[Path, typer.Argument(help="Folder to be made; one that was interrupted is gone on with.")],
    *,
    size: Annotated[int, typer.Option(help="Pixels of an image's edge, 32 to 2048.")] = 128,
    preset: Annotated[
        str,
        typer.Option(help="volume: stacks of 32 planes; default or neurons: every modality, in 2-D."),
    ] = "volume",
    dish: Annotated[int, typer.Option(help="1 grows by 0.018 per hour, 2 by 0.03.")] = 2,
    seed: Annotated[str, typer.Option(help="From which all randomness comes.")] = SEED,
    processes: Annotated[int, typer.Option(min=0, help="0: one for each core that there is memory for.")] = 0,
) -> None:
    """Make a dish that grows for a day: 12 frames, OME-Zarr, the stains apart from what a model may see.

    Example: zoo phantom timelapse dish && zoo predict NET dish/brightfield.ome.zarr -o stained.ome.zarr
    """
    from unstained_phantom import making, order  # noqa: PLC0415 - keeps the surface light
    from unstained_phantom import timelapse as films  # noqa: PLC0415 - as above

    wanted = order.Order(size=size, preset=preset)
    plan = films.planned(wanted, seed)
    with _bar(f"generating {out.name}") as told:
        made = films.make(plan, dish, out, told, processes=processes or making.affordable(wanted))
    for path in made.inputs:
        typer.echo(f"{path}: {made.frames} frames; cells grow by {made.rate:g} per hour")
    typer.echo(f"{made.stains}: the stains of the same, to compare with")


@contextmanager
def _bar(description: str) -> Iterator[Told]:
    from rich.console import Console  # noqa: PLC0415 - only where it is shown
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total, *_: progress.update(task, completed=done, total=total)


def _tell(made: Made) -> None:
    typer.echo(f"{made.manifest}: {made.missing} of {made.fields} fields made, all complete")
    if made.public:
        typer.echo(
            f"{made.public}: the inputs alone, to be handed out; keep {made.manifest.parent / 'truth'} to yourself"
        )
    typer.echo(f"next: zoo data check {made.manifest}")


@app.command()
def parameters(*, as_json: Json = False) -> None:
    """List every number that decides a pixel: value, unit, plausible range, meaning and source.

    Example: zoo phantom parameters --json
    """
    from unstained_phantom import tables  # noqa: PLC0415 - keeps the surface light

    rows = [{"group": group, **asdict(one)} for group, one in tables.parameters()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for group, one in tables.parameters():
        number = f"{one.value:g} {one.unit}".strip()
        typer.echo(f"{group}: {one.name} = {number} ({one.low:g} to {one.high:g}); {one.meaning}; {one.source}")


@app.command()
def verify(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="A small field alone, pixel by pixel.")] = False,
    as_json: Json = False,
) -> None:
    """Does this machine make the fields that others made? Compares some with what travels with the code.

    Exits with 1 where one differs by more than rounding. Example: zoo phantom verify --quick
    """
    from unstained_phantom import fingerprint  # noqa: PLC0415 - loads numpy

    found = []
    for one in fingerprint.compared(whole=not quick):
        found.append(one)
        if not as_json:
            same = "same bytes" if one.same_bytes else f"differs by {one.difference:.3g} at most"
            share = "" if one.identical is None else f", {one.identical:.4%} of the pixels identical"
            typer.echo(f"{'ok' if one.passed else 'FAILED'} {one.field} {one.channel}: {same}{share}")
    failed = [one for one in found if not one.passed]
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "passed": one.passed} for one in found], indent=2))
    else:
        typer.echo(f"{len(found) - len(failed)} of {len(found)} channels are what other machines make")
    if failed:
        raise typer.Exit(1)


@app.command()
def gallery(
    out: Annotated[Path, typer.Argument(help="Folder for the images.")],
    *,
    size: Annotated[int, typer.Option(help="Pixels of a field's edge, 32 to 2048.")] = 256,
) -> None:
    """Draw every modality, stain and truth of every kind of cell: single images, and one sheet for each kind.

    Example: zoo phantom gallery pictures
    """
    from unstained_phantom import gallery as pictures  # noqa: PLC0415 - loads numpy and Pillow

    with _bar("drawing") as told:
        written = pictures.draw(out, told, size=size)
    typer.echo(f"{out}: {written} images")
