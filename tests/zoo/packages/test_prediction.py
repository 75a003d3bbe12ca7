"""Fields and files in, predicted stains out: planes, times, pixel sizes, names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from zoo.errors import ZooError
from zoo.images import read_image, write_image
from zoo.matching import Match
from zoo.package import read, with_channels
from zoo.prediction import predict_field, predict_files
from zoo.runtime import open_model
from zoo.types import Channel, Modality, Structure

STACK = Channel(name="stack", modality=Modality.BRIGHTFIELD, planes=3, pixel_size=0.3, z_step=1.0)
LABELS = (Channel(name="yfp", structure=Structure.CYTOPLASM), Channel(name="dapi", structure=Structure.NUCLEUS))


def counts(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(1000, 100, shape).astype(np.uint16)


def image(*shape: int, dims: str, **attrs: float) -> xr.DataArray:
    return xr.DataArray(counts(*shape), dims=list(dims), attrs=attrs)


@pytest.fixture(scope="module")
def model(packed):
    with open_model(packed.package, format="onnx") as opened:
        yield opened


@pytest.fixture(scope="module")
def planes_model(kinds):
    with open_model(kinds.get("several").package, format="onnx") as opened:
        yield opened


@pytest.fixture(scope="module")
def volume_model(kinds):
    with open_model(kinds.get("volume").package, format="onnx") as opened:
        yield opened


def test_a_field_gets_the_labels_of_the_dataset_on_the_grid_of_its_input(model) -> None:
    field = xr.Dataset(
        {
            "bf": image(40, 50, dims="yx"),
            "stain": image(40, 50, dims="yx"),
            "valid": (("y", "x"), np.ones((40, 50), bool)),
        },
        attrs={"field": "f1", "pixel_size": 0.16},
    )
    found = predict_field(model, field, Match({"phase": "bf"}, {"yfp": "stain"}))
    assert set(found.data_vars) == {"stain"}
    assert found["stain"].dims == ("y", "x")
    assert found["stain"].dtype == np.float32
    assert found.attrs == {"field": "f1", "pixel_size": 0.16, "model": "small@cells"}
    expected = model.predict({"input": field["bf"].to_numpy()[None]})["output"][0]
    np.testing.assert_array_equal(found["stain"], expected)


def test_planes_are_channels_and_several_labels_come_out(planes_model) -> None:
    field = xr.Dataset({"bf": image(3, 40, 50, dims="zyx"), "shear": image(40, 50, dims="yx")})
    match = Match({"stack": "bf", "dic": "shear"}, {"dapi": "nuclei", "yfp": "cells"})
    found = predict_field(planes_model, field, match)
    together = np.concatenate([field["bf"].to_numpy(), field["shear"].to_numpy()[None]])
    expected = planes_model.predict({"input": together})["output"]
    np.testing.assert_array_equal(found["cells"], expected[0])
    np.testing.assert_array_equal(found["nuclei"], expected[1])
    assert found["nuclei"].dims == ("y", "x")


def test_stacks_of_different_height_lie_each_on_a_z_of_its_own(planes_model) -> None:
    plain = xr.Dataset({"bf": image(3, 40, 50, dims="zyx"), "shear": image(40, 50, dims="yx")})
    own = plain.rename(z="z_bf").assign(tall=(("z_tall", "y", "x"), counts(5, 40, 50)), level=("cell", [0.5, 1.0]))
    match = Match({"stack": "bf", "dic": "shear"}, {"dapi": "nuclei"})
    xr.testing.assert_equal(predict_field(planes_model, own, match), predict_field(planes_model, plain, match))


def test_a_net_over_stacks_returns_stacks(volume_model) -> None:
    field = xr.Dataset({"bf": image(9, 40, 50, dims="zyx")})
    found = predict_field(volume_model, field, Match({"stack": "bf"}, {"yfp": "stain"}))
    assert found["stain"].dims == ("z", "y", "x")
    assert found["stain"].shape == (9, 40, 50)


def test_times_are_predicted_one_by_one(model) -> None:
    field = xr.Dataset({"bf": image(2, 40, 50, dims="tyx")})
    found = predict_field(model, field, Match({"phase": "bf"}, {"yfp": "stain"}))["stain"]
    assert found.dims == ("t", "y", "x")
    second = model.predict({"input": field["bf"].to_numpy()[1:]})["output"][0]
    np.testing.assert_array_equal(found[1], second)


def test_other_pixel_sizes_are_resampled_there_and_back(foreign) -> None:
    axes = [{"type": "batch"}, {"type": "channel", "channel_names": ["a"]}]
    given = [*axes, *({"type": "space", "id": axis, "size": {"min": 8, "step": 1}} for axis in "yx")]
    found = [*axes, *({"type": "space", "id": axis, "size": {"tensor_id": "a", "axis_id": axis}} for axis in "yx")]
    content = foreign.description([{"id": "a", "axes": given}], [{"id": "b", "axes": found}])
    widest = {"kernel_shape": [9, 9], "pads": [4, 4, 4, 4]}
    path = foreign.write("widen", [("MaxPool", ["input"], ["output"], widest)], content)
    package = with_channels(read(path), {"a": "bf", "b": "yfp"}, [replace(STACK, name="bf", planes=1), LABELS[0]])
    spot = np.zeros((41, 61), np.float32)
    spot[20, 30] = 100
    with open_model(package) as model:
        for zoom, width in ((1.0, 9), (2.0, 5), (0.5, 19)):
            field = xr.Dataset({"bf": (("y", "x"), spot)})
            stain = predict_field(model, field, Match({"bf": "bf"}, {"yfp": "stain"}, zoom))["stain"].to_numpy()
            assert stain.shape == spot.shape
            wide = np.flatnonzero(stain[20] > stain.max() / 2)
            assert abs(len(wide) - width) <= 2
            assert abs(wide.mean() - 30) <= 1


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"phas": image(40, 50, dims="yx")}, "field 'f1' has no channel 'bf'; it has phas"),
        (
            {"bf": image(5, 40, 50, dims="zyx"), "shear": image(40, 50, dims="yx")},
            "field 'f1': channel 'stack' has 5 planes, the model needs 3",
        ),
    ],
)
def test_fields_that_do_not_fit_are_named(planes_model, variables: dict[str, Any], message: str) -> None:
    field = xr.Dataset(variables, attrs={"field": "f1"})
    with pytest.raises(ZooError) as caught:
        predict_field(planes_model, field, Match({"stack": "bf", "dic": "shear"}, {"yfp": "stain"}))
    assert caught.value.message == message


@pytest.mark.parametrize("suffix", [".ome.tif", ".ome.zarr"])
def test_files_keep_channel_names_and_pixel_sizes(model, tmp_path: Path, suffix: str) -> None:
    given = image(2, 40, 50, dims="cyx").assign_coords(c=["other", "phase"])
    path = write_image(given, tmp_path / f"cells{suffix}", pixel_size=0.16)
    (outcome,) = predict_files(model, [path], tmp_path / "out", {})
    assert outcome.error is None
    assert outcome.output == tmp_path / "out" / f"cells{suffix}"
    found = read_image(outcome.output)
    assert np.atleast_1d(found.coords["c"].values).tolist() == ["yfp"]
    assert found.attrs["pixel_size"] == pytest.approx(0.16)
    expected = model.predict({"input": given.to_numpy()[1:]})["output"]
    np.testing.assert_array_equal(found.to_numpy().reshape(expected.shape), expected)


def test_a_stack_is_predicted_plane_by_plane_by_a_net_over_single_planes(model, tmp_path: Path) -> None:
    given = image(4, 40, 50, dims="zyx")
    path = write_image(given, tmp_path / "cells.ome.tif", pixel_size=0.16, z_step=1.0)
    (outcome,) = predict_files(model, [path], tmp_path / "stained.ome.tif", {})
    assert outcome.output == tmp_path / "stained.ome.tif"
    found = read_image(outcome.output).squeeze(drop=True)
    assert found.dims == ("z", "y", "x")
    third = model.predict({"input": given.to_numpy()[2:3]})["output"][0]
    np.testing.assert_array_equal(found[2], third)


def test_one_broken_image_is_named_and_the_rest_go_on(model, tmp_path: Path) -> None:
    good = write_image(image(40, 50, dims="yx"), tmp_path / "good.tif", pixel_size=0.16)
    cut = tmp_path / "cut.tif"
    cut.write_bytes(good.read_bytes()[:300])
    far = write_image(image(40, 50, dims="yx"), tmp_path / "far.ome.tif", pixel_size=2.0)
    outcomes = list(predict_files(model, [cut, tmp_path / "none.tif", far, good], tmp_path / "out", {}))
    assert [outcome.output is not None for outcome in outcomes] == [False, False, False, True]
    errors = [outcome.error.message for outcome in outcomes[:3] if outcome.error]
    assert errors[0].startswith(f"{cut}: ")
    assert errors[1] == f"{tmp_path / 'none.tif'}: no such file"
    assert errors[2].startswith(f"{far}: pixel size of 'phase' is 2 µm, the model was trained at 0.16 µm")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({}, "no telling which channel is 'phase'; it has a, b"),
        ({"phase": "c"}, "no channel 'c'; it has a, b"),
        ({"phase": "2"}, "no channel '2'; it has a, b"),
    ],
)
def test_channels_that_cannot_be_told_are_asked_for(model, tmp_path: Path, mapping: Any, message: str) -> None:
    given = image(2, 40, 50, dims="cyx").assign_coords(c=["a", "b"])
    path = write_image(given, tmp_path / "cells.ome.tif")
    (outcome,) = predict_files(model, [path], tmp_path / "out", mapping)
    assert outcome.error is not None
    assert outcome.error.message == f"{path}: {message}"
    assert outcome.error.hint == "say which it is, by name or index: --map phase=0"


def test_channels_are_mapped_by_name_or_index(model, tmp_path: Path) -> None:
    given = image(2, 40, 50, dims="cyx").assign_coords(c=["a", "b"])
    path = write_image(given, tmp_path / "cells.ome.tif")
    found = []
    for told in ("b", "1"):
        (outcome,) = predict_files(model, [path], tmp_path / f"out{told}", {"phase": told})
        assert outcome.output is not None
        found.append(read_image(outcome.output).to_numpy())
    np.testing.assert_array_equal(*found)


def test_nothing_is_overwritten_by_accident(model, tmp_path: Path) -> None:
    path = write_image(image(40, 50, dims="yx"), tmp_path / "cells.ome.tif")
    with pytest.raises(ZooError, match="would overwrite an image that is to be read"):
        list(predict_files(model, [path], tmp_path, {}))
    other = tmp_path / "more" / "cells.png"
    with pytest.raises(ZooError) as caught:
        list(predict_files(model, [path, other], tmp_path / "out", {}))
    output = tmp_path / "out" / "cells.ome.tif"
    assert caught.value.message == f"{output}: two images would be written there, {path} and {other}"
    assert caught.value.hint == "rename one of them, or predict it into a folder of its own: -o"
    with pytest.raises(ZooError, match="--map names the channel 'dic'; the model has phase"):
        list(predict_files(model, [path], tmp_path / "out", {"dic": "0"}))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_prediction_that_no_image_can_hold_is_refused_before_anything_is_predicted(
    model, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"stained{suffix}"
    with pytest.raises(ZooError) as caught:
        next(predict_files(model, [tmp_path / "none.tif"], out, {}))
    assert caught.value.message == f"{out}: found suffix {suffix!r}, expected .ome.tif or .ome.zarr"
    assert caught.value.hint == f"-o {tmp_path / 'stained.ome.tif'}, or a folder that exists"


def test_what_the_net_refuses_is_told_with_the_name_of_the_image(model, tmp_path: Path) -> None:
    holes = image(40, 50, dims="yx").astype(np.float32)
    holes[0, :3] = np.nan
    path = write_image(holes, tmp_path / "holes.ome.tif", pixel_size=0.16)
    (outcome,) = predict_files(model, [path], tmp_path / "out", {})
    assert outcome.error is not None
    assert outcome.error.message.startswith(f"{path}: {model.package.path}: ")
    assert outcome.error.message.endswith("3 of 2000 pixels are NaN or infinite")
    assert outcome.error.hint == "crop the image, or fill them"


def test_a_folder_that_cannot_be_made_is_named(model, tmp_path: Path) -> None:
    path = write_image(image(40, 50, dims="yx"), tmp_path / "cells.ome.tif")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ZooError) as caught:
        list(predict_files(model, [path], tmp_path / "file" / "out", {}))
    assert (
        caught.value.message == f"{tmp_path / 'file' / 'out'}: cannot make the folder for predictions: Not a directory"
    )
