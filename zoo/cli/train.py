"""``zoo train``: an architecture, a dataset and a preset in, a package or a weight file out."""
# ruff: noqa: ARG001 - options are read from the context, which also tells whether they were typed

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zoo.cli import runs
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from zoo.recipes import Run
    from zoo.training import Plan, Progress
    from zoo.training.watch import Report
    from zoo.types import Architecture
    from zoo.weights import Weights

app = typer.Typer()
SUFFIXES = (".zip", ".safetensors")


@app.command()
def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", help="A package (.zip) or a weight file (.safetensors).")],
    architecture: Annotated[str, typer.Argument(help="What to train: an id of zoo list architectures.")] = "",
    *,
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A recipe file: the same run again, but for what is said here.")
    ] = None,
    dataset: Annotated[
        str, typer.Option(metavar="ID[.SCHEME]", help="What to train on, or the path of a manifest; else the default.")
    ] = "",
    preset: Annotated[str, typer.Option(help="lite trains on two cores; paper is as published.")] = "lite",
    max_minutes: Annotated[float | None, typer.Option(help="End after that much training at the latest.")] = None,
    inputs: Annotated[
        str, typer.Option(help="Inputs that the net sees, e.g. phase,dic; needed if there are several.")
    ] = "",
    labels: Annotated[
        str,
        typer.Option("--labels", "--label", help="Labels to predict, e.g. dna,actin; else all that were recorded."),
    ] = "",
    from_: Annotated[
        str,
        typer.Option("--from", metavar="ID|FILE", help="Start from an entry, a weight file or a package."),
    ] = "",
    fields: Annotated[int | None, typer.Option(min=1, help="Learn from so many training fields alone.")] = None,
    variant: Annotated[str, typer.Option(help="Part of the id: architecture-VARIANT@dataset.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Decides the first weights and every patch.")] = 0,
    steps: Annotated[int | None, typer.Option(help="Updates of a full run, instead of the preset's.")] = None,
    batch: Annotated[int | None, typer.Option(help="Patches per step, instead of the preset's.")] = None,
    patch: Annotated[str, typer.Option(help="Edges of a patch in pixels, e.g. 128x128, instead of the preset's.")] = "",
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate, not the preset's.")] = None,
    objective: Annotated[
        str, typer.Option(help="Loss: a name of zoo.objectives (correlation, for arbitrary counts) or MODULE:CALLABLE.")
    ] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other field of the recipe, e.g. zoom=0.3; repeatable."),
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Option of the net, e.g. width=24; repeatable.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder with local copies; then nothing is downloaded [ZOO_DATA].")
    ] = None,
    workdir: Annotated[Path | None, typer.Option(help="Where checkpoints go; beside the output by default.")] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="Where to train; auto takes a GPU where there is one.")
    ] = "auto",
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on from the checkpoint of a run that was stopped, or not.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")] = False,
) -> None:
    """Train on split train, choose on split val. A run that was stopped goes on when it is started again.

    Example: zoo train NET --dataset CELLS --max-minutes 15 -o model.zip
    """
    _check_out(out, force=force)
    run = runs.run(context, recipe)
    net = context.obj.architectures.get(run.architecture)
    from zoo.data import find  # noqa: PLC0415 - keeps the surface light
    from zoo.data.progress import fetch_with_bar  # noqa: PLC0415 - as above

    found, scheme = find(context.obj, dataset or run.reference, data_dir=data_dir, note=partial(typer.echo, err=True))
    _warn_of_change(run, found.digest)
    training = _training()
    training.on_gpu(device, net.framework)
    start = runs.start(context.obj, run.start)
    plan = training.plan(
        net,
        run.preset,
        changes=run.recipe,
        options={**(start.header.options if start else {}), **run.options},
        max_minutes=math.inf if run.max_minutes is None else run.max_minutes,
        device=device,
        start=start,
        **{name: getattr(run, name) for name in ("seed", "inputs", "labels", "variant", "fields")},
        command=runs.command(architecture, runs.typed(context, run.reference or found.id), out),
    )
    folder = workdir or out.with_name(f"{out.stem}.training")
    training.ask(found, scheme, spatial=net.spatial, inputs=plan.inputs, labels=plan.labels, masks=plan.recipe.masks)
    needed = training.needed(plan, found, scheme)
    fetch_with_bar(found, needed)
    try:
        with _shown(plan, len(needed)) as (console, on_field, report):
            made = training.train(plan, found, scheme, folder, resume=resume, on_field=on_field, report=report)
            _write(made, net, out, folder, console)
    except KeyboardInterrupt:
        typer.echo(f"stopped; the same command goes on from {folder}", err=True)
        raise
    _tell(made, out, folder)


def _warn_of_change(run: Run, digest: str) -> None:
    before = run.dataset.get("digest", digest)
    if before != digest:
        typer.secho(
            f"zoo: the recipe was made with data of digest {before[:12]}, these are {digest[:12]}: not the same run",
            err=True,
        )


def _training() -> Any:  # noqa: ANN401 - a module
    # Threads that wait by spinning run 20 times slower beside any other busy program (measured on two cores);
    # it must be said before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from zoo import training  # noqa: PLC0415 - loads torch and Lightning
    except ModuleNotFoundError as error:
        raise ZooError(
            f"zoo train needs {error.name!r}, which is not installed", hint='pip install "unstained[train]"'
        ) from error
    return training


def _write(made: Weights, net: Architecture, out: Path, folder: Path, console: Console) -> None:
    from zoo import recipes, weights  # noqa: PLC0415 - loads numpy

    out.with_suffix(recipes.SUFFIX).write_text(recipes.text(recipes.of(made.header)), encoding="utf-8")
    if out.suffix == ".safetensors":
        weights.write(made, out)
        return
    from zoo.export import export  # noqa: PLC0415 - only for packages

    stored = folder / "weights.safetensors"
    weights.write(made, stored)
    try:
        export(stored, net, out, note=console.log)
    except ZooError as error:
        raise ZooError(
            f"{error.message}; the trained weights are kept: {stored}", hint=error.hint or f"zoo pack {stored} -o {out}"
        ) from error


def _tell(made: Weights, out: Path, folder: Path) -> None:
    account: Mapping[str, Any] = made.header.training
    kept = account["kept"]
    r = "undefined" if kept["val_r"] is None else f"{kept['val_r']:.3f}"
    typer.echo(
        f"{out}  {made.header.id}  {account['steps']} steps in {account['minutes']:.1f} min; "
        f"r on val {r} at step {kept['step']}"
    )
    typer.echo(f"repeat with: {account['command']}", err=True)
    typer.echo(f"checkpoints can be removed: {folder}", err=True)


@contextmanager
def _shown(plan: Plan, fields: int) -> Iterator[tuple[Console, Callable[[str], None], Report]]:
    """A bar where somebody watches; a line for each validation where nobody does.

    Gives what is to be told of every field that is read, and of every step.
    """
    from rich import progress as bars  # noqa: PLC0415 - keeps the surface light
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(stderr=True, log_path=False)
    console.log(f"training {plan.architecture.id} ({plan.preset}), seed {plan.seed}; reading {fields} fields")
    if not console.is_terminal:
        yield console, lambda _: None, _lines(console)
        return
    columns = (bars.BarColumn(), bars.TaskProgressColumn(), bars.TextColumn("{task.description}"))
    with bars.Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("reading images", total=fields)

        def report(now: Progress) -> None:
            shown.update(task, total=1.0, completed=now.spent, description=_line(now))

        yield console, lambda _: shown.advance(task), report


def _lines(console: Console) -> Report:
    seen: list[float] = []

    def report(now: Progress) -> None:
        if not math.isnan(now.r) and seen[-1:] != [now.r]:
            seen.append(now.r)
            console.log(_line(now))

    return report


def _line(now: Progress) -> str:
    r = "-" if math.isnan(now.r) else f"{now.r:.3f}"
    return f"step {now.step}  loss {now.loss:.4f}  val r {r}  {now.seconds_left / 60:.1f} min left"


def _check_out(out: Path, *, force: bool) -> None:
    if out.suffix not in SUFFIXES:
        raise ZooError(f"{out}: found suffix {out.suffix!r}, expected .zip or .safetensors", hint=f"-o {out}.zip")
    if not out.parent.is_dir():
        raise ZooError(f"{out}: the folder {out.parent} does not exist", hint=f"mkdir -p {out.parent}")
    if not os.access(out.parent, os.W_OK):
        raise ZooError(f"{out}: the folder {out.parent} cannot be written to", hint="choose another with -o")
    if out.exists() and not force:
        raise ZooError(f"{out}: exists already", hint="replace it with --force, or choose another name")
