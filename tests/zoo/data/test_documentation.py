"""docs/data.md says what the reader of manifests does."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import numpy as np

from zoo import registry as registries
from zoo.data import parsing
from zoo.data.manifest import FieldEntry, Manifest, Mask
from zoo.types import Channel, Dataset, Modality

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(.+?)```", PAGE, re.DOTALL)[1]
INNER = {"units": "schemes", "notes": "note", "splits": "split"}
"""Attributes that the file calls otherwise."""


def test_the_manifest_of_the_page_is_one():
    values = tomllib.loads(EXAMPLE)
    values["files"][0]["sha256"] = "0" * 64
    values["files"] += [{**values["files"][0], "path": f"day1/a_z{plane}.tif"} for plane in (0, 1)]
    manifest = parsing.parse(values, "docs/data.md")
    assert manifest.schemes["position"].members == {"val": ("day1_a",)}


def test_the_page_names_every_field():
    for kind in (Manifest, FieldEntry, Mask, Channel):
        names = {INNER.get(field.name, field.name) for field in fields(kind)} - {"name", "statistic"}
        assert {name for name in names if not re.search(rf"\b{name}\b", EXAMPLE)} == set()
    assert all(modality in EXAMPLE for modality in Modality)


def test_the_dataset_that_the_page_makes_can_be_checked_and_judged(zoo, site, tmp_path):
    (code,) = (block for block in re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL) if "def fetch" in block)
    site.install("squares", code)
    assert isinstance(registries.load().datasets.get("squares"), Dataset)
    assert zoo("data", "check", "squares").out.startswith("squares: 6 of 6 fields are as described\n")
    places = ("--out", tmp_path / "out", "--ledger", tmp_path / "ledger.csv")
    folder = tmp_path / "predicted"
    (folder / "dna").mkdir(parents=True)
    for field in registries.load().datasets.get("squares").fields("test"):
        np.save(folder / "dna" / f"{field.id}.npy", field.open()["dna"].to_numpy())
    ran = zoo("score", folder, "--dataset", "squares", *places)
    assert ran.status == 0, ran.err
    assert "predicted" in ran.out
