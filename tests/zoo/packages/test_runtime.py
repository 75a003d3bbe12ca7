"""Opened models: any size in, the same size out, the same answer in every format, tile by tile or at once."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bioimageio.core import create_prediction_pipeline
from bioimageio.core.digest_spec import create_sample_for_model
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.errors import ZooError
from zoo.package import read
from zoo.runtime import JobFailed, open_model

if TYPE_CHECKING:
    from pathlib import Path

BATCH = {"type": "batch"}
CHANNEL = {"type": "channel", "channel_names": ["a"]}
FOUR = {"type": "channel", "channel_names": ["a", "b", "c", "d"]}


def space(axis: str, *, least: int = 8, step: int = 4) -> dict[str, Any]:
    return {"type": "space", "id": axis, "size": {"min": least, "step": step}}


def follow(axis: str, *, offset: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "space", "id": axis, "size": {"tensor_id": "raw", "axis_id": axis, "offset": offset}, **more}


def inputs(*axes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": "raw", "axes": list(axes)}]


def outputs(*axes: dict[str, Any], name: str = "out") -> list[dict[str, Any]]:
    return [{"id": name, "axes": list(axes)}]


def counts(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1000, 100, shape).astype(np.uint16)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("name", ["onnx", "pytorch_state_dict"])
def test_an_image_that_fits_is_predicted_as_by_the_formats_own_pipeline(packed, name: str) -> None:
    from bioimageio.spec import load_model_description

    image = counts(1, 64, 90)
    own = load_model_description(packed.package.path, perform_io_checks=False)
    sample = create_sample_for_model(own, inputs={"input": image[None]})
    with create_prediction_pipeline(own, weight_format=name) as pipeline:
        found = pipeline.predict_sample_without_blocking(sample, skip_input_padding=True, skip_output_cropping=True)
    expected = found.members["output"].to_numpy()[0]
    with open_model(packed.package, format=name) as model:
        np.testing.assert_allclose(model.predict({"input": image})["output"], expected, rtol=1e-4)


@pytest.fixture(scope="module")
def model(packed):
    with open_model(packed.package, format="onnx") as opened:
        yield opened


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70))
def test_any_size_comes_back_in_the_same_size(model, height: int, width: int) -> None:
    image = counts(1, height, width)
    before = image.copy()
    found = model.predict({"input": image})["output"]
    assert found.shape == image.shape
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("kind", ["small", "valid", "volume"])
def test_tiles_agree_with_a_single_pass(kinds, kind: str) -> None:
    packed = kinds.get(kind)
    image = counts(1, 20, 60, 70) if kind == "volume" else counts(1, 150, 170)
    tile = (16, 32, 32) if kind == "volume" else (48, 48)
    with open_model(packed.package) as whole, open_model(packed.package, tile=tile) as tiled:
        once, many = (opened.predict({"input": image})["output"] for opened in (whole, tiled))
    assert once.shape == many.shape == image.shape
    inner = (..., slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(many[inner], once[inner], atol=0.02 * once.std())


def test_a_tile_must_have_an_edge_for_every_axis(packed) -> None:
    with pytest.raises(ZooError) as caught:
        open_model(packed.package, tile=(64, 64, 64))
    assert caught.value.message == "tile of 3 edges (64 x 64 x 64), the model needs 2"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: {"input": counts(2, 32, 32)}, "input 'input' has 2 channels or planes, expected 1"),
        (lambda: {"input": counts(32, 32)}, "input 'input' has shape (32, 32), expected (channel, y, x)"),
        (lambda: {"input": counts(1, 32, 0)}, "input 'input' has shape (1, 32, 0), expected (channel, y, x)"),
        (lambda: {"image": counts(1, 32, 32)}, "given inputs image, expected input"),
        (dict, "given inputs none, expected input"),
        (
            lambda: {"input": np.array([[[1.0, np.nan], [np.inf, 0.0]]])},
            "input 'input': 2 of 4 pixels are NaN or infinite",
        ),
    ],
)
def test_inputs_that_make_no_sense_are_named(model, made: Any, message: str) -> None:
    with pytest.raises(ZooError) as caught:
        model.predict(made())
    assert caught.value.message == f"{model.package.path}: {message}"


def test_a_format_that_is_not_there_names_those_that_are(packed) -> None:
    with pytest.raises(ZooError) as caught:
        open_model(packed.package, format="keras_v3")
    assert caught.value.message == (
        f"{packed.package.path}: no weights in format 'keras_v3'; it has onnx, pytorch_state_dict"
    )


def test_a_framework_that_is_not_installed_names_its_extra(packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ZooError) as caught:
        open_model(packed.package, format="pytorch_state_dict", runner="local")
    assert caught.value.message == (
        f"{packed.package.path}: format 'pytorch_state_dict' needs PyTorch, which is not installed"
    )
    assert caught.value.hint == 'pip install "unstained[torch]"'


def test_predicting_in_onnx_loads_no_framework(packed) -> None:
    code = (
        "import sys, numpy as np; from zoo.runtime import open_model\n"
        "with open_model(sys.argv[1], format='onnx') as model:\n"
        "    print(model.predict({'input': np.ones((1, 32, 32))})['output'].shape)\n"
        "print(sorted({'torch', 'tensorflow', 'keras', 'bioimageio.core'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, packed.package.path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(1, 32, 32)", "[]"]
    assert done.stderr == ""


def test_other_orders_of_axes_are_met_by_transposing(foreign) -> None:
    content = foreign.description(
        inputs(BATCH, space("x"), space("y"), CHANNEL), outputs(BATCH, follow("x"), follow("y"), CHANNEL)
    )
    path = foreign.write("order", [("Neg", ["input"], ["output"], {})], content)
    image = counts(1, 30, 17)
    with open_model(path) as opened:
        np.testing.assert_array_equal(opened.predict({"raw": image})["out"], -image.astype(np.float32))


def test_an_image_without_batch_or_channel_axis_is_met_too(foreign) -> None:
    content = foreign.description(inputs(space("y"), space("x")), outputs(follow("y"), follow("x")))
    path = foreign.write("bare", [("Neg", ["input"], ["output"], {})], content, ranks=(2, 2))
    image = counts(1, 30, 17)
    with open_model(path) as opened:
        np.testing.assert_array_equal(opened.predict({"raw": image})["out"], -image.astype(np.float32))


def test_several_outputs_of_different_rims_are_all_of_the_size_of_the_image(foreign) -> None:
    wide = [BATCH, CHANNEL, follow("y", offset=-4), follow("x", offset=-4)]
    content = foreign.description(
        inputs(BATCH, CHANNEL, space("y"), space("x")),
        [*outputs(BATCH, CHANNEL, follow("y"), follow("x"), name="same"), *outputs(*wide, name="less")],
    )
    nodes = [
        ("Neg", ["input"], ["same"], {}),
        ("MaxPool", ["input"], ["less"], {"kernel_shape": [5, 5]}),
    ]
    path = foreign.write("two", nodes, content, outputs=("same", "less"))
    image = counts(1, 60, 90)
    with open_model(path) as whole, open_model(path, tile=(24, 24)) as tiled:
        once, many = (opened.predict({"raw": image}) for opened in (whole, tiled))
    np.testing.assert_array_equal(once["same"], -image.astype(np.float32))
    largest = np.max([np.roll(image, (dy, dx), (1, 2)) for dy in range(-2, 3) for dx in range(-2, 3)], axis=0)
    np.testing.assert_array_equal(once["less"][:, 10:50, 10:80], largest[:, 10:50, 10:80])
    for name in ("same", "less"):
        np.testing.assert_array_equal(many[name], once[name])


def test_a_net_of_one_size_is_run_tile_by_tile(foreign) -> None:
    fixed = [{"type": "space", "id": axis, "size": 16} for axis in "yx"]
    halos = [follow(axis, halo=4) for axis in "yx"]
    content = foreign.description(inputs(BATCH, CHANNEL, *fixed), outputs(BATCH, CHANNEL, *halos))
    path = foreign.write("fixed", [("Neg", ["input"], ["output"], {})], content)
    image = counts(1, 30, 50)
    with open_model(path) as opened:
        np.testing.assert_allclose(opened.predict({"raw": image})["out"], -image.astype(np.float32), rtol=1e-6)


@pytest.mark.parametrize(
    ("given_axes", "found_axes", "message"),
    [
        (
            [BATCH, CHANNEL, space("y"), space("x")],
            [BATCH, CHANNEL, follow("y", scale=0.5), follow("x", scale=0.5)],
            "an output 'out' on another grid than its input",
        ),
        ([BATCH, CHANNEL, space("y"), space("x")], [BATCH, CHANNEL], "an output 'out' without the axes of its input"),
        ([BATCH, CHANNEL, space("x")], [BATCH, CHANNEL, follow("x")], "images of 1 axes in space"),
        (
            [BATCH, CHANNEL, space("y"), {"type": "space", "id": "x", "size": {"tensor_id": "raw", "axis_id": "y"}}],
            [BATCH, CHANNEL, follow("y"), follow("y") | {"id": "x"}],
            "an input 'raw' whose sizes follow another",
        ),
    ],
)
def test_geometries_that_cannot_be_run_are_named(foreign, given_axes: Any, found_axes: Any, message: str) -> None:
    content = foreign.description(inputs(*given_axes), outputs(*found_axes))
    path = foreign.write("strange", [("Neg", ["input"], ["output"], {})], content)
    with pytest.raises(ZooError) as caught:
        open_model(path)
    assert caught.value.message == f"{path}: has {message}, which cannot be run here"


def test_an_operation_that_cannot_be_applied_is_named_when_the_model_is_opened(foreign) -> None:
    flow = {
        "id": "cellpose_flow_dynamics",
        "kwargs": {"cellprob_threshold": 0.0, "flow_threshold": 0.4, "do_3D": False},
    }
    found = [{**outputs(BATCH, FOUR, follow("y"), follow("x"))[0], "postprocessing": [flow]}]
    content = foreign.description(inputs(BATCH, FOUR, space("y"), space("x")), found)
    path = foreign.write("flow", [("Neg", ["input"], ["output"], {})], content)
    with pytest.raises(ZooError, match=f"{path}: tensor 'out' needs the operation 'cellpose_flow_dynamics'"):
        open_model(path)


def test_a_net_that_does_not_keep_its_word_is_a_failed_job(foreign) -> None:
    content = foreign.description(
        inputs(BATCH, CHANNEL, space("y"), space("x")), outputs(BATCH, CHANNEL, follow("y"), follow("x"))
    )
    path = foreign.write("liar", [("MaxPool", ["input"], ["output"], {"kernel_shape": [3, 3]})], content)
    with open_model(path) as opened, pytest.raises(JobFailed) as caught:
        opened.predict({"raw": counts(1, 16, 16)})
    assert caught.value.message == (
        f"{path}: output 'out' has shape (1, 1, 14, 14), by its axes expected (16, 16) in space"
    )
    assert caught.value.status == "failed"


def test_a_net_that_raises_is_a_failed_job(foreign) -> None:
    content = foreign.description(
        inputs(BATCH, CHANNEL, space("y"), space("x")), outputs(BATCH, CHANNEL, follow("y"), follow("x"))
    )
    path = foreign.write("raises", [("Concat", ["input", "input"], ["output"], {"axis": 7})], content)
    with pytest.raises(ZooError, match=f"{path}: the weights in format 'onnx' cannot be loaded: "):
        open_model(path)
    path = foreign.write("fails", [("MatMul", ["input", "input"], ["output"], {})], content)
    with open_model(path) as opened, pytest.raises(JobFailed, match=f"{path}: the net failed: "):
        opened.predict({"raw": counts(1, 16, 20)})


def test_state_dicts_that_do_not_fit_name_their_tensors(packed, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    members["small_net.py"] = members["small_net.py"].replace(b"self.first", b"self.begin")
    described = members["rdf.yaml"].decode()
    members["rdf.yaml"] = "\n".join(line for line in described.splitlines() if "sha256" not in line).encode()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    with pytest.raises(ZooError) as caught:
        open_model(path, format="pytorch_state_dict")
    assert caught.value.message == (
        f"{path}: the weights do not fit the architecture; missing: begin.0.weight, begin.0.bias, begin.1.weight and"
        " 4 more; unexpected: first.0.weight, first.0.bias, first.1.weight and 4 more"
    )


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_torchscript_runs_as_well(packed, foreign) -> None:
    import torch

    class Negate(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return -x

    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(Negate(), torch.ones(1, 1, 8, 8)), buffer)
    weights = {"torchscript": {"source": "weights.ts", "pytorch_version": "2.8.0"}}
    content = foreign.description(
        inputs(BATCH, CHANNEL, space("y"), space("x")),
        outputs(BATCH, CHANNEL, follow("y"), follow("x")),
        weights=weights,
    )
    path = foreign.write(
        "script", [("Neg", ["input"], ["output"], {})], content, files={"weights.ts": buffer.getvalue()}
    )
    image = counts(1, 30, 17)
    with open_model(read(path)) as opened:
        assert opened.format == "torchscript"
        np.testing.assert_array_equal(opened.predict({"raw": image})["out"], -image.astype(np.float32))


def test_onnx_weights_in_a_second_file_are_found(foreign, tmp_path: Path) -> None:
    import onnx

    helper = onnx.helper
    kernel = np.full((1, 1, 1, 1), -2, np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "kernel"], ["output"])],
        "second",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [None, 1, None, None])],
        [helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [None, 1, None, None])],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save_model(
        model, tmp_path / "net.onnx", save_as_external_data=True, location="net.onnx.data", size_threshold=0
    )
    external = {"source": "net.onnx", "opset_version": 18, "external_data": {"source": "net.onnx.data"}}
    content = foreign.description(
        inputs(BATCH, CHANNEL, space("y"), space("x")),
        outputs(BATCH, CHANNEL, follow("y"), follow("x")),
        weights={"onnx": external},
    )
    files = {name: (tmp_path / name).read_bytes() for name in ("net.onnx", "net.onnx.data")}
    path = foreign.write("second", [("Neg", ["input"], ["output"], {})], content, files=files)
    image = counts(1, 30, 17)
    with open_model(path) as opened:
        np.testing.assert_array_equal(opened.predict({"raw": image})["out"], -2 * image.astype(np.float32))
