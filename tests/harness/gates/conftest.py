"""Cells drawn by hand in a field of 96 x 96 pixels, and answers to them: honest ones, and every way to cheat.

The input is a phase image: how thick a cell is, and droplets as far as their cue lets them be seen. Counts of a label
are 100 without stain and 1000 at its brightest.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from harness.bench import bench
from harness.examination.scenes import Scene
from harness.gates import said as of_said
from harness.gates.verdicts import Row
from harness.judging import Candidate
from harness.metrics import METRICS
from harness.preparation import Request
from harness.records import Contender
from harness.scoring import Scale, reference
from zoo.types import Channel, Modality, SplitScheme, Structure

SIZE = 96
PIXEL = 0.5
CLEAR = 0.3
"""Contrast of droplets where nothing was changed."""
LABELS = {
    "dna": Structure.NUCLEUS,
    "lipid": Structure.LIPID_DROPLET,
    "null": Structure.NULL_PUNCTA,
    "random": Structure.RANDOM_LEVEL,
    "short": Structure.SHORTCUT,
}
SCALE = Scale(low=100.0, high=1000.0, mean=200.0, sd=180.0)


def _blobs(rng, room, count):
    """Small round things at random places of a mask, 1 in their middle."""
    places = np.argwhere(room)
    spots = np.zeros(room.shape)
    spots[tuple(places[rng.choice(len(places), count, replace=False)].T)] = 1
    blurred = ndimage.gaussian_filter(spots, 1.2)
    return np.minimum(blurred / ndimage.gaussian_filter(np.eye(1, 25, 12).T @ np.eye(1, 25, 12), 1.2).max(), 1.5)


def _cells(rng):
    """Masks of 16 cells and of their nuclei, and how thick each cell is."""
    y, x = np.mgrid[:SIZE, :SIZE]
    cells, nuclei, thick = (np.zeros((SIZE, SIZE)) for _ in range(3))
    for number in range(16):
        middle = 12 + 24 * np.array(divmod(number, 4)) + rng.uniform(-2, 2, 2)
        distance, radius = np.hypot(y - middle[0], x - middle[1]), rng.uniform(9, 11)
        cells[distance < radius] = nuclei[distance < 0.45 * radius] = number + 1
        nuclei[(distance >= 0.45 * radius) & (nuclei == number + 1)] = 0
        thick += np.maximum(1 - (distance / radius) ** 2, 0)
    return cells.astype(np.uint16), nuclei.astype(np.uint16), ndimage.gaussian_filter(thick, 3)


@lru_cache(maxsize=128)
def drawn(seed, *, cue=CLEAR, edit="", linked=True, stained=True, empty=False, edited=False):
    """A field as ``Field.open`` returns it. The same seed gives the same cells; ``edit`` erases or inserts droplets."""
    rng = np.random.default_rng([7, seed])
    cells, nuclei, thick = _cells(rng)
    room = (cells > 0) & (nuclei == 0)
    level = rng.lognormal(0, 0.6, 16)
    first, more, elsewhere, puncta = (_blobs(rng, room, 60) for _ in range(4))
    half = ndimage.gaussian_filter((np.arange(SIZE) < SIZE // 2).astype(float), 2)
    lipid = {"": first, "erase": first * half, "insert": first + more * (1 - half)}[edit]
    nucleus = ndimage.gaussian_filter((nuclei > 0).astype(float), 2)
    signal = {
        "dna": 0.8 * thick * nucleus,
        "lipid": 0.8 * lipid,
        "null": 0.8 * puncta,
        "random": 0.3 * thick * ndimage.gaussian_filter(np.array([0, *level])[nuclei], 2),
        "short": 0.8 * (first if linked else elsewhere),
    }
    shown = np.zeros_like(thick) if empty else thick + cue * lipid
    images = {"phase": (shown + rng.normal(0, 0.01, thick.shape)).astype(np.float32)}
    for label, part in signal.items():
        clean = 100 + 900 * part * (stained and not empty)
        images[f"{label}_clean"] = clean.astype(np.float32)
        images[label] = (clean + rng.normal(0, 15, clean.shape)).clip(0).astype(np.uint16)
    images |= {"cells": cells, "nuclei": nuclei} if not empty else {}
    if edit or edited:
        images["edited"] = np.abs(lipid - first) > 0.1
    variables = {name: (("y", "x"), image) for name, image in images.items()}
    facts = {"level": ("cell", level)}
    return xr.Dataset({**variables, **facts}, coords={"cell": np.arange(1, 17)}, attrs={"pixel_size": PIXEL})


@dataclass
class DrawnField:
    """A field that is drawn when it is opened."""

    id: str
    seed: int
    session: str = ""
    condition: str = ""
    options: dict = field(default_factory=dict)

    def open(self):
        return drawn(self.seed, **self.options)


CUES = (0.0, 0.03, 0.1, CLEAR)


def _splits():
    """Training and test fields, and the same test days under every probe."""
    days = range(6)
    return {
        "train": [DrawnField(f"train-{day}", 100 + day, f"train-{day}") for day in days],
        "test": [DrawnField(f"test-{day}-{n}", 10 * day + n, f"day-{day}") for day in days for n in range(4)],
        "broken": [DrawnField(f"broken-{day}", 10 * day, f"day-{day}", "broken", {"linked": False}) for day in days],
        "dim": [DrawnField(f"dim-{day}", 10 * day, f"day-{day}", "cue / 4", {"cue": CLEAR / 4}) for day in days],
        "cue": [
            DrawnField(f"cue-{day}-{cue}", 200 + day, f"cue-{day}", f"cue {cue:.3f}", {"cue": cue})
            for day in range(2)
            for cue in CUES
        ],
        "edits": [
            DrawnField(
                f"{edit or 'base'}-{day}", 300 + day, f"edit-{day}", f"{edit} lipid" if edit else "base", {"edit": edit}
            )
            for day, action in enumerate(("erase", "insert"))
            for edit in ("", action)
        ],
        "blank": [DrawnField(f"empty-{day}", 400 + day, f"empty-{day}", "empty", {"empty": True}) for day in range(2)],
        "control": [DrawnField(f"bare-{day}", 500 + day, f"bare-{day}", "", {"stained": False}) for day in range(2)],
    }


@dataclass
class DrawnDataset:
    """A dataset with every probe that there is."""

    splits: dict = field(default_factory=_splits)
    probes: dict = field(
        default_factory=lambda: {
            "cue:lipid": "cue",
            "edits": "edits",
            "blank": "blank",
            "unstained": "control",
            "broken:lipid": "broken",
            "shift:dim": "dim",
        }
    )
    id: str = "drawn"
    title: str = "Drawn by hand"
    version: str = "1"
    digest: str = "d" * 64
    license: str = "CC0-1.0"
    cite: tuple = ()
    masks: tuple = ("cells", "nuclei")
    outlines: dict = field(default_factory=lambda: {"cells": (), "nuclei": (Structure.NUCLEUS,)})
    intensity: str = "comparable"
    default: bool = False
    channels: tuple = (
        Channel(name="phase", modality=Modality.QUANTITATIVE_PHASE, pixel_size=PIXEL),
        *(Channel(name=name, structure=structure, pixel_size=PIXEL) for name, structure in LABELS.items()),
    )

    @property
    def schemes(self):
        members = {split: tuple(one.id for one in fields) for split, fields in self.splits.items()}
        return {"": SplitScheme(name="", unit="session", members=members)}

    def fields(self, split, *, scheme=""):
        assert scheme == ""
        return tuple(self.splits[split])

    def fetch(self, *_):
        return 0


def _seen(phase):
    """What can be read off a phase image: droplets from its detail, everything else from its height."""
    phase = np.asarray(phase, np.float64)
    height = ndimage.gaussian_filter(phase, 3)
    spots = np.maximum(ndimage.gaussian_filter(phase, 0.7) - ndimage.gaussian_filter(phase, 1.6) - 0.02, 0)
    nuclei = np.maximum(height - 0.45, 0)
    return {"dna": nuclei, "lipid": spots, "null": height, "random": nuclei, "short": spots}


@lru_cache(maxsize=1)
def _learnt():
    """Gain and offset of each label, by least squares on training fields."""
    fields = [drawn(100 + day) for day in range(6)]
    seen = [_seen(one["phase"]) for one in fields]
    return {
        label: np.polyfit(
            np.concatenate([one[label].ravel() for one in seen]),
            np.concatenate([one[label].to_numpy().ravel().astype(float) for one in fields]),
            1,
        )
        for label in LABELS
    }


def honest(phase):
    """What a net says that has learnt what can be learnt, in counts by label."""
    return {label: np.polyval(_learnt()[label], part).astype(np.float32) for label, part in _seen(phase).items()}


@pytest.fixture(scope="session")
def subject():
    """``subject("lipid", say)``: a label of a drawn field, and what ``say(opened)`` says of it, in counts."""

    def made(label, say, seed=1, *, before=None, changed=None, **options):
        against, condition = options.pop("against", ""), options.pop("condition", "")
        one = DrawnField("field", seed, condition=condition, options=options)
        opened = one.open()
        references = {name: reference(opened, name, one.id, SCALE, (), ("cells", "nuclei")) for name in LABELS}
        scene = Scene(one, opened, references, dict.fromkeys(LABELS, SCALE))
        said = {label: np.asarray(say(opened), np.float32)}
        images = {name: SCALE.applied(np.asarray(image)) for name, image in (changed or {}).items()}
        return scene.subject(label, said, against=against, before=before, changed=images)

    return made


@pytest.fixture(scope="session")
def inputs():
    """``inputs(1)``: what a model may see of a drawn field."""
    return lambda seed, **options: drawn(seed, **options)[["phase"]]


@pytest.fixture(scope="session")
def honesty():
    """``honesty(phase)``: what can be read off a phase image, in counts by label."""
    return honest


@pytest.fixture(scope="session")
def dataset():
    """The drawn dataset."""
    return DrawnDataset


@pytest.fixture(scope="session")
def judged():
    """``judged(gate, subjects)``: what a gate says of some subjects, each in a session of its own."""

    def say(module, subjects, said=()):
        measured = {
            name: [
                Row(
                    gate=name,
                    label=one.label,
                    field=str(place),
                    session=str(place),
                    condition=one.condition,
                    item=item,
                    values=values,
                )
                for place, one in enumerate(known)
                for item, values in (module if name == "gate" else of_said).measured(one)
            ]
            for name, known in (("gate", subjects), ("said", said or subjects))
        }
        return module.judged(measured["gate"], measured["said"])

    return say


@pytest.fixture(scope="session")
def candidate():
    """``candidate(say)``: a model of one line, ``say(field, seen)``; it reads the phase image."""

    def made(say, name="net", labels=tuple(LABELS), **options):
        @contextmanager
        def opened():
            yield say

        contender = Contender(id=name, kind=options.pop("kind", "model"), digest=f"digest of {name}")
        plain = {"contender": contender, "labels": labels, "open": opened, "inputs": ("phase",), "tiled": opened}
        return Candidate(**{**plain, **options})

    return made


def _judged(out, candidates, *, dataset=None, suite="trust", **options):
    asked = dataset or DrawnDataset()
    request = Request(
        dataset=asked,
        scheme=asked.schemes[""],
        split="test",
        out=out,
        ledger=out / "ledger.csv",
        metrics=options.pop("metrics", METRICS[:1]),
        suite=suite,
        **options,
    )
    return bench(request, lambda _: list(candidates), lambda *_: None)


@pytest.fixture
def run(tmp_path):
    """``run(candidate, suite="trust")`` judges candidates on the drawn dataset."""
    return lambda *candidates, **options: _judged(tmp_path / "out", candidates, **options)


@pytest.fixture(scope="module")
def judging(tmp_path_factory):
    """The same, for a run that several tests look at."""
    return lambda *candidates, **options: _judged(tmp_path_factory.mktemp("run"), candidates, **options)
