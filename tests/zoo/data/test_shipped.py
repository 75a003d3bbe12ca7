"""The manifests that travel with the distribution, and the images that they describe."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib

import numpy as np
import pytest

from zoo.data import MANIFESTS, PairedDataset, parsing, shipped_datasets
from zoo.types import Dataset, labels_of

SHIPPED = sorted(MANIFESTS.glob("*.toml"))


@pytest.fixture(scope="session")
def copy(real_data):
    """Every shipped dataset, with its files in the local copy."""
    return {dataset.id: dataset.at(real_data) for dataset in shipped_datasets()}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_manifest_is_whole(path):
    manifest = parsing.read(path)
    assert manifest.id == path.stem
    assert manifest.license
    assert all(citation.doi or citation.url for citation in manifest.cite)
    assert manifest.commit in manifest.base_url
    assert manifest.base_url.startswith("https://")
    assert manifest.base_url.endswith("/")
    assert "" in manifest.units
    assert all("" in entry.splits for entry in manifest.fields)
    used = {source.path for entry in manifest.fields for sources in entry.images.values() for source in sources}
    assert used == set(manifest.file)


def test_a_shipped_dataset_is_a_dataset():
    assert all(isinstance(dataset, Dataset) for dataset in shipped_datasets())
    assert all(isinstance(dataset, PairedDataset) for dataset in shipped_datasets())


def test_a_strain_without_stain_is_a_probe():
    assert {dataset.id: dataset.probes for dataset in shipped_datasets() if dataset.probes} == {
        "ecoli-yfp": {"unstained": "control"}
    }


def test_listing_datasets_loads_no_array_library():
    program = (
        "import sys; from zoo.data import shipped_datasets; [dataset.digest for dataset in shipped_datasets()];"
        "print(*{'numpy', 'xarray', 'pooch', 'tifffile', 'zarr', 'skimage', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_splits_files_and_claims_are_those_of_the_publication(real_data, path):
    folder = real_data / path.stem
    manifest = parsing.read(path)
    rows = {row["field"]: row for row in csv.DictReader((folder / "fields.csv").read_text().splitlines())}
    registry = {row["path"]: row for row in csv.DictReader((folder / "registry.csv").read_text().splitlines())}
    assert [entry.id for entry in manifest.fields] == [*rows]
    for entry in manifest.fields:
        row = rows[entry.id]
        assert entry.splits[""] == row["split"]
        assert entry.splits.get("position") == row.get("split_position")
        assert entry.session == row.get("session", "")
        assert entry.condition == row.get("condition", "")
        assert str(entry.region or "") == row.get("region", "")
        for channel in manifest.channels:
            written = ";".join(map(str, entry.images.get(channel.name, ())))
            assert written == row[channel.name]
    for file in manifest.files:
        assert (file.sha256, file.size) == (registry[file.path]["sha256"], int(registry[file.path]["bytes"]))
    claims = tomllib.loads((folder / "dataset.toml").read_text())
    for name in ("id", "title", "license", "license_note", "base_url", "intensity", "commit", "cell_type"):
        assert getattr(manifest, name) == claims[name]
    assert manifest.units[""] == claims["split_unit"]
    assert {label.name: str(label.structure) for label in labels_of(manifest.channels)} == {
        name: target["structure"] for name, target in claims["targets"].items()
    }


@pytest.mark.parametrize("name", [path.stem for path in SHIPPED])
def test_a_field_of_every_split_opens_and_its_hashes_are_right(copy, name):
    dataset = copy[name]
    for split in dataset.schemes[""].members:
        images = dataset.fields(split)[0].open()
        assert set(images) <= {*(channel.name for channel in dataset.channels), *dataset.masks, "valid"}
        images.isel(y=slice(0, 8), x=slice(0, 8)).load()


def test_exactly_zero_padding_is_masked_and_nothing_else(copy):
    dataset = copy["mcf7-nk"]
    fractions = {}
    for field in [*dataset.fields("val"), *dataset.fields("test")]:
        images = field.open().load()
        blank = np.all([images[channel.name] == 0 for channel in dataset.channels if channel.name in images], axis=0)
        np.testing.assert_array_equal(images.valid, ~blank)
        fractions[field.id] = float(images.valid.mean())
    assert min(fractions.values()) > 0.96
    assert sum(fraction < 1 for fraction in fractions.values()) == 9


def test_labels_that_were_not_recorded_are_absent_in_five_fields(copy):
    dataset = copy["mcf7-nk"]
    assert sum("cfse" not in field.entry.images for field in dataset.all_fields()) == 5


def test_the_lit_bottom_of_the_well_holds_every_animal(copy):
    for field in copy["worms"].fields("val"):
        images = field.open().load()
        assert 0.43 < float(images.valid.mean()) < 0.49
        outside = (images.worm_mask > 0) & ~images.valid
        assert int(outside.sum()) < 0.002 * int((images.worm_mask > 0).sum())


def test_regions_of_one_field_keep_their_gaps(copy):
    dataset = copy["isl-neurons"]
    widths = {split: dataset.fields(split)[0].open().sizes for split in ("train", "val", "test")}
    assert {split: (sizes["z"], sizes["y"], sizes["x"]) for split, sizes in widths.items()} == {
        "train": (13, 1024, 576),
        "val": (13, 1024, 96),
        "test": (13, 1024, 288),
    }
