"""A manifest with its files: what the registry hands out as a dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from zoo.data import parsing, splits
from zoo.data.store import Store, store_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from zoo.data.manifest import FieldEntry, File, Intensity, Manifest
    from zoo.types import Channel, Citation, Field, SplitScheme, Structure, Told

CONTROL = "control"
"""Name of the split whose fields lack the stain."""


@dataclass(frozen=True)
class PairedField:
    """One field of view of a paired dataset; see ``zoo.types.Field``."""

    manifest: Manifest
    entry: FieldEntry
    store: Store

    @property
    def id(self) -> str:
        """Unique within its dataset."""
        return self.entry.id

    @property
    def session(self) -> str:
        """Independent day, plate or donor; empty where the data name none."""
        return self.entry.session

    @property
    def condition(self) -> str:
        """Strain or treatment; empty where the data name none."""
        return self.entry.condition

    def open(self) -> xr.Dataset:
        """Lazily read; see ``zoo.data.fields.open_field``."""
        from zoo.data.fields import open_field  # noqa: PLC0415 - loads xarray, which listing datasets must not

        return open_field(self.manifest, self.entry, self.store)


@dataclass(frozen=True)
class PairedDataset:
    """A dataset that a manifest file describes; see ``zoo.types.Dataset``. The file is read when it is first needed."""

    path: Path
    """The manifest."""
    name: str = ""
    """Its id, where it is known without reading the file: shipped manifests are named after theirs."""
    data_dir: Path | None = None
    """A folder with local copies; None asks the environment."""

    @cached_property
    def manifest(self) -> Manifest:
        """The checked manifest."""
        return parsing.read(self.path)

    @cached_property
    def store(self) -> Store:
        """Where its files are."""
        return store_of(self.manifest, self.path, self.data_dir)

    @property
    def id(self) -> str:
        """Unique among the datasets of a registry."""
        return self.name or self.manifest.id

    @property
    def title(self) -> str:
        """One line for people."""
        return self.manifest.title

    @property
    def version(self) -> str:
        """Counts up when images, splits or claims change."""
        return self.manifest.version

    @property
    def digest(self) -> str:
        """sha256 over everything that decides a pixel or a split."""
        return self.manifest.digest

    @property
    def license(self) -> str:
        """SPDX id of the images."""
        return self.manifest.license

    @property
    def cite(self) -> tuple[Citation, ...]:
        """Whom to cite."""
        return self.manifest.cite

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Inputs and labels."""
        return self.manifest.channels

    @property
    def masks(self) -> tuple[str, ...]:
        """Names of the drawings that lie over the images."""
        return tuple(mask.name for mask in self.manifest.masks)

    @property
    def outlines(self) -> Mapping[str, tuple[Structure, ...]]:
        """Its instance masks, and what labels show the bodies that each draws."""
        return {mask.name: mask.outlines for mask in self.manifest.masks if mask.kind == "instances"}

    @property
    def default(self) -> bool:
        """Never: recorded images are not used without being asked for by name."""
        return False

    @property
    def intensity(self) -> Intensity:
        """Whether counts of labels can be compared between sessions."""
        return self.manifest.intensity

    @property
    def schemes(self) -> Mapping[str, SplitScheme]:
        """Its ways of being divided; its own has the empty name."""
        return self.manifest.schemes

    @property
    def probes(self) -> Mapping[str, str]:
        """Cells without the stain, where a split is named ``control``."""
        held = any(CONTROL in scheme.members for scheme in self.schemes.values())
        return {"unstained": CONTROL} if held else {}

    def fields(self, split: str, *, scheme: str = "") -> Sequence[PairedField]:
        """The fields of a split, in the order of the manifest; their files are fetched when one is opened.

        Raises ``ZooError`` for a scheme or a split that has no fields, naming those that do.
        """
        wanted = set(splits.split_of(self.schemes, scheme, split, self.id))
        return tuple(
            PairedField(self.manifest, entry, self.store) for entry in self.manifest.fields if entry.id in wanted
        )

    def all_fields(self) -> Sequence[PairedField]:
        """Every field of the manifest, in its order, also those that are in no split."""
        return tuple(PairedField(self.manifest, entry, self.store) for entry in self.manifest.fields)

    def files(self, fields: Iterable[Field] | None = None) -> tuple[File, ...]:
        """The files of some fields, or of all, each once."""
        entries = self.manifest.fields if fields is None else self._entries(fields)
        found = {file.path: file for entry in entries for file in self.manifest.files_of(entry)}
        return tuple(found.values())

    def _entries(self, fields: Iterable[Field]) -> list[FieldEntry]:
        wanted = {field.id for field in fields}
        return [entry for entry in self.manifest.fields if entry.id in wanted]

    def fetch(self, fields: Sequence[Field], told: Told = lambda *_: None) -> int:
        """Download what is not here yet of some fields; ``told`` counts bytes. Returns how many fields lacked files."""
        wanting = self.store.wanting(self.files(fields))
        total, done = sum(file.size for file in wanting), 0

        def on_bytes(count: int) -> None:
            nonlocal done
            done += count
            told(done, total, "bytes")

        self.store.fetch(wanting, on_bytes)
        lacking = set(wanting)
        return sum(not lacking.isdisjoint(self.manifest.files_of(entry)) for entry in self._entries(fields))

    def at(self, data_dir: Path | None) -> PairedDataset:
        """The same dataset, with its files in a local copy."""
        return self if data_dir is None else replace(self, data_dir=data_dir)
