"""What a dataset says about itself: the frozen form of a manifest file, its splits and its digest.

Knows nothing of files on disk: ``zoo.data.parsing`` makes it from TOML, ``zoo.data.paired`` gives it images.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

from zoo.types import SplitScheme
from zoo.types.channels import stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zoo.types import Channel, Citation, Structure

Intensity = Literal["comparable", "arbitrary"]
Unit = Literal["session", "position", "field", "region"]
ValidRule = Literal["", "nonzero", "lit"]
MaskKind = Literal["instances", "foreground"]
UNITS: tuple[str, ...] = get_args(Unit)
USUAL_SPLITS = ("train", "val", "test", "control")
"""Splits come in this order; others follow in the order of the manifest."""
AGAIN = ("{}_repeat", "{}_clean")
"""Names under which a field may hold a label a second time: another recording of it, and what it is without noise."""
DEFAULT_SCHEME = "default"
"""How a manifest names the scheme that a dataset's bare id stands for."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One file, or one folder of a chunked format, that holds images."""

    path: str
    """Relative to ``base_url`` or to the manifest, with forward slashes."""
    sha256: str
    """Of its bytes; for a folder the digest over its members (``zoo.data.hashes.digest``)."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Source:
    """Where one plane, one image or one stack of a channel is found."""

    path: str
    channel: int | None = None
    """Which channel of the file, from 0; None where it holds one only."""

    def __str__(self) -> str:
        """As the manifest writes it: ``path`` or ``path#channel``."""
        return self.path if self.channel is None else f"{self.path}#{self.channel}"


@dataclass(frozen=True)
class Region:
    """The part of an image that belongs to a field, in pixels, half open."""

    y: tuple[int, int]
    x: tuple[int, int]

    def __str__(self) -> str:
        """As the manifest writes it."""
        return f"y{self.y[0]}:{self.y[1]},x{self.x[0]}:{self.x[1]}"

    def overlaps(self, other: Region) -> bool:
        """Whether any pixel belongs to both.

        >>> Region((0, 10), (0, 10)).overlaps(Region((0, 10), (10, 20)))
        False
        """
        return self.y[0] < other.y[1] and other.y[0] < self.y[1] and self.x[0] < other.x[1] and other.x[0] < self.x[1]


@dataclass(frozen=True, kw_only=True)
class Mask:
    """A drawing over the image: no channel, never seen by a model."""

    name: str
    kind: MaskKind
    """``instances``: 0 is background, every object has its own number; ``foreground``: zero or not."""
    outlines: tuple[Structure, ...] = ()
    """Of instances: what labels show the bodies that are drawn; empty where no label does, or nobody said so."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class FieldEntry:
    """One field of view as the manifest lists it."""

    id: str
    session: str = ""
    condition: str = ""
    position: str = ""
    """Place on the plate, where a scheme divides by it."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """Scheme (empty for the dataset's own) -> split."""
    region: Region | None = None
    images: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    """Channel, mask or repeated label -> its source, or its planes in order; absent where it was not recorded."""

    def unit(self, unit: str) -> str:
        """The value of the split unit; a field or a region is its own."""
        return {"session": self.session, "position": self.position}.get(unit, self.id)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything that a manifest file says. Made by ``zoo.data.parsing.read``, which checks it."""

    id: str
    title: str
    version: str
    license: str
    """SPDX id."""
    license_note: str = ""
    cite: tuple[Citation, ...] = ()
    repository: str = ""
    commit: str = ""
    base_url: str = ""
    """What a file's path is appended to; empty for files that lie beside the manifest."""
    cell_type: str = ""
    objective: str = ""
    intensity: Intensity = "arbitrary"
    """Whether counts of labels can be compared between sessions."""
    valid: ValidRule = ""
    """How pixels that were not recorded are found; see ``zoo.data.validity``."""
    ignore_file_pixel_size: bool = False
    """True where the files state a wrong pixel size and the manifest the right one."""
    channels: tuple[Channel, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """Channel -> what a reader must know about it."""
    masks: tuple[Mask, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    """Scheme (empty for the dataset's own) -> split unit."""
    fields: tuple[FieldEntry, ...] = ()
    files: tuple[File, ...] = ()

    @cached_property
    def file(self) -> Mapping[str, File]:
        """Files by path."""
        return {file.path: file for file in self.files}

    @cached_property
    def schemes(self) -> Mapping[str, SplitScheme]:
        """The schemes by name; the dataset's own has the empty name and comes first."""
        return {
            name: SplitScheme(name=name, unit=unit, members=self._members(name)) for name, unit in self.units.items()
        }

    def _members(self, scheme: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for entry in self.fields:
            if scheme in entry.splits:
                found.setdefault(entry.splits[scheme], []).append(entry.id)
        order = [
            *(split for split in USUAL_SPLITS if split in found),
            *(split for split in found if split not in USUAL_SPLITS),
        ]
        return {split: tuple(found[split]) for split in order}

    @cached_property
    def digest(self) -> str:
        """sha256 over canonical JSON of all that decides a pixel or a split: not titles, not file names."""
        facts = {
            "id": self.id,
            "intensity": self.intensity,
            "valid": self.valid,
            "channels": [stored(channel) for channel in self.channels],
            "masks": [[mask.name, mask.kind] for mask in self.masks],
            "schemes": {name: [scheme.unit, dict(scheme.members)] for name, scheme in self.schemes.items()},
            "fields": [self._facts(entry) for entry in self.fields],
        }
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _facts(self, entry: FieldEntry) -> Mapping[str, object]:
        images = {
            name: [[self.file[source.path].sha256, source.channel] for source in sources]
            for name, sources in entry.images.items()
        }
        region = [entry.region.y, entry.region.x] if entry.region else None
        return {
            "id": entry.id,
            "session": entry.session,
            "condition": entry.condition,
            "region": region,
            "images": images,
        }

    def files_of(self, entry: FieldEntry) -> Iterator[File]:
        """The files that a field needs, each once."""
        paths = dict.fromkeys(source.path for sources in entry.images.values() for source in sources)
        return (self.file[path] for path in paths)
