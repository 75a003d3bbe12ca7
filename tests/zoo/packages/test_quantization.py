"""Weights in 8-bit integers: a package of its own that holds to what it promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.export import export
from zoo.export.quantization import quantized
from zoo.package import read
from zoo.runtime import open_model

# bioimageio.spec leaves the zip open that it was given the path of
LEAVES_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(1000, 100, (1, 48, 48)).astype(np.uint16) for _ in range(4)]


def test_integers_are_a_package_of_their_own(packed, packer, images, tmp_path: Path) -> None:
    told: list[str] = []
    small = export(packed.weights, packer.small, tmp_path / "small.zip", calibration=images, note=told.append)
    assert "quantising, calibrated on 4 images" in told
    assert (small.id, small.formats) == ("small-int8@cells", ("onnx",))
    assert packed.package.id == "small@cells"
    with open_model(packed.package, format="onnx") as floats, open_model(small) as integers:
        unseen = np.random.default_rng(2).normal(1000, 100, (1, 64, 64)).astype(np.uint16)
        before, after = (model.predict({"input": unseen})["output"] for model in (floats, integers))
    assert not np.array_equal(before, after)
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.98


@LEAVES_OPEN
def test_the_package_passes_the_test_of_its_format(packed, packer, images, tmp_path: Path) -> None:
    from bioimageio.core import test_description

    path = export(packed.weights, packer.small, tmp_path / "small.zip", calibration=images).path
    assert read(path).format == "onnx"
    summary = test_description(path)
    assert summary.status == "passed", summary.format()


def test_without_onnx_there_is_nothing_to_quantise(packed, images, tmp_path: Path) -> None:
    class Draft:
        files = ()
        header = packed.header

    with pytest.raises(ZooError) as raised:
        quantized(Draft(), packed.package, images, tmp_path)
    assert str(raised.value) == (
        "small@cells: has no ONNX weights that could be quantised\n  hint: pack it without --int8"
    )
