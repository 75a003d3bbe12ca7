"""Weight files: one ``.safetensors`` for each trained entry, with everything that its package is made from.

Headers are read without numpy, so that ``zoo list models`` stays instant.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from zoo.errors import ZooError
from zoo.normalization import Normalization
from zoo.types import Channel, Citation, Framework, Modality, ModelEntry, Structure
from zoo.types.channels import stored as stored_channel
from zoo.types.statistics import unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
SUFFIX = ".safetensors"
"""How the name of a weight file ends."""
SCHEMA = 1
"""Version of the header; raised when a reader of today could not understand it."""
KEY = "unstained"
"""Name of our entry in the metadata of the file."""
HEADER_LIMIT = 100_000_000
"""No safetensors header is longer, in bytes: a larger number means that the file is something else."""
HALF_LIMIT = 65504.0
"""Largest finite number of a half-precision float."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a weight file says about itself."""

    id: str
    title: str
    architecture: str
    preset: str
    options: Mapping[str, JSON]
    """Keyword arguments that the net was built with, beside the channel counts."""
    framework: Framework
    inputs: tuple[Channel, ...]
    outputs: tuple[Channel, ...]
    input_normalization: Normalization
    target_normalization: Normalization
    license: str
    """SPDX id of the weights: that of the data they were trained on."""
    cite: tuple[Citation, ...]
    trained_on: tuple[str, ...]
    """``dataset[.scheme]:split`` of everything the weights have seen."""
    statistics: tuple[str, ...] = ()
    """What the net returns beside the mean of each label, in this order; see ``zoo.types.Preset``."""
    training: Mapping[str, JSON] = field(default_factory=dict)
    """How they came about: recipe, minutes, steps, seed, dataset digest, versions, command, curve."""


@dataclass(frozen=True)
class Weights:
    """A trained net without its code."""

    header: Header
    tensors: Mapping[str, npt.NDArray[np.generic]]
    """State dict, or Keras variables by path."""
    sample: Mapping[str, npt.NDArray[np.generic]]
    """A small real crop by channel name, in raw counts, (plane, y, x) or (y, x): the test tensor and the cover."""


def read_header(path: Path) -> Header:
    """The header of a weight file, read without loading numpy."""
    return _header(path, _metadata(path))


def read(path: Path) -> Weights:
    """A weight file; half-precision tensors come back as float32."""
    import numpy as np  # noqa: PLC0415 - listing entries must not load numpy
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - as above

    header = read_header(path)
    tensors: dict[str, npt.NDArray[np.generic]] = {}
    sample: dict[str, npt.NDArray[np.generic]] = {}
    try:
        with safe_open(path, framework="numpy") as opened:
            for key in opened.keys():  # noqa: SIM118 - the handle is no mapping and cannot be iterated over
                kind, _, name = key.partition("/")
                value = opened.get_tensor(key)
                half = kind == "weights" and value.dtype == np.float16
                {"weights": tensors, "sample": sample}[kind][name] = value.astype(np.float32) if half else value
    except (SafetensorError, KeyError) as error:
        message = f"{path}: damaged weight file: {error}"
        raise ZooError(message, hint="copy or train it again") from error
    return Weights(header, tensors, sample)


def write(weights: Weights, path: Path) -> None:
    """Write a weight file in one step: half precision for tensors of two or more axes, the rest as it is."""
    import numpy as np  # noqa: PLC0415 - listing entries must not load numpy
    from safetensors.numpy import save  # noqa: PLC0415 - as above

    stored = {f"sample/{name}": np.asarray(crop, order="C") for name, crop in weights.sample.items()}
    for name, tensor in weights.tensors.items():
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            message = f"{path}: tensor {name!r} holds numbers that are not finite"
            raise ZooError(message, hint="the training diverged; lower the learning rate")
        fits = tensor.dtype.kind == "f" and tensor.ndim > 1 and np.abs(tensor).max(initial=0) <= HALF_LIMIT
        stored[f"weights/{name}"] = np.asarray(tensor.astype(np.float16) if fits else tensor, order="C")
    document = {"schema": SCHEMA, **asdict(weights.header)}
    for key in ("inputs", "outputs"):
        document[key] = [stored_channel(channel) for channel in getattr(weights.header, key)]
    for key in ("input_normalization", "target_normalization"):
        document[key] = getattr(weights.header, key).as_dict()
    _write_atomically(save(stored, metadata={KEY: json.dumps(document, sort_keys=True)}), path)


def entries(folder: Path) -> tuple[ModelEntry, ...]:
    """The entries of all weight files in a folder, by file name: what a plugin's ``zoo_models`` returns."""
    return tuple(entry(path) for path in sorted(folder.glob(f"*{SUFFIX}")))


def entry(path: Path) -> ModelEntry:
    """The entry of one weight file."""
    header = read_header(path)
    return ModelEntry(
        id=header.id,
        title=header.title,
        architecture=header.architecture,
        preset=header.preset,
        framework=header.framework,
        inputs=header.inputs,
        outputs=header.outputs,
        weights=path,
        license=header.license,
        trained_on=header.trained_on,
        statistics=header.statistics,
    )


def _metadata(path: Path) -> dict[str, JSON]:
    """Our JSON document in the metadata of a safetensors file: length (8 bytes, little endian), then a JSON header."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > HEADER_LIMIT:
                raise _not_weights(path, f"a header of {length} bytes")
            found = json.loads(file.read(length))
    except OSError as error:
        message = f"{path}: cannot read the weight file: {error.strerror or error}"
        raise ZooError(message, hint="check the path") from error
    except (struct.error, ValueError) as error:
        raise _not_weights(path, "no safetensors header") from error
    try:
        return cast("dict[str, JSON]", json.loads(found["__metadata__"][KEY]))
    except (KeyError, TypeError, ValueError) as error:
        raise _not_weights(path, f"no {KEY!r} in the metadata") from error


def _not_weights(path: Path, found: str) -> ZooError:
    message = f"{path}: not a weight file of this zoo: found {found}"
    return ZooError(message, hint="zoo train writes weight files; a BioImage.IO package ends in .zip")


def _header(path: Path, stored: dict[str, Any]) -> Header:
    if stored.get("schema") != SCHEMA:
        message = f"{path}: weight file of schema {stored.get('schema')!r}, expected {SCHEMA}"
        raise ZooError(message, hint="upgrade with: pip install --upgrade unstained")
    try:
        return Header(
            inputs=tuple(channel_from(channel) for channel in stored["inputs"]),
            outputs=tuple(channel_from(channel) for channel in stored["outputs"]),
            framework=Framework(stored["framework"]),
            input_normalization=Normalization.from_dict(stored["input_normalization"]),
            target_normalization=Normalization.from_dict(stored["target_normalization"]),
            cite=tuple(Citation(**citation) for citation in stored["cite"]),
            trained_on=tuple(stored["trained_on"]),
            statistics=_statistics(stored.get("statistics", ())),
            **{key: stored[key] for key in ("id", "title", "architecture", "preset", "options", "license", "training")},
        )
    except KeyError as error:
        message = f"{path}: header without the field {error.args[0]!r}"
        raise ZooError(message, hint="train it again, or repair the header") from error
    except (TypeError, ValueError) as error:
        message = f"{path}: header that cannot be understood: {error}"
        raise ZooError(message, hint="train it again, or repair the header") from error


def _statistics(stored: Sequence[str]) -> tuple[str, ...]:
    """Names of statistics; files from before there were any have none. Raises ValueError for an unknown one."""
    for name in stored:
        unit(name)
    return tuple(stored)


def channel_from(stored: Mapping[str, Any]) -> Channel:
    """A channel from the dictionary that ``dataclasses.asdict`` made of it; raises TypeError or ValueError."""
    modality, structure = stored.get("modality"), stored.get("structure")
    kinds = {
        "modality": Modality(modality) if modality else None,
        "structure": Structure(structure) if structure else None,
    }
    return Channel(**{**stored, **kinds})


def _write_atomically(data: bytes, path: Path) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        message = f"{path}: cannot write the weight file: {error.strerror or error}"
        raise ZooError(message, hint="choose a folder that exists and can be written to") from error
