"""What a BioImage.IO package holds, in our own frozen words: tensors, axes, operations, channels.

Plain data; the format's own classes stay behind ``Package.description``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zoo.types import Channel, Citation

AxisKind = Literal["batch", "channel", "space", "time", "index"]
FORMATS = ("onnx", "torchscript", "pytorch_state_dict", "tensorflow_saved_model_bundle", "keras_v3")
"""Weight formats that can be run, in the order of preference where a package names none: fastest first on a CPU."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis of a tensor. Its size is ``smallest + n * step``, or that of another axis plus ``offset``."""

    id: str
    kind: AxisKind
    smallest: int = 1
    """Size for n = 0, in pixels or channels."""
    step: int = 0
    """Growth of the size with n; 0 where the size is fixed."""
    reference: tuple[str, str] | None = None
    """(tensor, axis) that the size follows; None where it stands for itself."""
    offset: int = 0
    """Added to the size of the reference: negative where a net without padding returns less than it was given."""
    halo: int = 0
    """Pixels at either end of an output that are to be cut off or blended away."""
    scale: float = 1.0
    """Pixel size in ``unit``."""
    unit: str = ""
    """Unit of ``scale``, e.g. ``micrometer``."""
    names: tuple[str, ...] = ()
    """Names of the channels of a channel axis."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step of pre- or postprocessing, as the format names it."""

    id: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """An input or an output."""

    id: str
    axes: tuple[Axis, ...]
    operations: tuple[Operation, ...] = ()
    """Preprocessing of an input, postprocessing of an output."""
    channels: tuple[Channel, ...] = ()
    """What the channel axis shows; empty if unknown."""
    places: tuple[int, ...] = ()
    """Where on the channel axis each of ``channels`` starts; in a tensor of planes a channel takes a place for each."""
    optional: bool = False

    @property
    def spatial(self) -> tuple[Axis, ...]:
        """The axes in space, in the order z, y, x."""
        return tuple(sorted((axis for axis in self.axes if axis.kind == "space"), key=lambda axis: "zyx".find(axis.id)))

    @property
    def width(self) -> int:
        """Length of the channel axis; 1 without one."""
        return next((max(len(axis.names), axis.smallest) for axis in self.axes if axis.kind == "channel"), 1)


@dataclass(frozen=True, kw_only=True)
class Package:
    """A BioImage.IO model that was read, not yet opened."""

    path: Path
    digest: str
    """sha256 over member names and bytes; two packages of equal content have equal digests."""
    description: Any
    """The ``bioimageio.spec.model.v0_5.ModelDescr``: only ``zoo.package`` and ``zoo.runtime`` look into it."""
    id: str
    """That of the entry it was packed from; the name of the file for a foreign package."""
    title: str
    license: str
    """SPDX id; empty if it names none."""
    cite: tuple[Citation, ...]
    formats: tuple[str, ...]
    """The weight formats in it that can be run."""
    format: str
    """The one chosen when it was packed; the first in the order of preference for a foreign package."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    architecture: str = ""
    preset: str = ""
    trained_on: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    """Our own section ``config.unstained``; empty for a foreign package."""

    @property
    def spatial(self) -> int:
        """Axes in space: 2 for planes, 3 for volumes."""
        return len(self.inputs[0].spatial)

    @property
    def input_channels(self) -> tuple[Channel, ...]:
        """All channels of all inputs, in order."""
        return tuple(channel for tensor in self.inputs for channel in tensor.channels)

    @property
    def output_channels(self) -> tuple[Channel, ...]:
        """All channels of all outputs, in order: labels, then their statistics where there are any."""
        return tuple(channel for tensor in self.outputs for channel in tensor.channels)

    @property
    def label_channels(self) -> tuple[Channel, ...]:
        """The labels that it predicts: all outputs but statistics."""
        return tuple(channel for channel in self.output_channels if not channel.statistic)


def with_channels(package: Package, mapping: Mapping[str, str], channels: Sequence[Channel]) -> Package:
    """Tell what the channels of a foreign package are: ``{"raw": "phase", "probability.1": "nucleus"}``.

    Keys are a tensor of one channel, or ``tensor.index`` from 0; values are channels of the dataset.
    """
    known = {channel.name: channel for channel in channels}
    tensors = {tensor.id: tensor for tensor in (*package.inputs, *package.outputs)}
    told: dict[str, dict[int, Channel]] = {}
    for key, name in mapping.items():
        tensor, _, index = key.partition(".")
        if tensor not in tensors or not (index or "0").isdecimal() or int(index or 0) >= tensors[tensor].width:
            places = ", ".join(_places(tensor) for tensor in tensors.values())
            raise ZooError(f"{package.path}: --map names {key!r}; the package has {places}")
        if name not in known:
            raise ZooError(f"--map {key}={name}: the dataset has no channel {name!r}; it has {', '.join(known)}")
        told.setdefault(tensor, {})[int(index or 0)] = known[name]
    return replace(
        package,
        inputs=tuple(_tell(tensor, told.get(tensor.id, {})) for tensor in package.inputs),
        outputs=tuple(_tell(tensor, told.get(tensor.id, {})) for tensor in package.outputs),
    )


def _places(tensor: Tensor) -> str:
    return tensor.id if tensor.width == 1 else f"{tensor.id}.0 to {tensor.id}.{tensor.width - 1}"


def _tell(tensor: Tensor, told: Mapping[int, Channel]) -> Tensor:
    if not told:
        return tensor
    return replace(tensor, channels=tuple(told[index] for index in sorted(told)), places=tuple(sorted(told)))
