"""A trained net, its code and its converted weights into one BioImage.IO 0.5 zip."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio.v3 as imageio
import numpy as np
import tifffile
from bioimageio.spec import InvalidDescr, ValidationContext, build_description, save_bioimageio_package
from bioimageio.spec.model import v0_5

from zoo.errors import ZooError
from zoo.package import axes, card
from zoo.package.intensities import postprocessing, preprocessing, to_counts
from zoo.package.reading import SCHEMA, SECTION, quietly, read, reason
from zoo.types import Framework
from zoo.types.channels import returned, stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zoo.package.axes import Geometry
    from zoo.package.contents import Package
    from zoo.types import Architecture, Channel
    from zoo.weights import Header

AUTHOR = "The Unstained developers"
DISTRIBUTION = "unstained"


OWN_LICENCE = "LicenseRef-"
"""How SPDX begins the name of a licence that is not on its list."""
FACTS = ("architecture", "preset", "trained_on", "training", "options")
"""Fields of the header that a package keeps as they are."""


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """One weight format, as a file beside which nothing else is needed but what ``details`` names."""

    format: str
    path: Path
    parent: str = ""
    """The format it was converted from; empty for the one that came out of training."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the format: versions, opset; the source of an architecture is an absolute path."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """All that a package is written from."""

    header: Header
    architecture: Architecture
    files: tuple[WeightFile, ...]
    format: str
    """The weight format to use unless asked otherwise."""
    geometry: Geometry
    tile: tuple[int, ...]
    """Largest input of one pass, ``(y, x)`` or ``(z, y, x)``."""
    input: npt.NDArray[np.generic]
    """Test input in raw counts, (channel, [z,] y, x), of a size that the net takes."""
    output: npt.NDArray[np.float32]
    """What the net makes of it, after postprocessing, in the size that it returns: labels, then their statistics."""
    truth: npt.NDArray[np.float64] | None
    """The first label at the place of the test input, (y, x), for the cover."""
    weights_digest: str
    parameters: int
    """Trainable parameters."""
    maintainer: str = ""
    """A GitHub user who answers for the package; the format's check warns without one."""

    @property
    def channels_last(self) -> bool:
        """Whether the net wants b y x c, as TensorFlow's do on a processor, or b c y x."""
        return self.header.framework is Framework.TENSORFLOW

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of the output: labels, then their statistics where the net gives any."""
        return returned(self.header.outputs, self.header.statistics)


def write(draft: Draft, path: Path) -> Package:
    """Write the package in one step and read it back. Nothing is left behind if it fails."""
    with tempfile.TemporaryDirectory(prefix="zoo-pack-") as folder:
        content = _content(draft, Path(folder))
        try:
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
                temporary = Path(beside) / path.name
                _save(content, Path(folder), temporary, draft.header.id)
                temporary.replace(path)
        except OSError as error:
            raise ZooError(
                f"{path}: cannot write the package: {error.strerror or error}",
                hint="choose a folder that exists and can be written to",
            ) from error
    return read(path)


def _save(content: dict[str, Any], folder: Path, path: Path, entry: str) -> None:
    """Let the format check the description and zip it with its files."""
    offline = ValidationContext(root=folder, perform_io_checks=False, log_warnings=False)
    with quietly():
        description = build_description(content, context=offline)
        if isinstance(description, InvalidDescr):
            raise ZooError(f"{entry}: cannot be packed: {reason(description)}", hint="mend the header of its weights")
        with offline:
            save_bioimageio_package(description, output_path=path)


def _content(draft: Draft, folder: Path) -> dict[str, Any]:
    """The description in the words of the format; files that it names are in ``folder``."""
    header = draft.header
    (folder / "README.md").write_text(card.readme(header, draft.architecture, draft.weights_digest), encoding="utf-8")
    image, prediction = (_middle_plane(tensor) for tensor in (draft.input, draft.output[:1]))
    same_scale = header.target_normalization.invertible
    imageio.imwrite(folder / "cover.png", card.cover(image, prediction, draft.truth, same_scale=same_scale))
    return {
        "type": "model",
        "format_version": v0_5.ModelDescr.implemented_format_version,
        "name": card.name(header.title),
        "description": card.description(header),
        "authors": [{"name": AUTHOR}],
        "packaged_by": [{"name": AUTHOR}],
        "maintainers": [{"github_user": draft.maintainer}] if draft.maintainer else [],
        "cite": _citations(draft),
        "license": _license(header.license, folder),
        "documentation": {"source": "README.md"},
        "covers": [{"source": "cover.png"}],
        "tags": card.tags(header, draft.architecture),
        "version": metadata.version(DISTRIBUTION),
        "training_data": {"id": header.trained_on[0].partition(":")[0]} if header.trained_on else None,
        "inputs": [_input(draft, folder)],
        "outputs": [_output(draft, folder)],
        "weights": {file.format: _weights(file) for file in draft.files},
        "config": _config(draft),
    }


def _license(name: str, folder: Path) -> str | dict[str, str]:
    """An SPDX id; a licence that has none (``LicenseRef-...``) is named in a file, as the format asks."""
    if not name.startswith(OWN_LICENCE):
        return name
    (folder / "LICENSE.txt").write_text(f"{name}: ask the authors of the training images.\n", encoding="utf-8")
    return {"source": "LICENSE.txt"}


def _citations(draft: Draft) -> list[dict[str, str]]:
    """Citations that can be followed; the format wants a DOI or an address with each."""
    unique = dict.fromkeys((*draft.architecture.cite, *draft.header.cite))
    keys = ("text", "doi", "url")
    return [
        {key: getattr(entry, key) for key in keys if getattr(entry, key)} for entry in unique if entry.doi or entry.url
    ]


def _middle_plane(tensor: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """The plane in focus, more or less: the middle one of the stack, or of the channels where planes are channels."""
    channels = tensor.astype(np.float64)
    volume = channels.ndim > 3  # noqa: PLR2004 - c, z, y, x
    plane: npt.NDArray[np.float64] = channels[0] if volume else channels
    middle: npt.NDArray[np.float64] = plane[plane.shape[0] // 2]
    return middle


def _input(draft: Draft, folder: Path) -> dict[str, Any]:
    return {
        "id": "input",
        "description": "Unstained images in raw counts",
        "axes": axes.inputs(draft.header.inputs, draft.geometry, channels_last=draft.channels_last),
        "data": {"type": "float32", "range": [None, None], "unit": "arbitrary unit"},
        "preprocessing": preprocessing(draft.header.input_normalization, draft.architecture.spatial),
        "pad": {"mode": "reflect"},
        **_tensors("input", draft.input, folder, channels_last=draft.channels_last),
    }


def _output(draft: Draft, folder: Path) -> dict[str, Any]:
    """One tensor for all: bioimageio.core takes several outputs of a SavedModel in an order that changes by chance."""
    header, last = draft.header, draft.channels_last
    more = "; then statistics of each: how sure the net is" if header.statistics else ""
    return {
        "id": "output",
        "description": f"Predicted stains, one in each channel{more}",
        "axes": axes.outputs(header.inputs, draft.channels, draft.geometry, channels_last=last),
        "data": {"type": "float32", "range": [None, None], "unit": "arbitrary unit"},
        "postprocessing": postprocessing(
            to_counts(header.target_normalization, len(header.outputs), header.statistics)
        ),
        **_tensors("output", draft.output, folder, channels_last=last),
    }


def _tensors(name: str, image: npt.NDArray[np.generic], folder: Path, *, channels_last: bool) -> dict[str, Any]:
    """Test tensor as NPY, and the same as TIFF for people to look at."""
    test, sample = f"test_{name}.npy", f"sample_{name}.tif"
    tensor = np.ascontiguousarray(np.moveaxis(image, 0, -1) if channels_last else image)[None]
    np.save(folder / test, tensor)
    tifffile.imwrite(folder / sample, tensor.squeeze(), photometric="minisblack", metadata=None)
    return {"test_tensor": {"source": test}, "sample_tensor": {"source": sample}}


def _weights(file: WeightFile) -> dict[str, Any]:
    parent = {"parent": file.parent} if file.parent else {}
    return {"source": str(file.path), **parent, **file.details}


def _config(draft: Draft) -> dict[str, Any]:
    header = draft.header
    minutes = header.training.get("minutes")
    duration = {"training": {"training_duration": minutes / 60}} if isinstance(minutes, int | float) else {}
    own = {
        "schema": SCHEMA,
        **{key: getattr(header, key) for key in ("id", "license", *FACTS)},
        "format": draft.format,
        "inputs": [{"tensor": "input", "channels": [stored(channel) for channel in header.inputs]}],
        "outputs": [{"tensor": "output", "channels": [stored(channel) for channel in draft.channels]}],
        "normalization": {
            "input": header.input_normalization.as_dict(),
            "target": header.target_normalization.as_dict(),
        },
        "tile": {"size": draft.tile},
        "weights": draft.weights_digest,
    }
    known = {
        "modality": ", ".join(dict.fromkeys(str(channel.modality) for channel in header.inputs)),
        "target_structure": [str(channel.structure) for channel in header.outputs],
        "task": "in silico labelling",
        "model_parameter_count": draft.parameters,
        **duration,
    }
    return {"bioimageio": known, SECTION: _plain(own)}


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever YAML knows
    """Nothing but what YAML knows: enumerations become text, tuples lists."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value
