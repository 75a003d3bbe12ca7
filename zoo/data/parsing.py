"""A manifest file in TOML to a ``Manifest``: every field known, every reference kept, no split unit in two splits."""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast, get_args

from zoo.data import splits
from zoo.data.manifest import (
    AGAIN,
    DEFAULT_SCHEME,
    UNITS,
    FieldEntry,
    File,
    Intensity,
    Manifest,
    Mask,
    MaskKind,
    Region,
    Source,
    ValidRule,
)
from zoo.data.tables import Table
from zoo.errors import ZooError
from zoo.types import Channel, Citation, Modality, Structure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

SCHEMA = 1
"""Version of the manifest format."""
ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
SOURCE = re.compile(r"(?P<path>.+?)(?:#(?P<channel>\d+))?")
REGION = re.compile(r"y(\d+):(\d+),x(\d+):(\d+)")
TEXTS = ("license_note", "repository", "commit", "base_url", "cell_type", "objective")
"""Fields of a manifest that may be absent and are texts."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def read(path: Path) -> Manifest:
    """Read and check a manifest file. Raises ``ZooError`` that names file, field, found and expected."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZooError(f"{path}: not a TOML file: {error}", hint="mend the line that the message names") from error
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})", hint="check the path") from error
    return parse(values, str(path))


def parse(values: Mapping[str, object], origin: str) -> Manifest:
    """A manifest from the tables of its TOML file; ``origin`` names the file in messages."""
    top = Table(origin, "", values)
    schema = top.get("schema", int)
    if schema != SCHEMA:
        raise top.error(
            "schema", f"found {schema}, expected {SCHEMA}", "install the version of unstained that wrote it"
        )
    channels = tuple(_channel(name, table) for name, table in top.tables("channels"))
    masks = tuple(_mask(name, table) for name, table in top.tables("masks"))
    units = dict(_scheme(name, table) for name, table in top.tables("schemes"))
    names = _names(channels, masks)
    manifest = Manifest(
        id=_id(top),
        title=top.get("title", str),
        version=top.get("version", str, "1"),
        license=top.get("license", str),
        cite=tuple(_citation(row) for row in top.rows("cite")),
        **{name: top.get(name, str, "") for name in TEXTS},
        intensity=cast("Intensity", top.choice("intensity", get_args(Intensity), "arbitrary")),
        valid=cast("ValidRule", top.choice("valid", get_args(ValidRule), "")),
        ignore_file_pixel_size=top.get("ignore_file_pixel_size", bool, default=False),
        channels=channels,
        notes={name: str(table.values["note"]) for name, table in top.tables("channels") if "note" in table.values},
        masks=masks,
        units=dict(sorted(units.items())),
        fields=tuple(_field(row, names, units) for row in top.rows("fields")),
        files=tuple(_file(row) for row in top.rows("files")),
    )
    top.close()
    _check(manifest, top)
    return manifest


def _id(top: Table) -> str:
    name = top.get("id", str)
    if not ID.fullmatch(name):
        raise top.error("id", f"found {name!r}, expected lower-case letters, digits, '-' and '_'")
    return name


def _channel(name: str, table: Table) -> Channel:
    modality, structure = table.get("modality", str, ""), table.get("structure", str, "")
    if bool(modality) == bool(structure):
        raise table.error("", "give either a modality (input) or a structure (label)")
    table.get("note", str, "")
    planes = table.get("planes", int, 1)
    if planes < 1:
        raise table.error("planes", f"found {planes}, expected 1 or more")
    channel = Channel(
        name=name,
        modality=Modality(table.choice("modality", list(Modality))) if modality else None,
        structure=Structure(table.choice("structure", list(Structure))) if structure else None,
        dye=table.get("dye", str, ""),
        planes=planes,
        pixel_size=table.number("pixel_size"),
        z_step=table.number("z_step"),
        projection=table.get("projection", str, ""),
    )
    table.close()
    return channel


def _mask(name: str, table: Table) -> Mask:
    kind = cast("MaskKind", table.choice("kind", get_args(MaskKind)))
    words = table.get("outlines", list, [])
    outlines = tuple(Structure(table.known("outlines", word, list(Structure))) for word in words)
    if outlines and kind != "instances":
        raise table.error("outlines", f"found a mask of kind {kind}", "only instances have outlines: leave it out")
    mask = Mask(name=name, kind=kind, outlines=outlines, note=table.get("note", str, ""))
    table.close()
    return mask


def _names(channels: Sequence[Channel], masks: Sequence[Mask]) -> list[str]:
    """What a field may hold: channels, masks, and labels a second time."""
    again = [form.format(channel.name) for form in AGAIN for channel in channels if channel.structure]
    return [*(channel.name for channel in channels), *(mask.name for mask in masks), *again]


def _scheme(name: str, table: Table) -> tuple[str, str]:
    unit = table.choice("unit", UNITS)
    table.close()
    return ("" if name == DEFAULT_SCHEME else name), unit


def _citation(row: Table) -> Citation:
    citation = Citation(text=row.get("text", str), doi=row.get("doi", str, ""), url=row.get("url", str, ""))
    row.close()
    return citation


def _file(row: Table) -> File:
    file = File(path=row.get("path", str), sha256=row.get("sha256", str), size=row.get("size", int))
    if not SHA256.fullmatch(file.sha256):
        raise row.error("sha256", f"found {file.sha256!r}, expected 64 hexadecimal digits in lower case")
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts:
        raise row.error("path", f"found {file.path!r}, expected a path below the dataset's own folder")
    row.close()
    return file


def _field(row: Table, names: Collection[str], units: Mapping[str, str]) -> FieldEntry:
    name = row.get("id", str)
    row.where = f"fields[{name}]"
    images = row.table("images")
    images.asked.extend(names)
    entry = FieldEntry(
        id=name,
        session=row.get("session", str, ""),
        condition=row.get("condition", str, ""),
        position=row.get("position", str, ""),
        splits=dict(_splits(row, units)),
        region=_region(row),
        images={channel: _sources(images, channel) for channel in names if channel in images.values},
    )
    images.close()
    row.close()
    return entry


def _splits(row: Table, units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``split = "train"``, or a table with a split for each scheme."""
    row.asked.append("split")
    split = row.values.get("split", {})
    chosen = Table(row.origin, f"{row.where}.split", split if isinstance(split, dict) else {DEFAULT_SCHEME: split})
    for scheme in units:
        name = scheme or DEFAULT_SCHEME
        if value := chosen.get(name, str, ""):
            yield scheme, value
    chosen.close()


def _region(row: Table) -> Region | None:
    text = row.get("region", str, "")
    if not text:
        return None
    found = REGION.fullmatch(text)
    if not found:
        raise row.error("region", f"found {text!r}, expected the form 'y0:1024,x0:576'")
    top, bottom, left, right = map(int, found.groups())
    return Region((top, bottom), (left, right))


def _sources(images: Table, channel: str) -> tuple[Source, ...]:
    """``"path"``, ``"path#channel"`` or a list of them, one for each plane."""
    value = images.values[channel]
    listed = value if isinstance(value, list) else [value]
    texts = [text for text in listed if isinstance(text, str) and text]
    if not texts or len(texts) < len(listed):
        raise images.error(channel, f"found {value!r}, expected a path, or a list of paths, one for each plane")
    return tuple(_source(text) for text in texts)


def _source(text: str) -> Source:
    found = SOURCE.fullmatch(text)
    path, channel = found.groups() if found else (text, None)
    return Source(path, None if channel is None else int(channel))


def _check(manifest: Manifest, top: Table) -> None:
    """What only shows when all parts are known."""
    _refuse_twice([entry.id for entry in manifest.fields], "fields", top)
    _refuse_twice([file.path for file in manifest.files], "files", top)
    if not any(channel.modality for channel in manifest.channels):
        raise top.error("channels", "no channel has a modality: there is nothing to predict from")
    sizes = {channel.name: channel.pixel_size for channel in manifest.channels if channel.pixel_size}
    if len(set(sizes.values())) > 1:
        raise top.error("channels", f"pixel_size differs: {sizes}; all channels of a field share one grid")
    for entry in manifest.fields:
        for channel, sources in entry.images.items():
            for source in sources:
                if source.path not in manifest.file:
                    raise top.error(
                        f"fields[{entry.id}].images.{channel}", f"{source.path!r} is not listed under files"
                    )
    splits.check(manifest, top.origin)


def _refuse_twice(names: list[str], where: str, top: Table) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise top.error(where, f"{name!r} is listed twice")
        seen.add(name)
