"""A small dataset in memory, candidates of a few lines, and runs on them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from harness.bench import bench
from harness.judging import Candidate
from harness.metrics import METRICS
from harness.preparation import Request
from harness.records import Contender
from zoo.types import Channel, Modality, SplitScheme, Structure

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (40, 48)


@dataclass
class MemoryField:
    """A field whose images are in memory; counts how often it was opened."""

    id: str
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]]
    session: str = ""
    condition: str = ""
    opened: int = 0

    def open(self):
        self.opened += 1
        return xr.Dataset(self.variables)


@dataclass
class MemoryDataset:
    """A dataset in memory."""

    splits: dict[str, list[MemoryField]]
    channels: tuple[Channel, ...] = (
        Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.5),
        Channel(name="dna", structure=Structure.NUCLEUS, pixel_size=0.5),
    )
    id: str = "cells"
    title: str = "Cells"
    version: str = "1"
    digest: str = "d" * 64
    license: str = "CC0-1.0"
    cite: tuple = ()
    masks: tuple = ()
    intensity: str = "comparable"
    default: bool = False
    names: tuple[str, ...] = field(default=("",))
    outlines: dict = field(default_factory=dict)
    probes: dict[str, str] = field(default_factory=dict)

    @property
    def schemes(self):
        members = {split: tuple(one.id for one in fields) for split, fields in self.splits.items()}
        return {name: SplitScheme(name=name, unit="field", members=members) for name in self.names}

    def fields(self, split, *, scheme=""):
        assert scheme in self.names
        return tuple(self.splits.get(split, ()))

    def fetch(self, *_):
        return 0


def cells(seed, shape=SHAPE):
    """Blobs of stain (counts of 100 to 1000) and a dark shadow of them in transmitted light."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    truth[rng.integers(0, shape[0], 12), rng.integers(0, shape[1], 12)] = 1
    truth = ndimage.gaussian_filter(truth, 3)
    truth = 100 + 900 * truth / truth.max() + rng.normal(0, 20, shape)
    light = 3000 - 0.5 * truth + rng.normal(0, 60, shape)
    return light.astype(np.uint16), truth.clip(0).astype(np.uint16)


def one_field(name, seed, **options):
    light, truth = cells(seed)
    return MemoryField(name, {"light": (("y", "x"), light), "dna": (("y", "x"), truth)}, **options)


@pytest.fixture
def dataset():
    """Four training fields and five test fields of two conditions, no sessions."""
    return MemoryDataset(
        {
            "train": [one_field(f"train{index}", index) for index in range(4)],
            "test": [one_field(f"test{index}", 10 + index, condition="ab"[index % 2]) for index in range(5)],
        }
    )


@pytest.fixture
def truth_of():
    """The counts of a label of a field in memory."""

    def read(one, label="dna"):
        return one.variables[label][1].astype(np.float32)

    return read


@pytest.fixture
def candidate():
    """A model of one line: ``say(field, seen)`` returns counts by label, or raises."""

    def made(say, name="net", labels=("dna",), *, digest="", kind="model", marks=(), **options):
        @contextmanager
        def opened():
            yield say

        contender = Contender(id=name, kind=kind, digest=digest or f"digest of {name}", marks=marks)
        return Candidate(**{"contender": contender, "labels": labels, "open": opened, **options})

    return made


@pytest.fixture
def noisy(dataset, truth_of, candidate):
    """``noisy(50)`` is a model that knows the truth up to noise of 50 counts; ``asked`` lists what it was asked for."""

    def made(noise, name="net", **options):
        by_id = {one.id: one for fields in options.pop("dataset", dataset).splits.values() for one in fields}
        asked = options.pop("asked", [])

        def say(one, seen):
            asked.append(one.id)
            rng = np.random.default_rng(list(map(ord, one.id)))
            truth = truth_of(by_id[one.id])
            return {"dna": truth + rng.normal(0, noise, truth.shape).astype(np.float32)}

        return candidate(say, name, **options)

    return made


def silent(what, done, total):
    """Nobody listens."""


@pytest.fixture
def requested(dataset, tmp_path) -> Callable[..., Request]:
    """A request on the dataset in memory."""

    def make(**options) -> Request:
        asked = options.pop("dataset", dataset)
        plain = {
            "dataset": asked,
            "scheme": next(iter(asked.schemes.values())),
            "split": "test",
            "out": tmp_path / "out",
            "ledger": tmp_path / "ledger.csv",
            "metrics": METRICS,
        }
        return Request(**{**plain, **options})

    return make


@pytest.fixture
def run(requested):
    """``run(candidate, ...)`` judges candidates on the dataset in memory."""

    def judged(*candidates, **options):
        return bench(requested(**options), lambda _: list(candidates), silent)

    return judged
