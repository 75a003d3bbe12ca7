"""A small net with random weights, its weight file and its package: made once, used everywhere."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from zoo import weights
from zoo.export import export
from zoo.normalization import Normalization
from zoo.registry import resolve
from zoo.types import Architecture, Channel, Citation, Framework, Modality, Preset, Recipe, Structure
from zoo.weights import Header, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from zoo.package import Package

NET = """
import torch
from torch import nn


def conv(spatial, given, made):
    kind, norm = (nn.Conv2d, nn.BatchNorm2d) if spatial == 2 else (nn.Conv3d, nn.BatchNorm3d)
    return nn.Sequential(kind(given, made, 3, padding=1), norm(made), nn.ReLU())


class Net(nn.Module):
    def __init__(self, in_channels, out_channels, width, spatial):
        super().__init__()
        kind, back = (nn.Conv2d, nn.ConvTranspose2d) if spatial == 2 else (nn.Conv3d, nn.ConvTranspose3d)
        self.first = conv(spatial, in_channels, width)
        self.down = kind(width, width, 2, stride=2)
        self.below = conv(spatial, width, 2 * width)
        self.up = back(2 * width, width, 2, stride=2)
        self.last = kind(2 * width, out_channels, 1)

    def forward(self, x):
        first = self.first(x)
        return self.last(torch.cat([first, self.up(self.below(self.down(first)))], dim=1))


def build(in_channels, out_channels, *, width, spatial=2):
    return Net(in_channels, out_channels, width, spatial)


class Sure(Net):  # means, and of each label a deviation, two quantiles one deviation from the mean, and a share
    def __init__(self, in_channels, out_channels, width):
        super().__init__(in_channels, 2 * out_channels, width, 2)

    def forward(self, x):
        means, spread = super().forward(x).chunk(2, dim=1)
        sd = spread.exp()
        parts = [sd, means - sd, means + sd, sd / (1 + sd)]
        return torch.cat([means, torch.stack(parts, dim=2).flatten(1, 2)], dim=1)


def build_sure(in_channels, out_channels, *, width):
    return Sure(in_channels, out_channels, width)


class Ramp(Net):  # works out in Python what depends on the size
    def forward(self, x):
        return super().forward(x) + torch.arange(int(x.shape[-1])) / 100


class Stubborn(Net):  # nothing that an exporter could follow
    def forward(self, x):
        return super().forward(x) + torch.linalg.svdvals(x).mean()


def build_ramp(in_channels, out_channels, *, width):
    return Ramp(in_channels, out_channels, width, 2)


def build_stubborn(in_channels, out_channels, *, width):
    return Stubborn(in_channels, out_channels, width, 2)


def build_valid(in_channels, out_channels, *, width):
    return nn.Sequential(nn.Conv2d(in_channels, width, 5), nn.ReLU(), nn.Conv2d(width, out_channels, 3))
"""
PHASE = Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=0.16)
STACK = Channel(name="stack", modality=Modality.BRIGHTFIELD, planes=3, pixel_size=0.3, z_step=1.5)
DIC = Channel(name="dic", modality=Modality.DIC, pixel_size=0.3)
YFP = Channel(name="yfp", structure=Structure.CYTOPLASM, dye="YFP")
DAPI = Channel(name="dapi", structure=Structure.NUCLEUS, dye="DAPI")
SMALL = Architecture(
    id="small",
    title="Small U-Net, 2-D",
    framework=Framework.TORCH,
    build="small_net:build",
    presets={"lite": Preset(options={"width": 4}, recipe=Recipe(patch=(32, 32), batch=2, steps=10))},
    divisor=2,
    halo=6,
    cite=(Citation(text="Somebody et al. 2020", doi="10.1038/s41592-018-0111-2"),),
)
VALID = replace(SMALL, id="valid", build="small_net:build_valid", divisor=4, smallest=10, halo=0)
VOLUME = replace(SMALL, id="volume", spatial=3)
SURE = replace(SMALL, id="sure", build="small_net:build_sure")


@dataclass(frozen=True)
class Packed:
    """A package, and what it was made from."""

    package: Package
    weights: Path
    architecture: Architecture
    header: Header


@dataclass(frozen=True)
class Packer:
    """Makes weight files and packages of random nets."""

    folder: Path
    sure: Architecture = SURE
    """Says how sure it is."""
    small: Architecture = SMALL
    """Planes in, planes of the same size out."""
    valid: Architecture = VALID
    """Loses six pixels along each axis, and takes 10, 14, 18 ..."""
    volume: Architecture = VOLUME
    """Stacks in, stacks out."""

    def header(self, architecture: Architecture, **changes: object) -> Header:
        """A header that a package of the net can be made from."""
        volume = {"spatial": 3} if architecture.spatial == 3 else {}
        plain = Header(
            id=f"{architecture.id}@cells",
            title="Small net: phase → YFP",
            architecture=architecture.id,
            preset="lite",
            options={"width": 4, **volume},
            framework=architecture.framework,
            inputs=(PHASE,) if architecture.spatial == 2 else (STACK,),
            outputs=(YFP,),
            input_normalization=Normalization("per-image"),
            target_normalization=Normalization("training", (1000.0,), (100.0,)),
            license="CC-BY-4.0",
            cite=(Citation(text="Cells of somebody, 2021", url="https://example.org/cells"),),
            trained_on=("cells:train",),
            training={"minutes": 0.5, "steps": 10, "seed": 0, "kept": {"step": 10, "val_r": 0.25}},
        )
        return replace(plain, **changes)

    def weights(self, architecture: Architecture, header: Header, *, edge: int = 48) -> Path:
        """A weight file with random weights, trained by nobody."""
        import torch

        torch.manual_seed(0)
        planes = sum(channel.planes for channel in header.inputs) if architecture.spatial == 2 else 1
        net = resolve(architecture.build)(planes, len(header.outputs), **header.options)
        for module in net.modules():
            if hasattr(module, "running_var"):
                module.running_var.uniform_(0.5, 1.5)
        noise = np.random.default_rng(0)
        sample = {}
        for channel in (*header.inputs, *header.outputs):
            planes = (8,) if architecture.spatial == 3 else (channel.planes,) * (channel.planes > 1)
            sample[channel.name] = noise.normal(1000, 100, (*planes, edge, edge)).astype(np.uint16)
        tensors = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        path = folder / f"{header.id.replace('@', '-')}.safetensors"
        weights.write(Weights(header, tensors, sample), path)
        return path

    def pack(self, architecture: Architecture, *, edge: int = 48, fmt: str = "", **changes: object) -> Packed:
        """A package of the net, all formats in it."""
        header = self.header(architecture, **changes)
        path = self.weights(architecture, header, edge=edge)
        package = export(path, architecture, path.with_suffix(".zip"), format=fmt)
        return Packed(package, path, architecture, header)


@pytest.fixture(scope="session")
def packer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packer]:
    """The net on the path, for as long as the tests run."""
    folder = tmp_path_factory.mktemp("packer")
    (folder / "small_net.py").write_text(NET, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield Packer(folder)
    sys.path.remove(str(folder))
    sys.modules.pop("small_net", None)


@pytest.fixture(scope="session")
def packed(kinds: Kinds) -> Packed:
    """One plane in, one label out, counts in and counts out."""
    return kinds.get("small")


SEVERAL = {
    "id": "several@cells",
    "inputs": (STACK, DIC),
    "outputs": (YFP, DAPI),
    "input_normalization": Normalization("training", (900.0, 1000.0, 1100.0, 500.0), (50.0, 60.0, 70.0, 80.0)),
    "target_normalization": Normalization("training", (1000.0, 500.0), (100.0, 50.0)),
}
"""Changes of the small net's header: three planes and a second input, two labels, constants for each of them."""
SAYING = {
    "outputs": (YFP, DAPI),
    "target_normalization": Normalization("training", (1000.0, 500.0), (100.0, 50.0)),
    "statistics": ("sd", "q16", "q84", "entropy"),
}
"""Changes for a net that says how sure it is of two labels."""
CHANGES = {"several": SEVERAL, "sure": SAYING}


class Kinds:
    """Nets of every geometry, each packed when it is first asked for."""

    def __init__(self, packer: Packer) -> None:
        self.packer = packer
        self.made: dict[str, Packed] = {}

    def get(self, kind: str) -> Packed:
        if kind not in self.made:
            architecture = {"valid": VALID, "volume": VOLUME, "sure": SURE}.get(kind, SMALL)
            self.made[kind] = self.packer.pack(architecture, **CHANGES.get(kind, {}))
        return self.made[kind]


@pytest.fixture(scope="session")
def kinds(packer: Packer) -> Kinds:
    """``small``; ``several`` channels; ``valid``, which loses its rim; ``volume``, over stacks; ``sure`` of itself."""
    return Kinds(packer)


@dataclass(frozen=True)
class Foreign:
    """Writes packages as others make them: ONNX nets of a few nodes, descriptions by hand."""

    folder: Path

    def write(
        self,
        name: str,
        nodes: Sequence[tuple[str, Sequence[str], Sequence[str], dict[str, object]]],
        content: dict[str, object],
        *,
        ranks: tuple[int, int] = (4, 4),
        outputs: Sequence[str] = ("output",),
        files: Mapping[str, bytes] | None = None,
    ) -> Path:
        """A zip with a net of (operator, inputs, outputs, attributes), whose tensors have these numbers of axes."""
        import onnx

        helper = onnx.helper
        made = [helper.make_node(kind, given, found, **attributes) for kind, given, found, attributes in nodes]
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            made,
            name,
            [value("input", onnx.TensorProto.FLOAT, [None] * ranks[0])],
            [value(output, onnx.TensorProto.FLOAT, [None] * ranks[1]) for output in outputs],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        path = self.folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as opened:
            opened.writestr("weights.onnx", model.SerializeToString())
            opened.writestr("README.md", "# Validation")
            for file, data in (files or {}).items():
                opened.writestr(file, data)
            opened.writestr("rdf.yaml", yaml.safe_dump(content))
        return path

    def description(self, inputs: object, outputs: object, **changes: object) -> dict[str, object]:
        """A description in format 0.5 with as little as it allows."""
        return {
            "type": "model",
            "format_version": "0.5.0",
            "name": "foreign net",
            "description": "of somebody else",
            "authors": [{"name": "Somebody"}],
            "cite": [{"text": "Somebody 2020", "url": "https://example.org"}],
            "license": "MIT",
            "documentation": "README.md",
            "inputs": inputs,
            "outputs": outputs,
            "weights": {"onnx": {"source": "weights.onnx", "opset_version": 18}},
            **changes,
        }


@pytest.fixture
def foreign(tmp_path: Path) -> Foreign:
    """A place for packages of others."""
    return Foreign(tmp_path)
