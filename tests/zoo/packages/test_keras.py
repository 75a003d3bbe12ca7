"""A net in Keras: packed, tested and run in processes that never see torch."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from zoo import weights
from zoo.errors import ZooError
from zoo.export import export
from zoo.normalization import Normalization
from zoo.runtime import isolated, open_model
from zoo.runtime.model import Remote
from zoo.types import Architecture, Channel, Citation, Framework, Modality, Structure
from zoo.weights import Header, Weights

NET = """
import keras


def build(in_channels, out_channels, *, width):
    given = keras.Input((None, None, in_channels), name="input")
    first = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name="first")(given)
    down = keras.layers.Conv2D(2 * width, 2, strides=2, activation="relu", name="down")(first)
    up = keras.layers.Conv2DTranspose(width, 2, strides=2, name="up")(down)
    both = keras.layers.Concatenate(name="both")([first, up])
    return keras.Model(given, keras.layers.Conv2D(out_channels, 1, name="last")(both), name="small")


def build_sure(in_channels, out_channels, *, width):
    given = keras.Input((None, None, in_channels), name="input")
    first = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name="first")(given)
    means = keras.layers.Conv2D(out_channels, 1, name="means")(first)
    said = keras.layers.Conv2D(3 * out_channels, 1, activation="sigmoid", name="said")(first)
    return keras.Model(given, keras.layers.Concatenate(name="both")([means, said]), name="sure")
"""
SMALL = Architecture(
    id="small-keras",
    title="Small U-Net in Keras",
    framework=Framework.TENSORFLOW,
    build="small_keras:build",
    presets={},
    divisor=2,
    halo=4,
    cite=(Citation(text="Somebody 2020", url="https://example.org"),),
)
HEADER = Header(
    id="small-keras@cells",
    title="Small net in Keras",
    architecture="small-keras",
    preset="lite",
    options={"width": 4},
    framework=Framework.TENSORFLOW,
    inputs=(Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=0.16),),
    outputs=(
        Channel(name="yfp", structure=Structure.CYTOPLASM),
        Channel(name="dapi", structure=Structure.NUCLEUS),
    ),
    input_normalization=Normalization("per-image"),
    target_normalization=Normalization("training", (1000.0, 500.0), (100.0, 50.0)),
    license="CC-BY-4.0",
    cite=(),
    trained_on=("cells:train",),
)


@dataclass(frozen=True)
class Made:
    """What the other process, which alone knows TensorFlow, made and saw."""

    path: Path
    status: str
    """Of the format's own test."""
    passed: tuple[str, ...]
    """Its parts that passed."""
    spoilt: str
    """The error for weights with a tensor too few."""
    sure: Path
    """A package of a net that says how sure it is."""
    tested: str
    """Of the format's own test of that."""


def make(folder: Path) -> Made:
    """Random weights, their package, the format's own test of it."""
    from zoo.runtime import loading

    keras = loading.keras()
    keras.utils.set_random_seed(0)
    from bioimageio.core import test_description
    from small_keras import build

    os.chdir(folder)  # bioimageio.core unzips a SavedModel into the working folder
    noise = np.random.default_rng(0)
    sample = {name: noise.normal(1000, 100, (48, 48)).astype(np.uint16) for name in ("phase", "yfp", "dapi")}
    tensors = {variable.path: np.asarray(variable) for variable in build(1, 2, width=4).variables}
    weights.write(Weights(HEADER, tensors, sample), folder / "small.safetensors")
    path = export(folder / "small.safetensors", SMALL, folder / "small.zip").path
    summary = test_description(path)
    passed = tuple(detail.name for detail in summary.details if detail.status == "passed")
    sure, tested = make_sure(folder, sample)
    weights.write(Weights(HEADER, {"first/bias": tensors["first/bias"]}, sample), folder / "spoilt.safetensors")
    try:
        export(folder / "spoilt.safetensors", SMALL, folder / "spoilt.zip")
    except ZooError as error:
        return Made(path, summary.status, passed, error.message, sure, tested)
    return Made(path, summary.status, passed, "", sure, tested)


def make_sure(folder: Path, sample: dict) -> tuple[Path, str]:
    """The same of a net with a second output."""
    from bioimageio.core import test_description
    from small_keras import build_sure

    header = replace(HEADER, id="sure-keras@cells", architecture="sure-keras", statistics=("sd", "q50", "nonzero"))
    tensors = {variable.path: np.asarray(variable) for variable in build_sure(1, 2, width=4).variables}
    weights.write(Weights(header, tensors, sample), folder / "sure.safetensors")
    net = replace(SMALL, id="sure-keras", build="small_keras:build_sure")
    path = export(folder / "sure.safetensors", net, folder / "sure.zip").path
    return path, test_description(path).status


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("keras")
    (folder / "small_keras.py").write_text(NET)
    sys.path.insert(0, str(folder))
    yield isolated("packing", make, folder)
    sys.path.remove(str(folder))


def test_both_formats_predict_the_same_beside_torch(made: Made) -> None:
    import torch  # noqa: F401 - from now on TensorFlow must keep out of this process

    image = np.random.default_rng(0).normal(1000, 100, (1, 45, 61)).astype(np.uint16)
    found = []
    for name in ("keras_v3", "tensorflow_saved_model_bundle"):
        with open_model(made.path, format=name) as model:
            assert isinstance(model._runner, Remote)
            found.append(model.predict({"input": image})["output"])
    assert found[0].shape == (2, 45, 61)
    np.testing.assert_allclose(*found, rtol=1e-4)
    assert "tensorflow" not in sys.modules


def test_the_formats_own_test_passes(made: Made) -> None:
    assert made.status == "passed"
    for name in ("keras_v3", "tensorflow_saved_model_bundle"):
        assert f"Reproduce test outputs from test inputs ({name})" in made.passed
        assert f"Run {name} inference for inputs with batch_size: 2 and size parameter n: 2" in made.passed


def checked(path: Path, folder: Path) -> str:
    """Run in a process of its own, where TensorFlow may be loaded and the working folder be changed."""
    os.chdir(folder)
    from zoo.conformance.opened import opened
    from zoo.conformance.reference import check_bioimageio_test_passes
    from zoo.package import read

    with opened(read(path), "tensorflow_saved_model_bundle") as subject:
        return check_bioimageio_test_passes(subject).status


def test_a_check_leaves_nothing_where_it_is_run(made: Made, tmp_path: Path) -> None:
    assert isolated("checking", checked, made.path, tmp_path) == "passed"
    assert list(tmp_path.iterdir()) == []


def test_statistics_stand_behind_the_labels_in_both_formats(made: Made) -> None:
    assert made.tested == "passed"
    image = np.random.default_rng(0).normal(1000, 100, (1, 45, 61)).astype(np.uint16)
    found = []
    for name in ("keras_v3", "tensorflow_saved_model_bundle"):
        with open_model(made.sure, format=name) as model:
            found.append(model.predict({"input": image})["output"])
            told = [channel.name for channel in model.package.output_channels]
    assert told[2:] == ["yfp.sd", "yfp.q50", "yfp.nonzero", "dapi.sd", "dapi.q50", "dapi.nonzero"]
    assert found[0].shape == (8, 45, 61)
    np.testing.assert_allclose(*found, rtol=1e-4)
    sd, median, share = found[0][2:5]
    assert 0 < sd.min() < sd.max() < 101
    assert 999 < median.min() < median.max() < 1101
    assert 0 < share.min() < share.max() < 1


def test_variables_that_are_missing_are_named(made: Made) -> None:
    assert made.spoilt == (
        "small-keras@cells: the weights do not fit the architecture; missing: first/kernel, down/kernel, down/bias"
    )
