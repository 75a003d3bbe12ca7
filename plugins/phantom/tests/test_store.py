"""A field on disk: what was recorded comes back, other software reads it, and no damage goes unnoticed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader

from unstained_phantom import acquisition, store
from unstained_phantom.channels import LABELS, channels
from zoo.data.fields import image
from zoo.types import inputs_of, labels_of


def _made(folder, plan, name):
    scene = plan.scenes[name]
    path = folder / "field.zarr"
    recording = acquisition.acquire(scene, plan)
    store.write(path, recording, scene, plan)
    return recording, path


@pytest.fixture(scope="module")
def made(tmp_path_factory, plan):
    """A field, as it was recorded and as it is stored."""
    return _made(tmp_path_factory.mktemp("store"), plan, "insert-lipid-1-edited")


@pytest.fixture(scope="module")
def volume(tmp_path_factory, volume_plan):
    return _made(tmp_path_factory.mktemp("store"), volume_plan, "train-01-1")


@pytest.fixture
def stored(made, tmp_path):
    """A copy of the field that a test may spoil."""
    path = tmp_path / "field.zarr"
    shutil.copytree(made[1], path)
    return path


def read(path, plan):
    return store.read(path, plan.microscope, volume=plan.volume)


def test_every_channel_comes_back_as_it_was_recorded(made, plan):
    recording, path = made
    opened = read(path, plan)
    assert np.array_equal(image(opened, "brightfield7"), recording.stack)
    assert np.array_equal(opened["brightfield"], recording.stack[3])
    for name, pixels in recording.single.items():
        assert opened[name].dtype == pixels.dtype == (np.float32 if name == "phase" else np.uint16)
        assert np.array_equal(opened[name], pixels)
    for place, label in enumerate(LABELS):
        assert np.array_equal(opened[label], recording.labels[place])
        assert np.array_equal(opened[f"{label}_repeat"], recording.repeats[place])
        assert np.array_equal(opened[f"{label}_clean"], recording.clean[place])
        assert (opened[label].dtype, opened[f"{label}_clean"].dtype) == (np.uint16, np.float32)
    for name in ("cells", "nuclei"):
        assert np.array_equal(opened[name], recording.masks[name])
        assert opened[name].dtype == np.uint16


def test_a_field_has_every_channel_of_the_dataset_with_its_planes(made, volume, plan, volume_plan):
    for chosen, path in ((plan, made[1]), (volume_plan, volume[1])):
        opened = read(path, chosen)
        described = channels(chosen.microscope, volume=chosen.volume)
        assert len(list(labels_of(described))) == 10
        assert len(list(inputs_of(described))) == (1 if chosen.volume else 5)
        for channel in described:
            found = image(opened, channel.name)
            assert found.dims == (("z", "y", "x") if channel.planes > 1 else ("y", "x"))
            assert found.sizes.get("z", 1) == channel.planes
            assert found.shape[-2:] == chosen.size


def test_no_pixel_is_read_before_it_is_asked_for(stored, plan):
    opened = read(stored, plan)
    shutil.rmtree(stored / "brightfield" / "0" / "c")
    assert opened["dic"].values.any()
    assert not opened["brightfield"].values.any(), "a chunk that is not there is empty"


def test_a_field_knows_its_cells_its_place_and_where_it_was_edited(made, plan):
    recording, path = made
    opened = read(path, plan)
    assert opened["cell"].values.tolist() == [cell.id for cell in recording.cells]
    assert opened["state"].values.tolist() == [cell.state for cell in recording.cells]
    assert opened["preset"].values.tolist() == [cell.preset for cell in recording.cells]
    for name in ("level", "nucleus_volume", "cytoplasm_dry_mass", "column_dry_mass"):
        assert opened[name].dims == ("cell",)
        assert opened[name].values.tolist() == [getattr(cell, name) for cell in recording.cells]
    assert set(np.unique(opened["cells"])) - {0} <= set(opened["cell"].values)
    assert opened["edited"].dtype == np.bool_
    assert np.array_equal(opened["edited"], recording.masks["edited"])
    assert opened["valid"].values.all()
    assert opened["phase"].attrs["wavelength"] == 0.55
    assert (opened["phase"].attrs["nucleus_increment"], opened["phase"].attrs["cytoplasm_increment"]) == (0.185, 0.19)
    facts = {"field": "insert-lipid-1-edited", "session": "insert-lipid-1", "condition": "insert lipid"}
    assert opened.attrs == {**facts, "dataset": plan.digest, "pixel_size": 0.325, "z_step": 1.0}


def test_a_field_without_cells_is_stored_and_read(tmp_path, plan):
    _, path = _made(tmp_path, plan, "empty-1-1")
    opened = read(path, plan).load()
    assert opened.sizes["cell"] == 0
    assert not opened["cells"].any()
    assert "edited" not in opened


def test_the_ome_zarr_library_reads_every_image_with_its_scale(made, volume):
    for (recording, path), names in ((made, ("phase-contrast", "dic", "phase")), (volume, ())):
        for name in ("brightfield", *names, "labels", "repeats", "clean"):
            found = _read_by_others(path / name)
            expected = {"brightfield": recording.stack, **recording.single}.get(name)
            pixels = getattr(recording, name) if expected is None else expected
            assert np.array_equal(np.asarray(found.data[0]), pixels)
            scales = found.metadata["coordinateTransformations"][0][0]["scale"]
            assert scales[-2:] == [0.325, 0.325] or scales[-3:] == [1.0, 0.29, 0.29]


def _read_by_others(path: Path):
    location = parse_url(path)
    assert location is not None
    (node,) = (node for node in Reader(location)() if Path(node.zarr.basename()).name == path.name)
    return node


def test_the_ome_zarr_library_finds_the_masks(made):
    recording, path = made
    nodes = list(Reader(parse_url(path / "brightfield"))())
    found = {node.zarr.basename(): node for node in nodes if node.zarr.basename() in recording.masks}
    assert set(found) == {"cells", "nuclei", "edited"}, "masks are listed beside the image that they belong to"
    for name, mask in recording.masks.items():
        assert np.array_equal(np.asarray(found[name].data[0]), mask)


def test_any_changed_byte_is_noticed(stored, plan):
    files = [path for path in sorted(stored.rglob("*")) if path.is_file() and path != stored / "zarr.json"]
    assert len(files) > 15
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(store.Damaged, match="is not what was written"):
            read(stored, plan)
        path.write_bytes(whole)
    assert read(stored, plan).sizes["y"] == 64


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: (path / "dic" / "0" / "zarr.json").unlink(),
        lambda path: shutil.rmtree(path / "labels"),
        lambda path: (path / "zarr.json").unlink(),
        lambda path: (path / "zarr.json").write_text("{"),
        lambda path: (path / "zarr.json").write_text('{"attributes": {}}'),
        lambda path: (path / "zarr.json").write_text((path / "zarr.json").read_text().replace("alive", "brave")),
    ],
    ids=["array", "image", "group", "json", "attributes", "facts"],
)
def test_what_is_missing_or_wrong_is_noticed(stored, plan, spoil):
    read(stored, plan)
    spoil(stored)
    with pytest.raises(store.Damaged, match=r"field\.zarr: "):
        read(stored, plan)


def test_the_field_of_another_process_is_kept_and_nothing_is_left_behind(made, plan, tmp_path):
    recording, _ = made
    scene = plan.scenes["insert-lipid-1-edited"]
    path = tmp_path / "field.zarr"
    store.write(path, recording, scene, plan)
    first = read(path, plan)["dic"].to_numpy()
    store.write(path, replace(recording, single={**recording.single, "dic": first + 1}), scene, plan)
    assert np.array_equal(read(path, plan)["dic"], first)
    assert [found.name for found in tmp_path.iterdir()] == ["field.zarr"]


def test_a_field_is_taken_away_once_and_for_all(stored):
    store.remove(stored)
    store.remove(stored)
    assert list(stored.parent.iterdir()) == []


def test_no_room_on_the_disk_is_told_and_leaves_nothing_behind(tmp_path):
    program = (
        "import resource, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from conftest import bare_plan; from unstained_phantom import production\n"
        "plan = bare_plan(); folder = Path(sys.argv[2])\n"
        "production.make(plan, 'empty-1-1', folder)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "production.make(plan, 'test-01-1', folder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    *_, message, hint = done.stderr.strip().splitlines()
    assert f"{tmp_path / 'test-01-1.zarr'}: cannot be written (File too large)" in message
    assert hint.strip() == "hint: make room, or choose another cache folder with ZOO_CACHE; finished fields are kept"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".locks") == ["empty-1-1.zarr"]
