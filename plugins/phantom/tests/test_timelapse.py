"""A dish over time: one image of each input and one of all stains, which others open and films are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from PIL import Image
from typer.testing import CliRunner

from unstained_phantom import acquisition, timelapse
from unstained_phantom.channels import LABELS
from unstained_phantom.commands import app
from unstained_phantom.order import Order
from zoo.errors import ZooError
from zoo.film import frames, looks, write
from zoo.images import read_image


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def plan(volume_plan):
    return replace(volume_plan, size=(32, 32), shifted=1)


@pytest.fixture(scope="module")
def dish(plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("timelapse") / "dish"
    made = timelapse.make(plan, 2, out, quiet, processes=1)
    assert made == timelapse.Timelapse(
        inputs=(out / "brightfield.ome.zarr",), stains=out / "stains.ome.zarr", frames=12, rate=0.03
    )
    return out


def test_stacks_over_time_open_in_the_reference_reader(dish):
    for name, shape in (("brightfield", (12, 8, 32, 32)), ("stains", (12, 10, 8, 32, 32))):
        (node,) = Reader(parse_url(dish / f"{name}.ome.zarr"))()
        assert node.data[0].shape == shape
        assert [axis["name"] for axis in node.metadata["axes"]] == [*("tczyx" if len(shape) == 5 else "tzyx")]
        (scale,) = node.metadata["coordinateTransformations"][0]
        assert scale["scale"][-3:] == [1.0, 0.29, 0.29]
    assert node.metadata["channel_names"] == list(LABELS)


def test_frames_are_the_fields_of_the_plan_and_cells_grow(dish, plan):
    light, stains = (read_image(dish / f"{name}.ome.zarr") for name in ("brightfield", "stains"))
    recording = acquisition.acquire(plan.scenes["dish-2-h22"], plan)
    np.testing.assert_array_equal(light[-1], recording.stack)
    np.testing.assert_array_equal(stains[-1], recording.labels)
    inside = stains.sel(c="cytoplasm") > 150
    assert inside[-1].sum() > inside[0].sum() > 0


def test_a_film_of_the_stains_can_be_watched(dish, tmp_path):
    image = read_image(dish / "stains.ome.zarr")
    shown = looks(image, ("dna", "membrane"))
    assert write(frames(image, shown), tmp_path / "dish.webp", rate=4) == 12
    with Image.open(tmp_path / "dish.webp") as film:
        assert film.n_frames == 12
        assert film.convert("L").getextrema()[1] > 100


def test_nothing_is_left_over_and_nothing_is_overwritten(dish, plan):
    assert sorted(inner.name for inner in dish.iterdir()) == ["brightfield.ome.zarr", "stains.ome.zarr"]
    with pytest.raises(ZooError) as caught:
        timelapse.make(plan, 2, dish, quiet, processes=1)
    assert caught.value.message == f"{dish}: the folder is not empty"
    assert caught.value.hint == "name a new one; only what was interrupted is gone on with"


def test_an_interrupted_one_is_gone_on_with(plan, tmp_path, monkeypatch):
    made = []

    def stopped(plan, names, folder, told, *, processes):
        made.append(names)
        raise KeyboardInterrupt

    monkeypatch.setattr(timelapse.production, "produce", stopped)
    (tmp_path / ".making" / plan.digest / "dish-1-h00.zarr").mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        timelapse.make(plan, 1, tmp_path, quiet, processes=1)
    assert made == [[f"dish-1-h{hour:02d}" for hour in range(2, 24, 2)]]


def test_what_cannot_be_made_is_refused(plan, tmp_path):
    (tmp_path / "file").touch()
    for number, out, message in (
        (3, tmp_path / "dish", "--dish 3: expected 1 to 2"),
        (1, tmp_path / "file", f"{tmp_path / 'file'}: is no folder"),
    ):
        with pytest.raises(ZooError) as caught:
            timelapse.make(plan, number, out, quiet, processes=1)
        assert caught.value.message == message
    ran = CliRunner().invoke(app, ["timelapse", str(tmp_path / "dish"), "--size", "9"])
    assert ran.exception.message == "--size 9: expected 32 to 2048 pixels"


def test_planes_in_every_modality_grow_alike():
    plan = timelapse.planned(Order(size=64, preset="default"), "a")
    assert [scene.population.growth_rate for scene in plan.scenes.values() if scene.session == "dish-1"] == [0.018] * 12
