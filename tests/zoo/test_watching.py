"""A folder that somebody writes to while it is watched."""

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.watching import Arrival, arrivals


def until_idle(watched, seconds=0.3):
    """Names of what arrives until nothing comes for a while."""
    found, last = [], time.monotonic()
    while time.monotonic() - last < seconds:
        arrival = next(watched)
        if isinstance(arrival, Arrival):
            found.append(arrival.image.name)
            last = time.monotonic()
    return found


def test_images_arrive_once_and_nothing_else_does(tmp_path: Path):
    for name in ("b.tif", "a.png", "notes.txt", ".b.tif.part.tif", "c.OME.TIF"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "d.ome.zarr" / "0").mkdir(parents=True)
    (tmp_path / "d.ome.zarr" / "0" / "0").write_bytes(b"x")
    (tmp_path / "folder.tif").mkdir()
    assert until_idle(arrivals(tmp_path, settle=0.1)) == ["a.png", "b.tif", "c.OME.TIF", "d.ome.zarr"]


def test_what_still_grows_waits(tmp_path: Path):
    watched, path = arrivals(tmp_path, settle=0.25), tmp_path / "a.tif"
    for size in range(1, 9):
        path.write_bytes(b"x" * size)
        time.sleep(0.06)
        assert next(watched) is None
    written = time.monotonic()
    arrival = next(found for found in watched if found)
    assert arrival.image == path
    assert time.monotonic() - written >= 0.1
    assert arrival.changed <= written


def test_a_folder_that_still_grows_waits(tmp_path: Path):
    watched, chunks = arrivals(tmp_path, settle=0.25), tmp_path / "a.zarr" / "0" / "c"
    chunks.mkdir(parents=True)
    for number in range(6):
        (chunks / str(number)).write_bytes(b"chunk")
        time.sleep(0.06)
        assert next(watched) is None
    assert until_idle(watched) == ["a.zarr"]


def test_what_is_moved_into_place_or_changed_arrives_again(tmp_path: Path):
    folder = tmp_path / "watched"
    folder.mkdir()
    watched = arrivals(folder, settle=0.05)
    for content in (b"first", b"second"):
        (tmp_path / "part").write_bytes(content)
        (tmp_path / "part").replace(folder / "a.tif")
        assert until_idle(watched) == ["a.tif"]
    assert until_idle(watched) == []


def test_what_goes_before_it_is_complete_never_arrives(tmp_path: Path):
    watched = arrivals(tmp_path, settle=0.2)
    (tmp_path / "a.tif").write_bytes(b"x")
    assert next(watched) is None
    (tmp_path / "a.tif").unlink()
    assert until_idle(watched) == []


def test_without_a_folder_there_is_nothing_to_watch(tmp_path: Path):
    with pytest.raises(ZooError) as raised:
        next(arrivals(tmp_path / "none", settle=0))
    assert str(raised.value) == (
        f"{tmp_path / 'none'}: no such folder\n  hint: name the folder that the microscope writes to"
    )


def test_without_settling_all_comes_at_the_first_look(tmp_path: Path):
    shutil.copy(__file__, tmp_path / "a.tif")
    (first,) = itertools.islice(arrivals(tmp_path, settle=0), 1)
    assert first is not None
    assert first.image.name == "a.tif"
