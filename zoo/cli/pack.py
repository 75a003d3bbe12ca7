"""``zoo pack``: a trained entry, or a weight file, as a BioImage.IO package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zoo.registry import Registry
    from zoo.types import Architecture

app = typer.Typer()
CALIBRATION = 8
"""Fields on which activations are measured before they become integers."""


@app.command()
def pack(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="ID|WEIGHTS", help="A trained entry, or a .safetensors file.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The zip to write.")],
    *,
    weight_format: Annotated[
        str, typer.Option("--format", help="Weight format to use by default; else the fastest that agrees.")
    ] = "",
    int8: Annotated[
        bool, typer.Option("--int8", help="ONNX in 8-bit integers alone: twice as fast on processors that have them.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="With --int8: local copies of what it was trained on [ZOO_DATA].")
    ] = None,
    maintainer: Annotated[str, typer.Option(help="GitHub user who answers for the package.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the zip if it exists.")] = False,
) -> None:
    """Write a BioImage.IO package that any consumer of the format can run, with model card and test tensors.

    Example: zoo pack net@mydata -o net.zip
    """
    _check_out(out, force=force)
    weights, architecture = _source(context.obj, model)
    from rich.console import Console  # noqa: PLC0415 - keeps the surface light

    from zoo.export import export  # noqa: PLC0415 - loads a framework

    console = Console(stderr=True)
    images = _calibration(context.obj, weights, architecture, data_dir) if int8 else ()
    with console.status(f"packing {model}"):
        package = export(
            weights,
            architecture,
            out,
            format=weight_format,
            maintainer=maintainer,
            calibration=images,
            note=console.print,
        )
    typer.echo(f"{out}  {', '.join(package.formats)}; runs in {package.format}  sha256 {package.digest[:16]}")


def _check_out(out: Path, *, force: bool) -> None:
    if out.suffix != ".zip":
        raise ZooError(f"{out}: a package is a zip file", hint=f"-o {out.with_suffix('.zip')}")
    if out.exists() and not force:
        raise ZooError(f"{out}: exists already", hint="replace it with --force, or choose another name")
    if not out.parent.is_dir():
        raise ZooError(f"{out}: the folder {out.parent} does not exist", hint=f"mkdir -p {out.parent}")


def _source(registry: Registry, model: str) -> tuple[Path, Architecture]:
    """The weight file and the architecture of an entry, or of a weight file."""
    from zoo import weights  # noqa: PLC0415 - as above

    path = Path(model) if model.endswith(".safetensors") else registry.models.get(model).weights
    if path.suffix != ".safetensors":
        raise ZooError(f"{model}: is a finished package already: {path}", hint=f"copy it: cp {path} .")
    return path, registry.architectures.get(weights.read_header(path).architecture)


def _calibration(
    registry: Registry, path: Path, architecture: Architecture, data_dir: Path | None
) -> list[npt.NDArray[Any]]:
    """Inputs of some fields that weights were chosen on, (channel, [z,] y, x): never of those that test them."""
    from zoo import recipes, weights  # noqa: PLC0415 - as above
    from zoo.data import find  # noqa: PLC0415 - as above
    from zoo.export.quantization import seen  # noqa: PLC0415 - as above

    header = weights.read_header(path)
    dataset, scheme = find(registry, recipes.of(header).reference, data_dir=data_dir)
    fields = dataset.fields("val", scheme=scheme.name)[:CALIBRATION]
    return [seen(field.open(), header.inputs, architecture.spatial) for field in fields]
