"""A dataset in memory, a net of a few weights, and recipes that finish in a second."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import xarray as xr

from zoo.types import Architecture, Channel, Citation, Framework, Modality, Preset, Recipe, SplitScheme, Structure

TINY = Recipe(patch=(16, 16), batch=2, steps=6, learning_rate=0.01)


@dataclass(frozen=True)
class MemoryField:
    id: str
    variables: Mapping[str, Any]
    session: str = ""
    condition: str = ""

    def open(self) -> xr.Dataset:
        return xr.Dataset(dict(self.variables))


@dataclass(frozen=True)
class MemoryDataset:
    channels: tuple[Channel, ...]
    splits: Mapping[str, Sequence[MemoryField]]
    intensity: Literal["comparable", "arbitrary"] = "comparable"
    id: str = "blobs"
    title: str = "Blobs"
    version: str = "1"
    digest: str = "d1"
    license: str = "CC0-1.0"
    cite: tuple[Citation, ...] = (Citation(text="Nobody"),)
    masks: tuple[str, ...] = ()
    default: bool = False

    @property
    def schemes(self) -> Mapping[str, SplitScheme]:
        members = {name: tuple(f.id for f in fields) for name, fields in self.splits.items()}
        return {"": SplitScheme(name="", unit="field", members=members)}

    def fields(self, split: str, *, scheme: str = "") -> Sequence[MemoryField]:
        assert not scheme
        return tuple(self.splits.get(split, ()))

    def fetch(self, *_: object) -> int:
        return 0


@dataclass(frozen=True)
class Blobs:
    """Makes fields in which the label is a blurred copy of the input, in other counts."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def field(self, name: str, size: tuple[int, ...] = (40, 48), **channels: Any) -> MemoryField:
        x = self.rng.normal(size=size)
        for axis in range(len(size)):
            x = (x + np.roll(x, 1, axis)) / 2
        dims = ("z", "y", "x")[-len(size) :]
        variables = {
            "light": (dims, (1000 + 200 * x).astype(np.uint16)),
            "stain": (dims, (300 + 80 * x).astype(np.uint16)),
            "valid": (("y", "x"), np.ones(size[-2:], bool)),
        }
        given = {key: value for key, value in channels.items() if key in ("session", "condition")}
        variables |= {key: value for key, value in channels.items() if key not in given}
        return MemoryField(name, {key: value for key, value in variables.items() if value is not None}, **given)

    def dataset(self, **changes: Any) -> MemoryDataset:
        channels = (
            Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.3),
            Channel(name="stain", structure=Structure.NUCLEUS, pixel_size=0.3),
        )
        splits = {"train": [self.field("a"), self.field("b")], "val": [self.field("c", (32, 32))]}
        return replace(MemoryDataset(channels, splits), **changes)


@pytest.fixture
def blobs() -> Blobs:
    return Blobs()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Architecture]:
    """``tiny(batch=4)`` is an architecture of one 3-wide convolution whose preset ``lite`` has that recipe."""
    folder = tmp_path / "nets"
    folder.mkdir()
    (folder / "tiny_net.py").write_text(textwrap.dedent(TINY_NET))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "tiny_net", raising=False)

    def make(recipe: Recipe = TINY, spatial: Literal[2, 3] = 2, divisor: int = 4, **changes: Any) -> Architecture:
        return Architecture(
            id="tiny",
            title="One convolution",
            framework=Framework.TORCH,
            build="tiny_net:build",
            presets={"lite": Preset(options={"spatial": spatial}, recipe=replace(recipe, **changes))},
            spatial=spatial,
            divisor=divisor,
        )

    return make


TINY_NET = """
    import torch

    def build(in_channels, out_channels, *, spatial=2, wide=3):
        kind = torch.nn.Conv2d if spatial == 2 else torch.nn.Conv3d
        return kind(in_channels, out_channels, wide, padding=wide // 2)
"""
