"""A film of volumes: predicted, opened by the reference reader of OME-Zarr, and watched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from zoo.film import COLOURS, Look, frames, looks
from zoo.images import write_image
from zoo.normalization import Normalization
from zoo.types import Channel, Structure

LABELS = tuple(
    Channel(name=name, structure=structure)
    for name, structure in (("dna", Structure.NUCLEUS), ("membrane", Structure.MEMBRANE))
)


def test_a_predicted_film_of_volumes_opens_in_the_reference_reader_and_can_be_watched(
    zoo, packer, tmp_path: Path
) -> None:
    """Several structures from one stack, over time: one image with axes t, c, z, y, x."""
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    constants = Normalization("training", (1000.0, 500.0), (100.0, 50.0))
    model = packer.pack(packer.volume, outputs=LABELS, target_normalization=constants).package
    stack = np.random.default_rng(0).normal(1000, 100, (3, 6, 20, 24)).astype(np.uint16)
    film = write_image(
        xr.DataArray(stack, dims=("t", "z", "y", "x")), tmp_path / "film.ome.zarr", pixel_size=0.3, z_step=1.5
    )
    assert zoo("predict", model.path, film, "-o", tmp_path / "stained").status == 0
    (node,) = Reader(parse_url(tmp_path / "stained" / "film.ome.zarr"))()
    assert node.data[0].shape == (3, 2, 6, 20, 24)
    assert [axis["name"] for axis in node.metadata["axes"]] == ["t", "c", "z", "y", "x"]
    assert node.metadata["channel_names"] == ["dna", "membrane"]
    (scale,) = node.metadata["coordinateTransformations"][0]
    assert scale["scale"] == [1.0, 1.0, 1.5, 0.3, 0.3]
    for suffix in (".gif", ".webp", ".png"):
        out = tmp_path / f"film{suffix}"
        ran = zoo("film", tmp_path / "stained" / "film.ome.zarr", "-o", out, "--rate", 4)
        assert ran.status == 0, ran.err
        assert ran.out.startswith(f"{out}: 3 frames of dna ")
        with Image.open(out) as opened:
            assert (opened.n_frames, opened.size) == (3, (24, 20))
            opened.seek(1)
            opened.load()
            assert opened.info["duration"] == 250


def image(*shape: int, dims: str, names: tuple[str, ...] = ("dna", "membrane")) -> xr.DataArray:
    pixels = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return xr.DataArray(pixels, dims=list(dims), coords={"c": list(names)})


def test_one_range_holds_for_all_frames() -> None:
    film = image(4, 2, 30, 40, dims="tcyx")
    first, second = looks(film)
    assert (first.channel, first.colour, second.colour) == ("dna", COLOURS["blue"], COLOURS["green"])
    assert (first.low, first.high) == pytest.approx(np.percentile(film[:, 0], [1, 99.8]), rel=1e-3)
    shown = [frame.astype(int).sum() for frame in frames(film, (first, second))]
    assert shown == sorted(shown)
    assert shown[0] < shown[-1] / 4


def test_colours_add_up_and_a_stack_shows_its_brightest_plane() -> None:
    film = xr.DataArray(np.zeros((1, 2, 3, 1, 2), np.float32), dims=list("tczyx"), coords={"c": ["dna", "membrane"]})
    film[0, 0, 1, 0, 0] = 10
    film[0, 1, 2, 0, 1] = 5
    (frame,) = frames(film, (Look("dna", (1.0, 0.0, 0.0), 0, 10), Look("membrane", (0.0, 1.0, 1.0), 0, 10)))
    assert frame.tolist() == [[[255, 0, 0], [0, 127, 127]]]


def test_without_time_a_film_goes_through_depth() -> None:
    stack = image(2, 5, 6, 7, dims="czyx")
    assert len(list(frames(stack, looks(stack)))) == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--channels", "red"), "no channel 'red'; there are dna, membrane\n  hint: --channels dna,membrane"),
        (("--colour", "dna=pink"), "no colour 'pink'; there are blue, green, magenta, yellow, cyan, red, grey"),
        (("--colour", "dna"), "--colour dna: expected CHANNEL=VALUE\n  hint: zoo film --help"),
        (("--range", "dna=5"), "--range dna=5: expected LOW:HIGH\n  hint: --range dna=100:2000"),
        (("--range", "dna=5:2"), "--range dna=5:2: LOW is not below HIGH\n  hint: --range dna=100:2000"),
    ],
)
def test_what_cannot_be_shown_is_named(zoo, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    path = write_image(image(2, 2, 6, 7, dims="tcyx"), tmp_path / "a.ome.tif")
    ran = zoo("film", path, "-o", tmp_path / "a.gif", *words)
    assert ran.status == 2
    assert ran.err.startswith(f"zoo: {message}")


def test_a_picture_is_no_film_and_a_film_no_tiff(zoo, tmp_path: Path) -> None:
    flat = write_image(image(2, 6, 7, dims="cyx"), tmp_path / "flat.ome.tif")
    ran = zoo("film", flat, "-o", tmp_path / "a.gif")
    assert ran.err == "zoo: a single plane is no film\n  hint: predict a time-lapse or a stack\n"
    film = write_image(image(2, 2, 6, 7, dims="tcyx"), tmp_path / "film.ome.tif")
    ran = zoo("film", film, "-o", tmp_path / "a.mp4")
    assert ran.err == (
        f"zoo: {tmp_path / 'a.mp4'}: found suffix '.mp4', expected .gif, .png, .webp\n  hint: -o {tmp_path / 'a.gif'}\n"
    )
    assert list(tmp_path.glob(".a*")) == []
