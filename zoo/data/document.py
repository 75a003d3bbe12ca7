"""A ``Manifest`` back to the text of a manifest file: the way back of ``zoo.data.parsing``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import tomli_w

from zoo.data.manifest import DEFAULT_SCHEME
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.data.manifest import FieldEntry, Manifest, Mask
    from zoo.types import Channel

SCHEMA = 1
TEXTS = ("license_note", "repository", "commit", "base_url", "cell_type", "objective", "valid")
"""Top-level texts that are left out where they are empty."""


def as_document(manifest: Manifest) -> dict[str, object]:
    """The tables of the file, without what is empty or the default."""
    document: dict[str, object] = {
        "schema": SCHEMA,
        "id": manifest.id,
        "title": manifest.title,
        "version": manifest.version,
        "license": manifest.license,
        "intensity": manifest.intensity,
        **_filled({name: getattr(manifest, name) for name in TEXTS}),
        **_filled({"ignore_file_pixel_size": manifest.ignore_file_pixel_size}),
        "cite": [_filled({"text": item.text, "doi": item.doi, "url": item.url}) for item in manifest.cite],
        "channels": {channel.name: _channel(channel, manifest) for channel in manifest.channels},
        "masks": {mask.name: _mask(mask) for mask in manifest.masks},
        "schemes": {name or DEFAULT_SCHEME: {"unit": unit} for name, unit in manifest.units.items()},
        "fields": [_field(entry) for entry in manifest.fields],
        "files": [{"path": file.path, "sha256": file.sha256, "size": file.size} for file in manifest.files],
    }
    return _filled(document)


def _filled(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def _mask(mask: Mask) -> Mapping[str, object]:
    return _filled({"kind": mask.kind, "outlines": [*mask.outlines], "note": mask.note})


def _channel(channel: Channel, manifest: Manifest) -> Mapping[str, object]:
    return _filled(
        {
            "modality": channel.modality and channel.modality.value,
            "structure": channel.structure and channel.structure.value,
            "dye": channel.dye,
            "planes": channel.planes if channel.planes > 1 else 0,
            "pixel_size": channel.pixel_size,
            "z_step": channel.z_step,
            "projection": channel.projection,
            "note": manifest.notes.get(channel.name, ""),
        }
    )


def _field(entry: FieldEntry) -> Mapping[str, object]:
    splits = {scheme or DEFAULT_SCHEME: split for scheme, split in entry.splits.items()}
    own_only = list(splits) == [DEFAULT_SCHEME]
    images = {
        name: str(sources[0]) if len(sources) == 1 else [str(source) for source in sources]
        for name, sources in entry.images.items()
    }
    return _filled(
        {
            "id": entry.id,
            "session": entry.session,
            "condition": entry.condition,
            "position": entry.position,
            "split": splits[DEFAULT_SCHEME] if own_only else splits,
            "region": str(entry.region) if entry.region else "",
            "images": images,
        }
    )


def write(manifest: Manifest, path: Path) -> Path:
    """Write a manifest file, whole or not at all. Raises ``ZooError`` where the folder cannot be written to."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.write_text(tomli_w.dumps(as_document(manifest)), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise ZooError(
            f"{path}: cannot be written ({error.strerror})", hint="choose a folder you may write to"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path
