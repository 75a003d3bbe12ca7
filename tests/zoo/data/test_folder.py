"""A folder becomes a dataset: files paired by pattern, and units dealt out the same way every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from zoo.data import PairedDataset, document, parsing
from zoo.data.folder import Request, divide, manifest_of
from zoo.data.manifest import Manifest, Mask
from zoo.data.patterns import Pattern, images_below
from zoo.errors import ZooError
from zoo.images import write_image
from zoo.types import Channel, Modality, Structure

PHASE = Channel(name="phase", modality=Modality.PHASE_CONTRAST)
DNA = Channel(name="dna", structure=Structure.NUCLEUS)


def _pixels(*shape, dims="yx"):
    counts = np.random.default_rng(sum(shape)).integers(100, 999, shape).astype("u2")
    return xr.DataArray(counts, dims=tuple(dims))


def _request(patterns, *, channels=(PHASE, DNA), masks=(), **more):
    manifest = Manifest(id="own", title="Own", version="1", license="CC0-1.0", channels=channels, masks=masks)
    return Request(manifest=manifest, patterns={name: Pattern.of(text) for name, text in patterns.items()}, **more)


@pytest.fixture
def folder(tmp_path):
    """Two days with three fields each, as single TIFFs."""
    for day in ("0421", "0422", "0423"):
        for place in "abc":
            for kind in ("BF", "DNA"):
                write_image(_pixels(16, 20), tmp_path / f"day{day}" / f"{place}_{kind}.tif", pixel_size=0.325)
    return tmp_path


PAIRS = {"phase": "*/*_BF.tif", "dna": "*/*_DNA.tif"}


def test_files_are_paired_by_what_the_wildcards_match(folder):
    found = manifest_of(folder, _request(PAIRS))
    assert [entry.id for entry in found.manifest.fields][:3] == ["day0421_a", "day0421_b", "day0421_c"]
    assert found.unpaired == {}
    assert found.manifest.channels[0].pixel_size == 0.325
    assert len(found.manifest.files) == 18
    images = {name: str(sources[0]) for name, sources in found.manifest.fields[0].images.items()}
    assert images == {"phase": "day0421/a_BF.tif", "dna": "day0421/a_DNA.tif"}


def test_the_manifest_that_is_written_opens_every_field(folder):
    found = manifest_of(folder, _request(PAIRS, session=r"day(\d+)", condition="[abc](?=_BF)", unit="session"))
    dataset = PairedDataset(document.write(found.manifest, folder / "manifest.toml"))
    assert dataset.digest == found.manifest.digest
    assert {field.session for field in dataset.all_fields()} == {"0421", "0422", "0423"}
    assert {field.condition for field in dataset.all_fields()} == {"a", "b", "c"}
    assert {split: len(ids) for split, ids in dataset.schemes[""].members.items()} == {"train": 3, "val": 3, "test": 3}
    assert all(field.open().load().sizes == {"y": 16, "x": 20} for field in dataset.all_fields())


def test_images_without_a_partner_are_left_out_and_named(folder):
    (folder / "day0421" / "a_DNA.tif").unlink()
    (folder / "day0422" / "b_BF.tif").unlink()
    found = manifest_of(folder, _request(PAIRS))
    assert len(found.manifest.fields) == 7
    assert found.unpaired == {"phase": ("day0421_a",), "dna": ("day0422_b",)}


def test_channels_of_one_file_are_picked_by_number_or_by_name(tmp_path):
    image = _pixels(3, 16, 20, dims="cyx").assign_coords(c=["BF", "DAPI", "GFP"])
    for name in ("a", "b", "c"):
        write_image(image, tmp_path / f"{name}.ome.tif")
        write_image(image, tmp_path / f"{name}.ome.zarr")
    for suffix in ("ome.tif", "ome.zarr"):
        found = manifest_of(tmp_path, _request({"phase": f"*.{suffix}#0", "dna": f"*.{suffix}#DAPI"}))
        manifest = parsing.parse(document.as_document(found.manifest), "manifest")
        dataset = PairedDataset(document.write(manifest, tmp_path / "manifest.toml"))
        np.testing.assert_array_equal(dataset.all_fields()[1].open().dna, image[1])
        assert len(manifest.files) == 3


def test_a_changed_member_of_a_zarr_folder_is_noticed(tmp_path):
    image = _pixels(2, 16, 20, dims="cyx")
    for name in ("a", "b", "c"):
        write_image(image, tmp_path / f"{name}.ome.zarr")
    found = manifest_of(tmp_path, _request({"phase": "*.ome.zarr#0", "dna": "*.ome.zarr#1"}))
    dataset = PairedDataset(document.write(found.manifest, tmp_path / "manifest.toml"))
    dataset.all_fields()[0].open()
    chunk = next(path for path in (tmp_path / "a.ome.zarr" / "0" / "c").rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes() + b"!")
    with pytest.raises(ZooError, match=r"a\.ome\.zarr: wrong hash: expected sha256 "):
        dataset.all_fields()[0].open()


def test_planes_in_files_of_their_own_are_put_in_the_order_of_their_numbers(tmp_path):
    for name in "ab":
        for plane in range(12):
            write_image(_pixels(16, 20) + plane, tmp_path / f"{name}_z{plane}.tif")
        write_image(_pixels(16, 20), tmp_path / f"{name}_dna.tif")
    found = manifest_of(tmp_path, _request({"phase": "*_z{z}.tif", "dna": "*_dna.tif"}, shares=(50, 50)))
    assert found.manifest.channels[0].planes == 12
    assert [source.path for source in found.manifest.fields[0].images["phase"]][9:] == [
        "a_z9.tif",
        "a_z10.tif",
        "a_z11.tif",
    ]


def test_planes_of_a_stack_are_counted(tmp_path):
    for name in "abc":
        write_image(_pixels(5, 16, 20, dims="zyx"), tmp_path / f"{name}.tif", pixel_size=0.2, z_step=0.9)
        write_image(_pixels(16, 20), tmp_path / f"{name}_dna.tif")
    found = manifest_of(tmp_path, _request({"phase": "?.tif", "dna": "*_dna.tif"}))
    assert (found.manifest.channels[0].planes, found.manifest.channels[0].z_step) == (5, 0.9)
    assert found.manifest.channels[1].planes == 1


def test_masks_come_along(folder):
    for path in [*folder.glob("*/*_BF.tif")]:
        write_image(_pixels(16, 20), path.with_name(path.name.replace("BF", "mask")))
    masks = (Mask(name="nuclei", kind="instances"),)
    found = manifest_of(folder, _request({**PAIRS, "nuclei": "**/*_mask.tif"}, masks=masks))
    assert all("nuclei" in entry.images for entry in found.manifest.fields)


def _refused(folder, request):
    with pytest.raises(ZooError) as caught:
        manifest_of(folder, request)
    return caught.value.message.replace(f"{folder}", "FOLDER")


def test_a_pattern_that_matches_nothing_is_named(folder):
    assert _refused(folder, _request({**PAIRS, "dna": "*_DNA.tif"})) == (
        "FOLDER: no image matches dna='*_DNA.tif'; "
        "the folder holds day0421/a_BF.tif, day0421/a_DNA.tif, day0421/b_BF.tif"
    )


def test_patterns_that_never_meet_are_named(folder):
    assert _refused(folder, _request({"phase": "day0421/*_BF.tif", "dna": "day0422/*_D*A.tif"})) == (
        "FOLDER: no field has every input and a label: phase has a, b, c; dna has a_N, b_N, c_N"
    )


def test_two_files_for_one_field_are_named(folder):
    write_image(_pixels(16, 20), folder / "x_y" / "a_BF.tif")
    write_image(_pixels(16, 20), folder / "x" / "y_a_BF.tif")
    assert _refused(folder, _request(PAIRS)) == (
        "phase: 'x/y_a_BF.tif' and 'x_y/a_BF.tif' both match '*/*_BF.tif' as field 'x_y_a'"
    )


def test_a_channel_that_the_file_does_not_name_is_named(tmp_path):
    image = _pixels(2, 16, 20, dims="cyx").assign_coords(c=["BF", "DAPI"])
    path = write_image(image, tmp_path / "a.ome.tif")
    request = _request({"phase": "*.ome.tif#BF", "dna": "*.ome.tif#GFP"})
    assert _refused(tmp_path, request) == f"FOLDER/{path.name}: no channel 'GFP'; the file names BF, DAPI"


def test_an_expression_that_finds_nothing_is_named(folder):
    assert _refused(folder, _request(PAIRS, session=r"plate(\d)")) == (
        "day0421/a_BF.tif: --session-from 'plate(\\\\d)' finds nothing in this path"
    )


def test_too_few_units_for_the_shares_are_named(folder):
    (folder / "day0423").rename(folder / "gone")
    request = _request({name: f"day{text}" for name, text in PAIRS.items()}, session=r"day\d+", unit="session")
    assert _refused(folder, request) == "--split 70/15/15 needs 3 sessions or more, found 2"


def test_the_inside_of_a_zarr_image_and_hidden_files_are_not_searched(tmp_path):
    write_image(_pixels(16, 20), tmp_path / "a.ome.zarr")
    write_image(_pixels(16, 20), tmp_path / "b.tif")
    (tmp_path / "._b.tif").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "a.ome.zarr" / "0" / "stray.png").touch()
    assert [*images_below(tmp_path)] == ["a.ome.zarr", "b.tif"]


UNITS = st.sets(st.text("abc0123", min_size=1, max_size=4), min_size=3, max_size=40)


@given(units=UNITS, shares=st.tuples(*[st.integers(1, 100)] * 3), seed=st.integers(0, 9))
def test_every_unit_is_dealt_to_one_split_and_no_share_gets_more_than_its_due(units, shares, seed):
    dealt = divide(units, shares, seed)
    assert set(dealt) == units
    assert dealt == divide(sorted(units, reverse=True), shares, seed)
    counts = Counter(dealt.values())
    assert set(counts) == {"train", "val", "test"}
    for name, share in zip(("train", "val", "test"), shares, strict=True):
        due = share / sum(shares) * len(units)
        assert counts[name] == 1 or counts[name] < due + 1


def test_the_deal_is_the_same_for_ever():
    dealt = divide([f"session{number}" for number in range(6)], (60, 20, 20), seed=0)
    assert dealt == {
        "session0": "val",
        "session1": "train",
        "session2": "train",
        "session3": "test",
        "session4": "train",
        "session5": "train",
    }
    assert divide(dealt, (60, 20, 20), seed=1) != dealt


@pytest.mark.parametrize(
    ("shares", "names"), [((100,), {"train"}), ((80, 20), {"train", "test"}), ((0, 0, 100), {"test"})]
)
def test_fewer_shares_make_fewer_splits(shares, names):
    assert set(divide("abcdef", shares, seed=0).values()) == names


@given(name=st.text("abc_-. é", min_size=1, max_size=8), folder=st.text("xyz", min_size=1, max_size=4))
def test_a_wildcard_stays_within_its_folder(name, folder):
    assert Pattern("*_BF.tif").key(f"{folder}/{name}_BF.tif") is None
    assert Pattern("**/*_BF.tif").key(f"{folder}/{name}_BF.tif") == (f"{folder}_{name}", 0)
