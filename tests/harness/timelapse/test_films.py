"""Films out of files and folders, and what is refused."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import tifffile
import xarray as xr

from harness.timelapse.films import read_film
from zoo.errors import ZooError
from zoo.images import write_image

PHASE = np.random.default_rng(0).normal(1, 0.1, (3, 20, 30)).astype(np.float32)
COUNTS = """\
{path}: pixels of type uint16, expected phase in radians as floating-point numbers
  hint: convert counts to radians first; bright field or phase contrast holds no phase to be weighed"""
read = partial(read_film, channel="", pixel_size=None, interval=2.0)


def test_a_file_a_folder_and_a_channel_hold_the_same_film(tmp_path):
    film = xr.DataArray(PHASE, dims=("t", "y", "x"))
    both = xr.concat([film + 5, film], xr.Variable("c", ["other", "phase"]))
    whole = write_image(film, tmp_path / "film.ome.zarr", pixel_size=0.5)
    among = write_image(both, tmp_path / "both.ome.tif", pixel_size=0.5)
    (tmp_path / "frames").mkdir()
    for index, frame in enumerate(PHASE):
        write_image(film[index], tmp_path / "frames" / f"h{5 * index}.ome.tif", pixel_size=0.5)
        assert frame.shape == (20, 30)
    for found in (read(whole), read(among, channel="phase"), read(among, channel="1"), read(tmp_path / "frames")):
        np.testing.assert_array_equal(found.phase, PHASE)
        assert (found.pixel_size, found.hours.tolist()) == (0.5, [0.0, 2.0, 4.0])


def test_what_is_told_goes_before_what_the_file_says(tmp_path):
    path = write_image(xr.DataArray(PHASE[0], dims=("y", "x")), tmp_path / "a.ome.tif", pixel_size=0.5)
    assert read(path, pixel_size=0.25, interval=None).pixel_size == 0.25
    assert read(path, interval=None).hours.tolist() == [0.0]


def written(path, pixels, dims="tyx", **options):
    return write_image(xr.DataArray(pixels, dims=list(dims), **options), path)


@pytest.mark.parametrize(
    ("pixels", "options", "message"),
    [
        (
            (PHASE * 1000).astype(np.uint16),
            {},
            COUNTS,
        ),
        (
            PHASE,
            {},
            "{path}: does not say how large a pixel is\n  hint: for example --pixel-size 0.325",
        ),
        (
            np.where(PHASE > 1, np.nan, PHASE),
            {"pixel_size": 1.0},
            f"{{path}}: {(PHASE > 1).sum()} of 1800 pixels are NaN or infinite\n  hint: crop the images, or fill them",
        ),
        (
            PHASE,
            {"pixel_size": 1.0, "interval": None},
            "{path}: 3 frames, and nobody says when\n  hint: hours between two: --interval 2",
        ),
    ],
)
def test_what_cannot_be_weighed_is_said(tmp_path, pixels, options, message):
    path = written(tmp_path / "a.ome.tif", pixels)
    with pytest.raises(ZooError) as raised:
        read(path, **options)
    assert str(raised.value) == message.format(path=path)


def test_stacks_unnamed_channels_and_mixed_folders_are_refused(tmp_path):
    stack = written(tmp_path / "stack.ome.tif", PHASE, "zyx")
    with pytest.raises(ZooError, match="a stack of 3 planes, expected one plane for each time point"):
        read(stack)
    two = written(tmp_path / "two.ome.tif", PHASE[:2], "cyx")
    with pytest.raises(ZooError) as raised:
        read(two)
    assert str(raised.value) == (
        f"{two}: no telling which channel is meant; it has 2 without names\n  hint: name or index: --channel 0"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ZooError, match="holds no images"):
        read(folder)
    tifffile.imwrite(folder / "a1.tif", PHASE[0])
    tifffile.imwrite(folder / "a2.tif", PHASE[1, :10])
    with pytest.raises(ZooError) as raised:
        read(folder)
    assert str(raised.value) == (
        f"{folder / 'a2.tif'}: has shape (1, 10, 30), expected (1, 20, 30) as a1.tif\n"
        "  hint: leave in the folder what belongs to one time-lapse"
    )
