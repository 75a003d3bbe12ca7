"""The way back: the weights in one of our packages, so that training can start from them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.normalization import Normalization
from zoo.package import content, read
from zoo.types import Framework
from zoo.weights import Header, Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from zoo.package import Package

    Tensors = dict[str, npt.NDArray[Any]]

TRAINED = {"pytorch_state_dict": Framework.TORCH, "keras_v3": Framework.TENSORFLOW}
"""Formats that hold weights by name, and the framework that they came from; all others were converted."""


def unpacked(path: Path) -> Weights:
    """The weights of a package, zip or folder, as its weight file has them, without the sample.

    No code of the package is run. Raises ``ZooError`` for a package that this zoo did not make, and for one that holds
    converted weights alone, such as 8-bit integers.
    """
    package = read(path)
    if not package.config.get("architecture"):
        raise ZooError(
            f"{path}: was not made by this zoo: it does not say what architecture it is of, nor how to train on",
            hint="start from an entry of zoo list models, or from a package of zoo pack",
        )
    name = next((name for name in TRAINED if name in package.formats), "")
    if not name:
        raise ZooError(
            f"{path}: holds converted weights alone ({', '.join(package.formats)}), expected {' or '.join(TRAINED)}",
            hint="take the package that it was quantised from",
        )
    stored = content(package, getattr(package.description.weights, name))
    try:
        tensors = (_state_dict if TRAINED[name] is Framework.TORCH else _keras)(stored)
    except Exception as error:  # the libraries raise many kinds on damaged files
        raise ZooError(
            f"{path}: the weights in format {name!r} cannot be read: {type(error).__name__}: {error}",
            hint=f"bioimageio test {path}",
        ) from error
    return Weights(_header(package, TRAINED[name]), tensors, {})


def _header(package: Package, framework: Framework) -> Header:
    config = package.config
    try:
        kinds = ("input", "target")
        inputs, targets = (Normalization.from_dict(config["normalization"][kind]) for kind in kinds)
        return Header(
            id=package.id,
            title=package.title,
            architecture=package.architecture,
            preset=package.preset,
            options=config["options"],
            framework=framework,
            inputs=package.input_channels,
            outputs=package.label_channels,
            input_normalization=inputs,
            target_normalization=targets,
            license=package.license,
            cite=package.cite,
            trained_on=package.trained_on,
            statistics=tuple(dict.fromkeys(one.statistic for one in package.output_channels if one.statistic)),
            training=config["training"],
        )
    except KeyError as error:
        raise ZooError(f"{package.path}: does not say its {error.args[0]!r}", hint="pack it again: zoo pack") from error


def _state_dict(stored: bytes) -> Tensors:
    import torch  # noqa: PLC0415 - only the framework of the net is loaded

    state = torch.load(io.BytesIO(stored), weights_only=True, map_location="cpu")
    return {name: tensor.numpy() for name, tensor in state.items()}


def _keras(stored: bytes) -> Tensors:
    from zoo.runtime import loading  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.keras"
        path.write_bytes(stored)
        net = loading.keras().saving.load_model(path, compile=False)
    return {variable.path: np.asarray(variable) for variable in net.variables}
