"""From images to predicted stains: channels into tensors, planes and times in turn, resampling, and back.

Knows models, fields and image files; nothing of metrics or boards.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from zoo.data.fields import image as image_of
from zoo.errors import ZooError
from zoo.images import read_image, write_image
from zoo.images.calibration import modalities
from zoo.images.files import container
from zoo.matching import NotApplicableError, zoom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from zoo.matching import Match
    from zoo.package import Tensor
    from zoo.runtime import Model
    from zoo.types import Channel

    Images = Mapping[str, xr.DataArray]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one image."""

    image: Path
    output: Path | None
    """Where the prediction was written; None if it failed."""
    error: ZooError | None = None
    warnings: tuple[str, ...] = ()
    """What was done all the same, because it was asked for."""


def predict_field(model: Model, field: xr.Dataset, match: Match) -> xr.Dataset:
    """Predict the labels of a field.

    Returns one float32 variable for each matched label, under its name in the dataset, on the grid of the inputs: (t) y
    x, with z where the net predicts stacks. Counts where the package goes back to counts. What the net says of a label
    beside its mean are variables ``label.statistic``, such as ``dna.q5``; a match without statistics asks for none.
    """
    given = {}
    for channel, name in match.inputs.items():
        if name not in field:
            raise ZooError(
                f"{_field_name(field)} has no channel {name!r}; it has {', '.join(map(str, field.data_vars))}"
            )
        given[channel] = image_of(field, name)
    found = _predict(model, given, match.zoom, _field_name(field))
    attrs = {key: value for key, value in field.attrs.items() if key in ("dataset", "field", "pixel_size", "z_step")}
    labels = {label: found[channel] for channel, label in match.labels.items()}
    for channel, label in match.labels.items():
        told = match.statistics.get(label, ())
        labels |= {f"{label}.{statistic}": found[f"{channel}.{statistic}"] for statistic in told}
    return xr.Dataset(labels, attrs={**attrs, "model": model.package.id})


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
    _check_mapping(model, mapping)
    kept = _kept(model, labels, statistics=statistics)
    outputs = _outputs(images, out)
    _make_folder(outputs[0].parent)
    for image, output in zip(images, outputs, strict=True):
        try:
            warnings = _predict_file(model, image, output, mapping, kept, force=force)
        except ZooError as error:
            yield Outcome(image=image, output=None, error=error)
        else:
            yield Outcome(image=image, output=output, warnings=warnings)


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
    read = read_image(image)
    chosen = {channel.name: _channel(model, channel, read, image, mapping) for channel in model.package.input_channels}
    wrong = [_wrong(channel, chosen[channel.name], image) for channel in model.package.input_channels]
    warnings = tuple(text for text in wrong if text)
    if warnings and not force:
        raise ZooError(warnings[0], hint="take a model for such images; --force predicts what need not be there")
    given = {name: one.drop_vars(("c", "contrast"), errors="ignore") for name, one in chosen.items()}
    found = _predict(model, given, _zoom(model, read, image), str(image))
    written = [found[name] for name in kept]
    stacked = xr.concat(written, xr.Variable("c", list(kept)), coords="minimal", join="override")
    ordered = stacked.transpose("t", "c", "z", "y", "x", missing_dims="ignore")
    write_image(ordered, output, pixel_size=read.attrs.get("pixel_size"), z_step=read.attrs.get("z_step"))
    return warnings


def _wrong(channel: Channel, image: xr.DataArray, path: Path) -> str:
    """What an image says it is where the model was trained on something else; empty if it fits or says nothing."""
    said = modalities(*(str(image.coords[name].item()) if name in image.coords else "" for name in ("c", "contrast")))
    if not said or channel.modality is None or channel.modality.value in said:
        return ""
    return f"{path}: is {' or '.join(said)} by its own account, the model was trained on {channel.modality.value}"


def _zoom(model: Model, read: xr.DataArray, image: Path) -> float:
    """Pixel size of an image over that of the model, which has one for all its inputs."""
    size, step = read.attrs.get("pixel_size"), read.attrs.get("z_step")
    try:
        return max(
            zoom(channel, replace(channel, pixel_size=size, z_step=step)) for channel in model.package.input_channels
        )
    except NotApplicableError as error:
        raise ZooError(f"{image}: {error.message}", hint="resample it, or take a model for such images") from error


def _predict(model: Model, given: Images, factor: float, what: str) -> dict[str, xr.DataArray]:
    """Outputs by channel of the model; times, and planes that the net does not take together, one after the other."""
    package = model.package
    loops = [axis for axis in ("t", "z") if any(axis in image.dims for image in given.values())]
    together = package.spatial == 3 or any(channel.planes > 1 for channel in package.input_channels)  # noqa: PLR2004
    loops = [axis for axis in loops if axis == "t" or not together]
    if not loops:
        return _predict_one(model, given, factor, what)
    axis = loops[0]
    count = max(image.sizes.get(axis, 1) for image in given.values())
    found = [
        _predict(model, {name: _at(image, axis, index) for name, image in given.items()}, factor, what)
        for index in range(count)
    ]
    return {name: xr.concat([one[name] for one in found], axis) for name in found[0]}


def _at(image: xr.DataArray, axis: str, index: int) -> xr.DataArray:
    """One step along an axis; an image without it stays for all of them."""
    return image.isel({axis: index}) if axis in image.dims else image


def _predict_one(model: Model, given: Images, factor: float, what: str) -> dict[str, xr.DataArray]:
    package = model.package
    inputs = {tensor.id: _tensor(tensor, given, package.spatial, factor, what) for tensor in package.inputs}
    first = next(iter(given.values()))
    shape = first.sizes["y"], first.sizes["x"]
    outputs = model.predict(inputs)
    found = {}
    for tensor in package.outputs:
        for place, channel in zip(tensor.places, tensor.channels, strict=True):
            image = _resized(outputs[tensor.id][place], shape)
            found[channel.name] = xr.DataArray(image, dims=("z", "y", "x")[-image.ndim :], name=channel.name)
    return found


def _tensor(tensor: Tensor, given: Images, spatial: int, factor: float, what: str) -> npt.NDArray[Any]:
    """The channels of one input tensor, (channel, [z,] y, x); planes are channels of a net over planes."""
    parts = []
    for channel in tensor.channels:
        image = given[channel.name].transpose("z", "y", "x", missing_dims="ignore")
        planes = image.sizes.get("z", 1)
        if spatial == 2 and planes != channel.planes:  # noqa: PLR2004 - axes in space
            raise ZooError(
                f"{what}: channel {channel.name!r} has {planes} planes, the model needs {channel.planes}",
                hint="give the planes that it was trained with, in their order",
            )
        pixels = image.to_numpy()
        pixels = pixels[None] if pixels.ndim == 2 else pixels  # noqa: PLR2004 - y, x
        height, width = (max(1, round(edge * factor)) for edge in pixels.shape[1:])
        pixels = _resized(pixels, (height, width))
        parts.append(pixels[None] if spatial == 3 else pixels)  # noqa: PLR2004 - as above
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _resized(image: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Resample y and x, smoothed first where it shrinks, so that counts stay what they were; as it is if they fit."""
    if image.shape[-2:] == shape:
        return image
    from skimage.transform import resize  # noqa: PLC0415 - half a second that few images need

    planes = image.reshape(-1, *image.shape[-2:]).astype(np.float32)
    shrinks = shape[0] < image.shape[-2]
    done = [resize(plane, shape, order=1, mode="reflect", anti_aliasing=shrinks) for plane in planes]
    return np.stack(done).reshape(*image.shape[:-2], *shape).astype(np.float32)


def _check_mapping(model: Model, mapping: Mapping[str, str]) -> None:
    names = [channel.name for channel in model.package.input_channels]
    if not names:
        raise ZooError(
            f"{model.package.path}: does not say what its channels are",
            hint="it was not packed by this zoo: run it with bioimageio predict",
        )
    for name in mapping:
        if name not in names:
            raise ZooError(f"--map names the channel {name!r}; the model has {', '.join(names)}")


def _channel(
    model: Model, channel: Channel, image: xr.DataArray, path: Path, mapping: Mapping[str, str]
) -> xr.DataArray:
    """The channel of an image that is a channel of the model: as told, else by its name, else the only one."""
    names = [str(name) for name in np.atleast_1d(image.coords["c"].values)] if "c" in image.coords else []
    count = image.sizes.get("c", 1)
    told = mapping.get(channel.name)
    if told is None and channel.name in names:
        told = channel.name
    if told is None and count == 1 and len(model.package.input_channels) == 1:
        told = "0"
    index = names.index(told) if told in names else int(told) if told and told.isdecimal() else count
    if index >= count:
        offered = ", ".join(names) if names else f"{count} without names"
        asked = f"no channel {told!r}" if told else f"no telling which channel is {channel.name!r}"
        raise ZooError(
            f"{path}: {asked}; it has {offered}", hint=f"say which it is, by name or index: --map {channel.name}=0"
        )
    return image.isel(c=index) if "c" in image.dims else image


def _outputs(images: Sequence[Path], out: Path) -> list[Path]:
    """Where each prediction goes; never onto an image, never two onto one."""
    single = len(images) == 1 and bool(out.suffix) and not out.is_dir()
    if single:
        container(out)
    outputs = [out] if single else [out / prediction_name(image) for image in images]
    for image, output in zip(images, outputs, strict=True):
        if output.resolve() in {other.resolve() for other in images}:
            raise ZooError(f"{output}: would overwrite an image that is to be read", hint="choose another -o")
        if outputs.count(output) > 1:
            raise ZooError(
                f"{output}: two images would be written there, one of them {image}", hint="rename one of them"
            )
    return outputs


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


def _field_name(field: xr.Dataset) -> str:
    return f"field {field.attrs.get('field', '(without a name)')!r}"
