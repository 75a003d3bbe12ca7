"""One image file: which of its channels a model sees, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.images import read_image
from zoo.images.calibration import modalities
from zoo.matching import NotApplicableError, zoom
from zoo.prediction.tensors import predict_channels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

    from zoo.runtime import Model
    from zoo.types import Channel


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """What a model sees of an image file."""

    path: Path
    inputs: Mapping[str, xr.DataArray]
    """Axes (t) (z) y x, by channel of the model."""
    zoom: float
    """Its pixel size over that of the model."""
    pixel_size: float | None
    """In µm; None where the file does not say."""
    z_step: float | None
    warnings: tuple[str, ...]
    """What is wrong with it, and was to be ignored."""


def read_inputs(model: Model, path: Path, mapping: Mapping[str, str], *, force: bool = False) -> Reading:
    """Read the channels that a model sees; ``mapping`` as for ``predict_files``.

    An image that says it was made otherwise than what the model was trained on is refused, unless with ``force``.
    """
    check_mapping(model, mapping)
    read = read_image(path)
    chosen = {channel.name: _channel(model, channel, read, path, mapping) for channel in model.package.input_channels}
    wrong = [_wrong(channel, chosen[channel.name], path) for channel in model.package.input_channels]
    warnings = tuple(text for text in wrong if text)
    if warnings and not force:
        raise ZooError(warnings[0], hint="take a model for such images; --force predicts what need not be there")
    return Reading(
        path=path,
        inputs={name: one.drop_vars(("c", "contrast"), errors="ignore") for name, one in chosen.items()},
        zoom=_zoom(model, read, path),
        pixel_size=read.attrs.get("pixel_size"),
        z_step=read.attrs.get("z_step"),
        warnings=warnings,
    )


def predict_image(model: Model, reading: Reading) -> dict[str, xr.DataArray]:
    """What a model returns for an image, by output channel: axes (t) (z) y x, on the grid of the image, in counts."""
    return predict_channels(model, reading.inputs, reading.zoom, str(reading.path))


def check_mapping(model: Model, mapping: Mapping[str, str]) -> None:
    """Refuse names of channels that the model lacks, and models that do not say what their channels are."""
    names = [channel.name for channel in model.package.input_channels]
    if not names:
        raise ZooError(
            f"{model.package.path}: does not say what its channels are",
            hint="it was not packed by this zoo: run it with bioimageio predict",
        )
    for name in mapping:
        if name not in names:
            raise ZooError(f"--map names the channel {name!r}; the model has {', '.join(names)}")


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
