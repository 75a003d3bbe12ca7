"""Fields: lazily read, on one grid, and refused where the files are not what the manifest says."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from zoo import registry as registries
from zoo.data.fields import image
from zoo.errors import ZooError


def _stack(count, edge=(32, 48), dtype="u2"):
    return np.random.default_rng(count).integers(100, 999, (count, *edge)).astype(dtype)


def _first(cells):
    return cells.dataset().fields("train")[0]


def _refused(cells):
    field = _first(cells)
    with pytest.raises(ZooError) as caught:
        field.open().load()
    return caught.value.message.replace(f"{cells.folder}/", ""), caught.value.hint


def test_a_field_has_its_channels_and_what_was_recorded(cells):
    field = _first(cells)
    images = field.open()
    assert (field.id, field.session, field.condition) == ("monday1", "monday", "")
    assert list(images) == ["phase", "dna", "valid"]
    assert images.phase.dims == ("y", "x")
    assert images.phase.dtype == np.uint16
    assert images.valid.dtype == bool
    assert bool(images.valid.all())
    assert images.attrs == {
        "dataset": "cells",
        "field": "monday1",
        "session": "monday",
        "condition": "",
        "pixel_size": 0.5,
    }


def test_stacks_of_different_height_are_handed_out_on_one_axis(generated):
    opened = registries.load().datasets.get("made").fields("val")[0].open()
    assert opened.light3.dims == ("z_light3", "y", "x")
    assert image(opened, "light3").sizes == {"z": 3, "y": 32, "x": 32}
    assert image(opened, "light5").sizes == {"z": 5, "y": 32, "x": 32}
    assert image(opened, "dna").dims == ("y", "x")
    np.testing.assert_array_equal(image(opened, "light3"), opened.light3)


def test_opening_reads_no_pixels_and_one_channel_reads_no_other(cells):
    pixels = _stack(3)
    path = cells.image("all.tif", pixels, compression="zlib")
    cells.document["fields"][0]["images"] = {"phase": f"{path}#0", "dna": f"{path}#2"}
    field = _first(cells)
    images = field.open()
    np.testing.assert_array_equal(images.dna, pixels[2])
    content = bytearray((cells.folder / path).read_bytes())
    start = content.find(b"\x78", 200)
    content[start : start + 300] = b"\xff" * 300
    (cells.folder / path).write_bytes(content)
    np.testing.assert_array_equal(images.dna, pixels[2])
    with pytest.raises(ZooError, match="damaged TIFF"):
        images.phase.load()


def test_a_field_survives_the_way_to_another_process(cells):
    field = pickle.loads(pickle.dumps(_first(cells)))  # noqa: S301 - our own bytes
    images = pickle.loads(pickle.dumps(field.open()))  # noqa: S301
    assert int(images.dna.sum()) == int(field.open().dna.sum())


def test_a_label_that_was_not_recorded_is_absent(cells):
    cells.document["fields"][0]["images"].pop("dna")
    assert list(_first(cells).open()) == ["phase", "valid"]


def test_planes_are_stacked_and_projections_have_none(cells):
    planes = _stack(3)
    cells.document["channels"]["phase"] |= {"planes": 3, "z_step": 0.4}
    names = [cells.image(f"plane{number}.tif", plane) for number, plane in enumerate(planes)]
    for entry in cells.document["fields"]:
        entry["images"]["phase"] = names
        entry["split"] = "train"
    images = _first(cells).open()
    assert images.phase.dims == ("z", "y", "x")
    assert images.dna.dims == ("y", "x")
    assert images.attrs["z_step"] == 0.4
    np.testing.assert_array_equal(images.phase, planes)
    np.testing.assert_array_equal(images.phase[1, 3:9, ::2], planes[1, 3:9, ::2])
    np.testing.assert_array_equal(images.phase[::2, 5], planes[::2, 5])


@pytest.mark.parametrize("options", [{"ome": True, "metadata": {"axes": "ZYX"}}, {}])
def test_a_stack_in_one_file_gives_planes_to_every_variable(cells, options):
    cells.document["channels"]["phase"]["planes"] = cells.document["channels"]["dna"]["planes"] = 5
    names = {kind: cells.image(f"{kind}_stack.tif", _stack(5), **options) for kind in ("phase", "dna")}
    cells.document["fields"][0]["images"] = names
    images = _first(cells).open()
    assert images.phase.dims == images.dna.dims == ("z", "y", "x")
    np.testing.assert_array_equal(images.dna, _stack(5))


def test_a_region_cuts_every_variable(empty):
    pixels = _stack(1)[0]
    pixels[:, :4] = 0
    images = {"phase": empty.image("phase.tif", pixels), "dna": empty.image("dna.tif", pixels)}
    empty.document["valid"] = "nonzero"
    empty.field("left", "monday", "train", images=images, region="y8:32,x0:20")
    found = _first(empty).open()
    np.testing.assert_array_equal(found.phase, pixels[8:32, :20])
    np.testing.assert_array_equal(found.valid, pixels[8:32, :20] > 0)


def test_masks_come_under_their_names(cells):
    cells.document["masks"] = {"nuclei": {"kind": "instances", "outlines": ["nucleus"]}}
    mask = np.arange(32 * 48, dtype=np.int32).reshape(32, 48)
    cells.document["fields"][0]["images"]["nuclei"] = cells.image("nuclei.tif", mask)
    dataset = cells.dataset()
    assert dataset.masks == ("nuclei",)
    assert dataset.outlines == {"nuclei": ("nucleus",)}
    images = dataset.fields("train")[0].open()
    assert list(images) == ["phase", "dna", "nuclei", "valid"]
    np.testing.assert_array_equal(images.nuclei, mask)


def test_a_missing_file_is_named(cells):
    path = cells.folder / "monday1_dna.tif"
    path.unlink()
    message, hint = _refused(cells)
    assert message == "dataset 'cells': file 'monday1_dna.tif' is missing; looked for monday1_dna.tif"
    expected = "the manifest has no base_url: put the file back beside"
    assert hint == f"{expected} {cells.path}, or run zoo data new again"


def test_a_changed_file_is_named_with_both_hashes(cells):
    listed = next(file for file in cells.document["files"] if file["path"] == "monday1_dna.tif")
    expected = listed["sha256"]
    cells.image("monday1_dna.tif", _stack(1)[0])
    found = next(file for file in cells.document["files"] if file["path"] == "monday1_dna.tif")
    actual, found["sha256"] = found["sha256"], expected
    message, hint = _refused(cells)
    assert message == f"monday1_dna.tif: wrong hash: expected sha256 {expected}, found {actual}"
    assert hint == "copy or download the file again; if it was changed on purpose, run zoo data new again"


def test_a_hash_is_remembered_until_the_file_changes(cells):
    store = cells.dataset().store
    file = store.path(_first(cells).manifest.files[0])
    remembered = store.memory.path.read_text()
    assert remembered.count("\n") == 1
    assert str(file) in remembered
    again = cells.dataset().store
    again.path(_first(cells).manifest.files[0])
    assert store.memory.path.read_text() == remembered
    file.write_bytes(b"changed")
    with pytest.raises(ZooError, match="wrong hash"):
        again.path(_first(cells).manifest.files[0])


def test_a_cache_that_cannot_be_written_is_done_without(cells, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file"))
    assert list(_first(cells).open()) == ["phase", "dna", "valid"]


def test_a_truncated_image_is_named(cells):
    path = cells.folder / "monday1_dna.tif"
    path.write_bytes(path.read_bytes()[:1000])
    cells.listed("monday1_dna.tif")
    message, _ = _refused(cells)
    assert message.startswith("monday1_dna.tif: truncated TIFF: it needs ")


def test_a_channel_that_the_file_lacks_is_named(cells):
    path = cells.image("two.tif", _stack(2))
    cells.document["fields"][0]["images"]["dna"] = f"{path}#3"
    assert _refused(cells) == (
        "dataset 'cells', field 'monday1', dna: two.tif has no channel #3; it has 2, from #0 to #1",
        "correct the number after # in the manifest",
    )


def test_a_file_with_several_channels_asks_which(cells):
    metadata = {"axes": "CYX", "Channel": {"Name": ["BF", "DAPI", "GFP"]}}
    cells.document["fields"][0]["images"]["dna"] = cells.image("many.tif", _stack(3), ome=True, metadata=metadata)
    assert _refused(cells) == (
        (
            "dataset 'cells', field 'monday1', dna: many.tif has 3 channels: #0 BF, #1 DAPI, #2 GFP; "
            "the manifest names none of them"
        ),
        "write many.tif#0 for the first",
    )


def test_a_wrong_number_of_planes_is_named(cells):
    cells.document["fields"][0]["images"]["dna"] = cells.image(
        "deep.tif", _stack(4), ome=True, metadata={"axes": "ZYX"}
    )
    assert _refused(cells) == (
        "dataset 'cells', field 'monday1', dna: found 4 planes in deep.tif, expected 1",
        "correct planes in the manifest",
    )


def test_planes_of_different_size_are_named(cells):
    cells.document["channels"]["phase"]["planes"] = 2
    names = [cells.image("a.tif"), cells.image("b.tif", _stack(1, (30, 48))[0])]
    cells.document["fields"][0]["images"]["phase"] = names
    assert _refused(cells)[0] == (
        "dataset 'cells', field 'monday1', phase: plane b.tif has shape (30, 48), the first plane (32, 48)"
    )


def test_a_pixel_size_that_the_file_contradicts_is_named(cells):
    metadata = {"axes": "YX", "PhysicalSizeX": 0.65}
    cells.document["fields"][0]["images"]["dna"] = cells.image("off.tif", ome=True, metadata=metadata)
    assert _refused(cells) == (
        "dataset 'cells', field 'monday1', dna: off.tif states a pixel size of 0.65 µm, the manifest 0.5 µm",
        "correct pixel_size in the manifest, or set ignore_file_pixel_size = true where the file is wrong",
    )
    cells.document["ignore_file_pixel_size"] = True
    assert list(_first(cells).open()) == ["phase", "dna", "valid"]


def test_a_pixel_size_within_rounding_is_taken(cells):
    cells.document["fields"][0]["images"]["dna"] = cells.image(
        "near.tif", ome=True, metadata={"axes": "YX", "PhysicalSizeX": 0.509}
    )
    assert _first(cells).open().attrs["pixel_size"] == 0.5


def test_an_input_and_a_label_of_different_size_are_named(cells):
    cells.document["fields"][0]["images"]["dna"] = cells.image("small.tif", _stack(1, (32, 40))[0])
    assert _refused(cells) == (
        (
            "dataset 'cells', field 'monday1': sizes differ: phase is 32 y x 48 x and dna is 32 y x 40 x "
            "(monday1_phase.tif and small.tif)"
        ),
        "pair images of the same grid",
    )


def test_a_region_outside_of_the_image_is_named(cells):
    cells.document["fields"][0]["region"] = "y0:32,x40:50"
    assert _refused(cells)[0] == "dataset 'cells', field 'monday1': region y0:32,x40:50 leaves the image (32 y x 48 x)"


def test_a_field_without_its_input_is_named(cells):
    cells.document["fields"][0]["images"].pop("phase")
    assert _refused(cells)[0] == "dataset 'cells', field 'monday1': input 'phase' has no image"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_named(cells, value):
    pixels = _stack(1, dtype="f4")[0]
    pixels[3, 4] = value
    cells.document["fields"][0]["images"]["dna"] = cells.image("odd.tif", pixels)
    assert _refused(cells) == (
        "dataset 'cells', field 'monday1', dna: odd.tif: 1 of 1536 pixels are NaN or infinite",
        "remove the field from the manifest, or replace these pixels in the file",
    )


def test_a_split_without_fields_names_those_that_have_some(cells):
    with pytest.raises(ZooError) as caught:
        cells.dataset().fields("val")
    assert caught.value.message == (
        "dataset 'cells': split 'val' is empty; splits with fields: train (2 fields), test (2 fields)"
    )


def test_a_scheme_that_is_not_there_names_those_that_are(cells):
    with pytest.raises(ZooError) as caught:
        cells.dataset().fields("train", scheme="position")
    assert caught.value.message == "dataset 'cells' has no split scheme 'position'; known: cells"


def test_a_stain_may_be_there_a_second_time_and_without_noise(cells):
    again = cells.image("again.tif", _stack(2))
    cells.document["fields"][0]["images"] |= {"dna_repeat": f"{again}#0", "dna_clean": f"{again}#1"}
    opened = _first(cells).open()
    assert list(opened) == ["phase", "dna", "dna_repeat", "dna_clean", "valid"]
    np.testing.assert_array_equal(opened["dna_clean"], _stack(2)[1])
    assert [channel.name for channel in cells.dataset().channels] == ["phase", "dna"], "no label of its own"


def test_an_input_cannot_be_a_repeated_stain(cells):
    cells.document["fields"][0]["images"]["phase_repeat"] = cells.image("again.tif")
    with pytest.raises(ZooError, match=r"fields\[monday1\].images.phase_repeat: unknown field"):
        cells.dataset().fields("train")
