"""A plugin with a dataset that is made on this machine, installed by the fixture ``generated``.

Its inputs are stacks of three and of five planes, which no ``xarray.Dataset`` can hold on one ``z``; one of its labels
is a control label; facts of each cell lie on a dim of their own; it is the default dataset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zoo import hooks
from zoo.data.store import cache_folder
from zoo.types import Channel, Modality, SplitScheme, Structure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import xarray as xr

    from zoo.types import Dataset, Field, Told

COUNTS = {"train": (20, 2), "val": (1, 2), "test": (3, 1)}
"""Split -> sessions, and fields in each."""
EDGE = 32


@dataclass(frozen=True)
class MadeField:
    """Blobs of stain that darken the light; the middle planes show them best."""

    id: str
    session: str
    condition: str = ""

    @property
    def path(self) -> Path:
        return cache_folder() / "made" / f"{self.id}.npz"

    def make(self) -> None:
        import numpy as np
        from scipy import ndimage

        rng = np.random.default_rng([ord(letter) for letter in self.id])
        truth = np.zeros((EDGE, EDGE))
        truth[rng.integers(0, EDGE, 8), rng.integers(0, EDGE, 8)] = 1
        truth = 100 + 9000 * ndimage.gaussian_filter(truth, 2)
        planes = np.stack([4000 - truth / (1 + abs(z)) + rng.normal(0, 300, truth.shape) for z in (-2, -1, 0, 1, 2)])
        drawn = {name: truth + rng.normal(0, 5, truth.shape) for name in ("dna", "dna_repeat")}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        images = {"light5": planes, "light3": planes[1:4], **drawn, "puncta": rng.normal(300, 30, truth.shape)}
        np.savez(self.path, **{name: image.clip(0).astype(np.uint16) for name, image in images.items()})

    def open(self) -> xr.Dataset:
        import numpy as np
        import xarray as xr

        if not self.path.exists():
            self.make()
        with np.load(self.path) as images:
            variables = {name: ((f"z_{name}", "y", "x")[-images[name].ndim :], images[name]) for name in images}
        cells = {"level": ("cell", [0.5, np.nan]), "state": ("cell", ["alive", "dead"])}
        return xr.Dataset({**cells, **variables}, coords={"cell": [1, 2]})


@dataclass(frozen=True)
class MadeDataset:
    """See ``zoo.types.Dataset``."""

    id: str = "made"
    title: str = "Made here"
    version: str = "1"
    digest: str = "made 1"
    license: str = "CC0-1.0"
    cite: tuple = ()
    masks: tuple = ()
    intensity: str = "comparable"
    default: bool = True
    outlines: dict = field(default_factory=dict)
    probes: dict = field(default_factory=dict)
    channels: tuple[Channel, ...] = (
        Channel(name="light3", modality=Modality.BRIGHTFIELD, planes=3, pixel_size=0.5),
        Channel(name="light5", modality=Modality.BRIGHTFIELD, planes=5, pixel_size=0.5),
        Channel(name="dna", structure=Structure.NUCLEUS, pixel_size=0.5),
        Channel(name="puncta", structure=Structure.NULL_PUNCTA, pixel_size=0.5),
    )

    def _split(self, split: str) -> tuple[MadeField, ...]:
        sessions, fields = COUNTS[split]
        return tuple(MadeField(f"{split}{s}-{f}", f"{split}{s}") for s in range(sessions) for f in range(fields))

    @property
    def schemes(self) -> dict[str, SplitScheme]:
        members = {split: tuple(field.id for field in self._split(split)) for split in COUNTS}
        return {"": SplitScheme(name="", unit="session", members=members)}

    def fields(self, split: str, *, scheme: str = "") -> Sequence[MadeField]:
        from zoo.data.splits import split_of

        split_of(self.schemes, scheme, split, self.id)
        return self._split(split)

    def fetch(self, fields: Sequence[Field], told: Told) -> int:
        missing = [field for field in fields if not field.path.exists()]
        for done, one in enumerate(missing, 1):
            one.make()
            told(done, len(missing))
        return len(missing)


@hooks.impl
def zoo_datasets() -> Iterable[Dataset]:
    """The one dataset."""
    return [MadeDataset()]
