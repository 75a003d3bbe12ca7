"""A small dataset of real files, whose manifest a test may spoil before it is written."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
import tomli_w

from zoo.data import PairedDataset

if TYPE_CHECKING:
    from collections.abc import Mapping


class Cells:
    """Files in a folder and the tables of their manifest: two sessions of two fields, one session in each split."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.document: dict[str, Any] = {
            "schema": 1,
            "id": "cells",
            "title": "Cells",
            "license": "CC0-1.0",
            "channels": {
                "phase": {"modality": "phase-contrast", "pixel_size": 0.5},
                "dna": {"structure": "nucleus", "dye": "Hoechst", "pixel_size": 0.5},
            },
            "schemes": {"default": {"unit": "session"}},
            "fields": [],
            "files": [],
        }

    @property
    def path(self) -> Path:
        return self.folder / "manifest.toml"

    def image(self, name: str, pixels: np.ndarray | None = None, **options: object) -> str:
        """Write a TIFF and list it."""
        pixels = (
            np.random.default_rng(len(name)).integers(100, 999, (32, 48)).astype("u2") if pixels is None else pixels
        )
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(self.folder / name, pixels, photometric="minisblack", **options)
        return self.listed(name)

    def listed(self, name: str) -> str:
        """List a file with its hash and size as they are now."""
        content = (self.folder / name).read_bytes()
        self.document["files"] = [file for file in self.document["files"] if file["path"] != name]
        self.document["files"].append(
            {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        )
        return name

    def field(self, name: str, session: str, split: str | Mapping[str, str], **more: object) -> dict[str, Any]:
        """List a field with two images of its own, or with those given."""
        images = more.pop("images", None) or {kind: self.image(f"{name}_{kind}.tif") for kind in ("phase", "dna")}
        entry = {"id": name, "session": session, "split": split, "images": images, **more}
        self.document["fields"].append(entry)
        return entry

    def write(self) -> Path:
        """The manifest, as the tables stand."""
        self.path.write_text(tomli_w.dumps(self.document), encoding="utf-8")
        return self.path

    def dataset(self) -> PairedDataset:
        """The dataset, as the tables stand."""
        return PairedDataset(self.write())


@pytest.fixture
def empty(tmp_path: Path) -> Cells:
    """A dataset without fields."""
    folder = tmp_path / "cells"
    folder.mkdir()
    return Cells(folder)


@pytest.fixture
def cells(empty: Cells) -> Cells:
    """A dataset as it should be."""
    for session, split in (("monday", "train"), ("tuesday", "test")):
        for number in (1, 2):
            empty.field(f"{session}{number}", session, split)
    return empty
