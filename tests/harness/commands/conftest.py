"""A dataset on disk, and a package of a net that shows the light upside down and can be told to misbehave."""

from __future__ import annotations

import importlib
import shutil
import sys
from dataclasses import replace
from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from zoo import weights
from zoo.export import export
from zoo.normalization import Normalization
from zoo.types import Architecture, Channel, Citation, Framework, Modality, Preset, Recipe, Structure
from zoo.weights import Header, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHAPE = (64, 80)
TEST_FIELDS = 10
NET = '''
import os
import time

from torch import nn


class Shadow(nn.Module):
    """Shows the light upside down; the environment can slow it down, crash it, and have it keep a log."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.turn = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        if os.environ.get("SHADOW_LOG"):
            with open(os.environ["SHADOW_LOG"], "a") as log:
                log.write("asked\\n")
        time.sleep(float(os.environ.get("SHADOW_SLEEP", "0")))
        if os.environ.get("SHADOW_CRASH"):
            os._exit(3)
        if os.environ.get("SHADOW_RAISE"):
            raise RuntimeError("no idea what this is")
        return self.turn(x)


def build(in_channels, out_channels):
    return Shadow(in_channels, out_channels)
'''
LIGHT = Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.5)
DNA = Channel(name="dna", structure=Structure.NUCLEUS, pixel_size=0.5)
SHADOW = Architecture(
    id="shadow",
    title="Upside down",
    framework=Framework.TORCH,
    build="shadow_net:build",
    presets={"lite": Preset(recipe=Recipe(patch=(32, 32), batch=2, steps=1))},
    cite=(Citation(text="Somebody 2020", url="https://example.org/somebody"),),
)


def cells(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Transmitted light and the stain that shadows it, in counts."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(SHAPE)
    truth[rng.integers(0, SHAPE[0], 20), rng.integers(0, SHAPE[1], 20)] = 1
    truth = ndimage.gaussian_filter(truth, 3)
    truth = 100 + 900 * truth / truth.max() + rng.normal(0, 20, SHAPE)
    light = 3000 - 0.5 * truth + rng.normal(0, 60, SHAPE)
    return light.astype(np.uint16), truth.clip(0).astype(np.uint16)


def write_cells(folder: Path) -> Path:
    """A dataset ``cells`` with 3 training and 10 test fields of two conditions; returns its manifest."""
    names = [f"train{index}" for index in range(3)] + [f"test{index}" for index in range(TEST_FIELDS)]
    text = [
        'schema = 1\nid = "cells"\ntitle = "Cells"\nlicense = "CC0-1.0"\nintensity = "comparable"',
        '[channels.light]\nmodality = "brightfield"\npixel_size = 0.5',
        '[channels.dna]\nstructure = "nucleus"\npixel_size = 0.5',
        '[schemes.default]\nunit = "field"',
    ]
    folder.mkdir()
    files = []
    for seed, name in enumerate(names):
        split = name.rstrip("0123456789")
        text.append(
            f'[[fields]]\nid = "{name}"\nsplit = "{split}"\ncondition = "{"ab"[seed % 2]}"\n'
            f'[fields.images]\nlight = "{name}-light.tif"\ndna = "{name}-dna.tif"'
        )
        for kind, image in zip(("light", "dna"), cells(seed), strict=True):
            path = folder / f"{name}-{kind}.tif"
            tifffile.imwrite(path, image)
            digest = sha256(path.read_bytes()).hexdigest()
            files.append(f'[[files]]\npath = "{path.name}"\nsha256 = "{digest}"\nsize = {path.stat().st_size}')
    manifest = folder / "manifest.toml"
    manifest.write_text("\n".join([*text, *files]) + "\n")
    return manifest


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """The manifest of the dataset on disk."""
    return write_cells(tmp_path / "cells")


@pytest.fixture
def truths(manifest: Path) -> dict[str, np.ndarray]:
    """The counts of the stain of every test field."""
    return {
        f"test{index}": tifffile.imread(manifest.parent / f"test{index}-dna.tif").astype(np.float32)
        for index in range(TEST_FIELDS)
    }


def header(**changes: object) -> Header:
    """What the weight file of the net says."""
    plain = {
        "id": "shadow@elsewhere",
        "title": "Upside down",
        "architecture": "shadow",
        "preset": "lite",
        "options": {},
        "framework": Framework.TORCH,
        "inputs": (LIGHT,),
        "outputs": (DNA,),
        "input_normalization": Normalization("per-image"),
        "target_normalization": Normalization("training", (200.0,), (120.0,)),
        "license": "CC0-1.0",
        "cite": (Citation(text="Cells of somebody", url="https://example.org/cells"),),
        "trained_on": ("elsewhere:train",),
    }
    return Header(**{**plain, **changes})


def write_weights(path: Path, **changes: object) -> Path:
    """A weight file of the net: the stain is the light, upside down."""
    light, truth = cells(99)
    tensors = {"turn.weight": np.full((1, 1, 1, 1), -1, np.float32), "turn.bias": np.zeros(1, np.float32)}
    weights.write(Weights(header(**changes), tensors, {"light": light, "dna": truth}), path)
    return path


@pytest.fixture
def packed(site, tmp_path: Path):
    """``packed(code, tensors, inputs=..., outputs=...)``: a package of a net of one's own, counts in and counts out."""

    def made(code: str, tensors: dict[str, np.ndarray], *, statistics: tuple[str, ...] = (), **changes: object) -> Path:
        (site.folder / "plain_net.py").write_text(code)
        site.modules.append("plain_net")
        lite = replace(SHADOW.presets["lite"], statistics=statistics)
        net = replace(SHADOW, id="plain", build="plain_net:build", presets={"lite": lite})
        told = header(
            id="plain@cells", architecture=net.id, trained_on=("cells:train",), statistics=statistics, **changes
        )
        counts = {
            f"{name}_normalization": Normalization("training", (0.0,) * len(kind), (1.0,) * len(kind))
            for name, kind in (("input", told.inputs), ("target", told.outputs))
        }
        noise = np.random.default_rng(0)
        channels = (*told.inputs, *told.outputs)
        sample = {one.name: noise.normal(500, 100, (16, 16)).astype(np.float32) for one in channels}
        weights.write(Weights(replace(told, **counts), tensors, sample), tmp_path / "plain.safetensors")
        return export(tmp_path / "plain.safetensors", net, tmp_path / "plain.zip").path

    return made


@pytest.fixture(scope="session")
def net_on_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the net's code, importable while the tests run."""
    folder = tmp_path_factory.mktemp("shadow")
    (folder / "shadow_net.py").write_text(NET, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    sys.modules.pop("shadow_net", None)


PLUGIN = """
from dataclasses import replace
from pathlib import Path
from zoo import hooks, weights
from zoo.types import Architecture, Channel, Framework, Modality, Preset, Recipe

HERE = Path(__file__).parent

@hooks.impl
def zoo_architectures():
    recipe = Recipe(patch=(32, 32), batch=2, steps=1)
    yield Architecture(
        id="shadow", title="Upside down", framework=Framework.TORCH, build="shadow_net:build",
        presets={"lite": Preset(recipe=recipe)},
    )

@hooks.impl
def zoo_models():
    good = replace(weights.entry(HERE / "shadow.safetensors"), weights=HERE / "shadow.zip")
    yield good
    yield replace(good, id="damaged@elsewhere", architecture="", weights=HERE / "damaged.zip")
    dic = Channel(name="dic", modality=Modality.DIC)
    yield replace(good, id="other@elsewhere", inputs=(dic,))
"""


@pytest.fixture
def plugin(net_on_path: Path, shadow_zip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A plugin with three entries: one that runs, one that is damaged, one that needs another microscope."""
    (net_on_path / "damaged.zip").write_bytes(shadow_zip.read_bytes()[:2000])
    (net_on_path / "shadow_plugin.py").write_text(PLUGIN)
    info = net_on_path / "shadow_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shadow-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zoo]\nshadow = shadow_plugin\n")
    importlib.invalidate_caches()
    others = {point.name for point in metadata.entry_points(group="zoo")} - {"builtin", "harness", "shadow"}
    monkeypatch.setenv("ZOO_NO_PLUGINS", ",".join(others))
    yield
    shutil.rmtree(info)
    sys.modules.pop("shadow_plugin", None)


@pytest.fixture(scope="session")
def shadow_zip(net_on_path: Path) -> Path:
    """The package of the net."""
    path = write_weights(net_on_path / "shadow.safetensors")
    return export(path, SHADOW, net_on_path / "shadow.zip").path
