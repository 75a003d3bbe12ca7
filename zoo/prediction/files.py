"""Image files predicted into image files, one by one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from zoo.errors import ZooError
from zoo.images import write_image
from zoo.images.files import SUFFIXES
from zoo.prediction.readings import check_mapping, predict_image, read_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoo.runtime import Model


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one image."""

    image: Path
    output: Path | None
    """Where the prediction was written; None if it failed."""
    error: ZooError | None = None
    warnings: tuple[str, ...] = ()
    """What was done all the same, because it was asked for."""


def predict_files(
    model: Model,
    images: Sequence[Path],
    out: Path,
    mapping: Mapping[str, str],
    *,
    labels: Sequence[str] = (),
    statistics: bool = False,
    force: bool = False,
) -> Iterator[Outcome]:
    """Predict image files, one by one; one that cannot be read or predicted is told and the rest go on.

    ``out`` is a folder, or a file for a single image. ``mapping`` says which channel of the images, by name or by index
    from 0, is which channel of the model, where their names do not tell. ``labels`` are those to write, all if none is
    named; with ``statistics`` what the model says beside their means is written too, as channels ``label.statistic``.
    An image that says it was made otherwise than what the model was trained on is refused, unless with ``force``.
    """
    check_mapping(model, mapping)
    kept = _kept(model, labels, statistics=statistics)
    outputs = _outputs(images, out)
    _make_folder(outputs[0].parent)
    for image, output in zip(images, outputs, strict=True):
        try:
            warnings = _predict_file(model, image, output, mapping, kept, force=force)
        except ZooError as error:
            yield Outcome(image=image, output=None, error=_named(error, image))
        else:
            yield Outcome(image=image, output=output, warnings=warnings)


def _named(error: ZooError, image: Path) -> ZooError:
    """An error that says which image it is about: what a runtime refuses names the package alone."""
    return error if str(image) in error.message else ZooError(f"{image}: {error.message}", hint=error.hint)


def _kept(model: Model, labels: Sequence[str], *, statistics: bool) -> list[str]:
    """Names of the channels to write, in the order of the model."""
    package = model.package
    means = [channel.name for channel in package.label_channels]
    if statistics and len(means) == len(package.output_channels):
        raise ZooError(
            f"{package.path}: predicts means alone, no statistics beside them",
            hint="leave out --statistics, or take a model that says how sure it is: zoo list models",
        )
    if unknown := [label for label in labels if label not in means]:
        raise ZooError(
            f"{package.id} was not trained on the label {unknown[0]!r}; it predicts {', '.join(means)}",
            hint="zoo list models shows who predicts what; zoo train trains one of your own",
        )
    asked = [channel for channel in package.output_channels if statistics or not channel.statistic]
    return [one.name for one in asked if not labels or one.name.removesuffix(f".{one.statistic}") in labels]


def _predict_file(
    model: Model, image: Path, output: Path, mapping: Mapping[str, str], kept: Sequence[str], *, force: bool
) -> tuple[str, ...]:
    """Read, predict, write; returns what was wrong with the image where that was to be ignored."""
    reading = read_inputs(model, image, mapping, force=force)
    found = predict_image(model, reading)
    written = [found[name] for name in kept]
    stacked = xr.concat(written, xr.Variable("c", list(kept)), coords="minimal", join="override")
    ordered = stacked.transpose("t", "c", "z", "y", "x", missing_dims="ignore")
    write_image(ordered, output, pixel_size=reading.pixel_size, z_step=reading.z_step)
    return reading.warnings


def _outputs(images: Sequence[Path], out: Path) -> list[Path]:
    """Where each prediction goes; never onto an image, never two onto one."""
    single = len(images) == 1 and bool(out.suffix) and not out.is_dir()
    if single:
        _check_suffix(out)
    outputs = [out] if single else [out / prediction_name(image) for image in images]
    for image, output in zip(images, outputs, strict=True):
        if output.resolve() in {other.resolve() for other in images}:
            raise ZooError(f"{output}: would overwrite an image that is to be read", hint="choose another -o")
        first = images[outputs.index(output)]
        if first != image:
            raise ZooError(
                f"{output}: two images would be written there, {first} and {image}",
                hint="rename one of them, or predict it into a folder of its own: -o",
            )
    return outputs


def _check_suffix(out: Path) -> None:
    if SUFFIXES.get(out.suffix.lower()) not in {"tiff", "zarr"}:
        raise ZooError(
            f"{out}: found suffix {out.suffix!r}, expected .ome.tif or .ome.zarr",
            hint=f"-o {out.with_suffix('.ome.tif')}, or a folder that exists",
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZooError(
            f"{folder}: cannot make the folder for predictions: {error.strerror or error}", hint="choose another -o"
        ) from error
    if not os.access(folder, os.W_OK):
        raise ZooError(f"{folder}: the folder for predictions cannot be written to", hint="choose another -o")


def prediction_name(image: Path) -> str:
    """A prediction is named as its image.

    >>> prediction_name(Path("a/cells.ome.zarr")), prediction_name(Path("b.png"))
    ('cells.ome.zarr', 'b.ome.tif')
    """
    plain = image.name.removesuffix(image.suffix).removesuffix(".ome")
    return f"{plain}.ome.zarr" if image.suffix == ".zarr" else f"{plain}.ome.tif"
