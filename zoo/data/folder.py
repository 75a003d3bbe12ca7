"""A manifest from a folder of paired images: files paired by pattern, hashed, and divided by unit."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zoo.data import hashes, splits
from zoo.data.manifest import FieldEntry, File, Manifest, Source
from zoo.data.patterns import Pattern, images_below, matched
from zoo.errors import ZooError
from zoo.images import read_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from zoo.data.manifest import Unit
    from zoo.types import Channel

NAMES = {1: ("train",), 2: ("train", "test"), 3: ("train", "val", "test")}
"""Names of the splits by how many shares are given."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is wanted of a folder: the claims of the manifest, without fields and files, and how to find those."""

    manifest: Manifest
    """Claims, channels and masks; planes and pixel sizes that are not given are taken from the first file."""
    patterns: Mapping[str, Pattern]
    """Channel or mask -> where its images are."""
    session: str = ""
    """Regular expression searched in the path of the first input: its first group, or all of it, is the session."""
    condition: str = ""
    """The same for the condition."""
    unit: Unit = "field"
    shares: tuple[int, ...] = (70, 15, 15)
    """Shares of the units for train, val, test; or train, test; or train."""
    seed: int = 0
    on_file: Callable[[str], None] = field(default=lambda _: None)
    """Told of every file before it is hashed."""


@dataclass(frozen=True)
class Found:
    """A manifest, and what had to be left out of it."""

    manifest: Manifest
    unpaired: Mapping[str, tuple[str, ...]]
    """Channel -> names of fields that it has but that lack an input or every label."""


def manifest_of(folder: Path, request: Request) -> Found:
    """Pair, hash and divide the images of a folder. Raises ``ZooError`` where nothing can be paired."""
    paths = list(images_below(folder))
    found = {name: matched(name, pattern, paths, folder) for name, pattern in request.patterns.items()}
    entries = _entries(request, found, folder)
    kept = {entry.id for entry in entries}
    unpaired = {name: tuple(sorted(set(keys) - kept)) for name, keys in found.items() if set(keys) - kept}
    channels = tuple(_measured(channel, entries, folder) for channel in request.manifest.channels)
    used = dict.fromkeys(source.path for entry in entries for sources in entry.images.values() for source in sources)
    manifest = replace(
        request.manifest,
        channels=channels,
        units={"": request.unit},
        fields=_divided(entries, request),
        files=tuple(_file(folder, path, request.on_file) for path in used),
    )
    splits.check(manifest, str(folder))
    return Found(manifest, unpaired)


def _entries(request: Request, found: Mapping[str, Mapping[str, Sequence[str]]], folder: Path) -> list[FieldEntry]:
    inputs = [channel.name for channel in request.manifest.channels if channel.modality]
    labels = [channel.name for channel in request.manifest.channels if channel.structure]
    complete = set.intersection(*(set(found[name]) for name in inputs)) & set().union(*(found[name] for name in labels))
    if not complete:
        example = "; ".join(f"{name} has {', '.join(sorted(found[name])[:3])}" for name in (*inputs, *labels))
        message = f"{folder}: no field has every input and a label: {example}"
        raise ZooError(message, hint="what the wildcards match must be the same for all channels of a field")
    return [_entry(key, request, found, folder, inputs[0]) for key in sorted(complete)]


def _entry(
    key: str, request: Request, found: Mapping[str, Mapping[str, Sequence[str]]], folder: Path, first: str
) -> FieldEntry:
    path = found[first][key][0]
    return FieldEntry(
        id=key,
        session=_searched(request.session, path, "session"),
        condition=_searched(request.condition, path, "condition"),
        images={
            name: tuple(Source(path, _channel(folder / path, pattern.channel)) for path in found[name][key])
            for name, pattern in request.patterns.items()
            if key in found[name]
        },
    )


def _searched(expression: str, path: str, what: str) -> str:
    if not expression:
        return ""
    found = re.search(expression, path)
    if not found:
        message = f"{path}: --{what}-from {expression!r} finds nothing in this path"
        raise ZooError(message, hint="it is a regular expression; its first group, or all of it, is taken")
    return found.group(1) if found.groups() else found.group()


def _channel(path: Path, wanted: str) -> int | None:
    """The index of a channel that is given by index or by name."""
    if not wanted:
        return None
    if wanted.isdecimal():
        return int(wanted)
    image = read_image(path)
    names = [str(name) for name in image.coords["c"].to_numpy().reshape(-1)] if "c" in image.coords else []
    if wanted not in names:
        message = f"{path}: no channel {wanted!r}; the file names {', '.join(names) or 'no channels'}"
        raise ZooError(message, hint="give a name of these, or a number from 0")
    return names.index(wanted)


def _measured(channel: Channel, entries: Sequence[FieldEntry], folder: Path) -> Channel:
    """The channel, with planes and lengths that were not given taken from the first field that has it."""
    sources = next((entry.images[channel.name] for entry in entries if channel.name in entry.images), None)
    if sources is None:
        raise ZooError(
            f"{folder}: label {channel.name!r} is in no field that has every input", hint="check its pattern"
        )
    image = read_image(folder / sources[0].path)
    return replace(
        channel,
        planes=len(sources) if len(sources) > 1 else _planes(image, sources[0]),
        pixel_size=channel.pixel_size or image.attrs.get("pixel_size"),
        z_step=channel.z_step or image.attrs.get("z_step"),
    )


def _planes(image: xr.DataArray, source: Source) -> int:
    return int(image.sizes.get("z", 1 if source.channel is not None else image.sizes.get("c", 1)))


def _file(folder: Path, path: str, on_file: Callable[[str], None]) -> File:
    on_file(path)
    return File(path=path, sha256=hashes.digest(folder / path), size=hashes.size(folder / path))


def _divided(entries: Sequence[FieldEntry], request: Request) -> tuple[FieldEntry, ...]:
    splits = divide([entry.unit(request.unit) for entry in entries], request.shares, request.seed, request.unit)
    return tuple(replace(entry, splits={"": splits[entry.unit(request.unit)]}) for entry in entries)


def divide(units: Iterable[str], shares: Sequence[int], seed: int, kind: str = "unit") -> dict[str, str]:
    """Unit -> split. The same units, shares and seed give the same splits on every machine and in every version.

    Units are put into the order of ``sha256(seed:unit)`` and counted off; every share above 0 gets at least one.

    >>> sorted(divide(["d1", "d2", "d3", "d4"], (50, 25, 25), seed=0).values())
    ['test', 'train', 'train', 'val']
    """
    order = sorted(set(units), key=lambda unit: hashlib.sha256(f"{seed}:{unit}".encode()).hexdigest())
    wanted = [index for index, share in enumerate(shares) if share > 0]
    if len(order) < len(wanted):
        message = f"--split {'/'.join(map(str, shares))} needs {len(wanted)} {kind}s or more, found {len(order)}"
        raise ZooError(message, hint="give fewer shares (100 alone is train, 0/0/100 test), or another --unit")
    counts = [0] * len(shares)
    for index in wanted:
        counts[index] = 1
    for _ in range(len(order) - len(wanted)):
        counts[max(wanted, key=lambda index: shares[index] / sum(shares) * len(order) - counts[index])] += 1
    names = NAMES[len(shares)]
    assigned = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    return dict(zip(order, assigned, strict=True))
