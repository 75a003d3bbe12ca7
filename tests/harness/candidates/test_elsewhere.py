"""Which labels a folder of predictions claims."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from harness.candidates.elsewhere import elsewhere
from zoo.images import write_image
from zoo.types import Channel, Structure

LABELS = ("dna", "rna", "lipid")


@pytest.fixture
def two_labels(dataset):
    """The stain twice, under two names."""
    dataset.channels = (*dataset.channels, *(Channel(name=name, structure=Structure.CYTOPLASM) for name in LABELS[1:]))
    for fields in dataset.splits.values():
        for one in fields:
            one.variables["rna"] = one.variables["lipid"] = one.variables["dna"]
    return dataset


def test_a_label_without_any_prediction_does_not_apply_and_one_with_a_hole_is_missing(
    run, two_labels, truth_of, tmp_path
):
    folder = tmp_path / "mine"
    for one in two_labels.splits["test"]:
        (folder / "dna").mkdir(parents=True, exist_ok=True)
        np.save(folder / "dna" / f"{one.id}.npy", truth_of(one))
    both = np.stack([truth_of(two_labels.splits["test"][0])] * 2)
    channels = xr.DataArray(both, dims=("c", "y", "x"), coords={"c": ["rna", "other"]})
    write_image(channels, folder / "test0.ome.tif")
    outcome = run(elsewhere(folder, "mine", two_labels.splits["test"], LABELS))
    found = {row.label: row for row in outcome.board.rows if row.contender.id == "mine"}
    assert {label: (row.status, row.failed, row.fields) for label, row in found.items()} == {
        "dna": ("ok", 0, 5),
        "rna": ("missing", 4, 5),
        "lipid": ("not-applicable", 0, 0),
    }
    assert found["lipid"].note == "the folder holds no prediction of it"
    assert found["rna"].rank == 1


def test_a_shared_image_that_cannot_be_read_fails_rather_than_vanishes(run, dataset, truth_of, tmp_path):
    folder = tmp_path / "mine"
    (folder / "dna").mkdir(parents=True)
    for one in dataset.splits["test"][1:]:
        np.save(folder / "dna" / f"{one.id}.npy", truth_of(one))
    (folder / "test0.ome.tif").write_bytes(b"II*\0 truncated")
    row = next(
        row
        for row in run(elsewhere(folder, "mine", dataset.splits["test"], ["dna"])).board.rows
        if row.contender.id == "mine"
    )
    assert (row.status, row.failed) == ("failed", 1)
