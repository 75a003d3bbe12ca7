"""The dataset as the zoo sees it: listed without being made, made when asked for, and never silently wrong."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import unstained_phantom
from unstained_phantom import production
from unstained_phantom.dataset import PhantomDataset
from zoo.errors import ZooError
from zoo.types import Dataset, Structure, inputs_of, labels_of

DATASETS = {dataset.id: dataset for dataset in unstained_phantom.zoo_datasets()}


def test_it_brings_single_planes_as_the_default_and_neurons_and_volumes():
    found = {name: dataset.default for name, dataset in DATASETS.items()}
    assert found == {"phantom": True, "phantom-neurons": False, "phantom-volume": False}
    for dataset in DATASETS.values():
        assert isinstance(dataset, Dataset)
        assert (dataset.license, dataset.intensity, dataset.version) == ("CC0-1.0", "comparable", "1")
        assert dataset.masks == ("cells", "nuclei")
        assert dataset.schemes[""].unit == "session"
        assert len(dataset.digest) == 64
    assert len({dataset.digest for dataset in DATASETS.values()}) == 3


def test_it_names_the_splits_that_test_trust():
    known = DATASETS["phantom"]
    assert known.probes["cue:lipid"] == "cue"
    assert known.probes["shift:low-exposure"] == "low-exposure"
    assert {"train", "val", "test", *known.probes.values(), "timelapse"} == set(known.schemes[""].members)
    assert DATASETS["phantom-volume"].probes == {}


def test_channels_say_their_planes_sizes_and_projection():
    known = {channel.name: channel for channel in DATASETS["phantom"].channels}
    assert {channel.name: channel.planes for channel in inputs_of(known.values())} == {
        "brightfield": 1,
        "brightfield7": 7,
        "brightfield13": 13,
        "phase-contrast": 1,
        "dic": 1,
        "phase": 1,
    }
    assert {channel.projection for channel in labels_of(known.values())} == {"best-focus"}
    assert (known["brightfield13"].z_step, known["brightfield"].z_step, known["dna"].pixel_size) == (1.0, None, 0.325)
    marked = {channel.name: channel.structure for channel in labels_of(DATASETS["phantom-neurons"].channels)}
    plain = {channel.name: channel.structure for channel in labels_of(known.values())}
    assert marked == {**plain, "neuron": Structure.NEURON, "motor_neuron": Structure.MOTOR_NEURON}
    stacks = DATASETS["phantom-volume"].channels
    assert {(channel.planes, channel.z_step, channel.pixel_size) for channel in stacks} == {(32, 0.29, 0.29)}
    assert [channel.name for channel in inputs_of(stacks)] == ["brightfield"]


def test_splits_are_listed_without_making_a_pixel_or_loading_what_makes_them(cache):
    program = (
        "import sys, unstained_phantom\n"
        "for dataset in unstained_phantom.zoo_datasets():\n"
        "    print(dataset.title, dataset.digest, len(dataset.fields('test')), len(dataset.channels))\n"
        "print(*{'numpy', 'scipy', 'xarray', 'zarr'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert not cache.exists()


def test_an_unknown_split_is_told_with_those_that_are_there(dataset):
    with pytest.raises(
        ZooError, match=r"split 'tset' is empty; splits with fields: train \(4 fields\), val \(1 fields"
    ):
        dataset.fields("tset")


def test_a_field_is_made_when_it_is_opened_and_kept(dataset, cache):
    field = dataset.fields("val")[0]
    assert (field.id, field.session, field.condition) == ("val-01-1", "val-01", "")
    first = field.open()
    place = production.place(dataset.folder, field.id)
    made = place.stat().st_mtime_ns
    assert np.array_equal(field.open()["dna"], first["dna"])
    assert place.stat().st_mtime_ns == made
    assert place.is_relative_to(cache / "tiny" / dataset.digest[:12])


def test_only_missing_fields_are_fetched(bare):
    dataset = PhantomDataset(id="bare", title="Bare", planned=lambda: bare)
    fields = dataset.fields("train")
    fields[1].open()
    heard = []
    assert dataset.fetch(fields, lambda *told: heard.append(told)) == 3
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert dataset.fetch(fields, lambda *_: pytest.fail("nothing is missing")) == 0


def test_a_damaged_field_is_told_and_made_again(dataset):
    field = dataset.fields("val")[0]
    whole = field.open()["dna"].to_numpy()
    path = production.place(dataset.folder, field.id)
    chunk = next(file for file in sorted((path / "labels").rglob("*")) if file.is_file() and file.name != "zarr.json")
    chunk.write_bytes(chunk.read_bytes()[:-7])
    (path / "zarr.json").touch()
    with pytest.warns(
        UserWarning, match=r"val-01-1.zarr: image 'labels' is not what was written; the field is made again"
    ):
        again = field.open()
    assert np.array_equal(again["dna"], whole)
    assert np.array_equal(field.open()["dna"], whole)


def test_fields_of_another_version_are_told_and_not_used(dataset, bare):
    dataset.fields("val")[0].open()
    other = PhantomDataset(id="tiny", title="Tiny", planned=lambda: replace(bare, seed="other"))
    with pytest.warns(UserWarning, match=rf"tiny: fields of other versions \({dataset.folder.name}\) are not used"):
        assert other.fetch(other.fields("val"), lambda *_: None) == 1
    first, second = (one.fields("val")[0].open()["dic"] for one in (dataset, other))
    assert not np.array_equal(first, second)
    assert other.fetch(other.fields("test")[:1], lambda *_: None) == 1, "said once"


def test_a_shift_shows_the_same_cells_again(dataset):
    test, broken, dim = (dataset.fields(split)[0].open() for split in ("test", "broken", "low-exposure"))
    for name in ("cells", "nuclei"):
        assert np.array_equal(test[name], broken[name])
        assert np.array_equal(test[name], dim[name])
    assert test["cells"].values.any()
    for channel in inputs_of(dataset.channels):
        assert np.array_equal(test[channel.name], broken[channel.name])
    changed = [
        label.name for label in labels_of(dataset.channels) if not np.array_equal(test[label.name], broken[label.name])
    ]
    assert changed == ["shortcut"]
    assert 6 < (test["brightfield"].mean() - 100) / (dim["brightfield"].mean() - 100) < 10
