"""What is packed passes the format's own test, in every weight format, and says what a reader must know."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import imageio.v3 as imageio
import numpy as np
import pytest
import yaml
from bioimageio.core import test_description as run_format_test
from bioimageio.spec.summary import WARNING

from zoo import weights
from zoo.conformance.behaviour import check_test_output_is_reproduced
from zoo.conformance.opened import opened
from zoo.errors import ZooError
from zoo.export import export
from zoo.normalization import Normalization
from zoo.runtime import open_model
from zoo.types import Citation

if TYPE_CHECKING:
    from pathlib import Path

# bioimageio.spec leaves the zip open that it was given the path of
LEAVES_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def problems(summary: Any) -> list[str]:
    """Errors, and warnings that say more than what was done."""
    return [
        entry.msg
        for detail in summary.details
        for entry in (*detail.errors, *(warning for warning in detail.warnings if warning.severity >= WARNING))
    ]


@LEAVES_OPEN
@pytest.mark.parametrize(
    "kind",
    ["small", "several", "valid", "volume", "sure"],
    ids=["planes", "several channels", "without padding", "stacks", "with statistics"],
)
def test_the_formats_own_test_passes_in_every_weight_format(kinds, kind: str) -> None:
    package = kinds.get(kind).package
    summary = run_format_test(package.path)
    assert summary.status == "passed"
    tested = {detail.name for detail in summary.details if detail.status == "passed"}
    for name in ("onnx", "pytorch_state_dict"):
        assert f"Reproduce test outputs from test inputs ({name})" in tested
        assert f"Run {name} inference for inputs with batch_size: 2 and size parameter n: 2" in tested
    (left,) = problems(summary)
    assert left.startswith("Missing `maintainers`")


def test_a_net_that_loses_its_rim_reproduces_its_test_output(kinds) -> None:
    package = kinds.get("valid").package
    with opened(package, "onnx") as subject:
        assert subject.outputs["output"].shape[-1] < subject.inputs["input"].shape[-1]
        assert check_test_output_is_reproduced(subject).status == "passed"


def test_what_tracing_would_freeze_is_exported_in_another_way(packer, tmp_path: Path) -> None:
    ramp = replace(packer.small, id="ramp", build="small_net:build_ramp")
    told: list[str] = []
    made = export(packer.weights(ramp, packer.header(ramp)), ramp, tmp_path / "ramp.zip", note=told.append)
    assert [line.partition(" failed: ")[0] for line in told if "failed" in line] == ["ONNX by tracing"]
    assert sorted(made.formats) == ["onnx", "pytorch_state_dict"]
    assert made.description.weights.onnx.comment == "exported by torch.export"
    image = np.random.default_rng(0).normal(1000, 100, (1, 64, 80)).astype(np.uint16)
    found = []
    for name in made.formats:
        with open_model(made, format=name) as model:
            found.append(model.predict({"input": image})["output"])
    np.testing.assert_allclose(*found, rtol=1e-4)


def test_a_net_that_no_exporter_understands_is_packed_without_onnx(packer, tmp_path: Path) -> None:
    stubborn = replace(packer.small, id="stubborn", build="small_net:build_stubborn")
    told: list[str] = []
    path = packer.weights(stubborn, packer.header(stubborn))
    made = export(path, stubborn, tmp_path / "stubborn.zip", note=told.append)
    assert made.formats == ("pytorch_state_dict",)
    assert [line.partition(" failed: ")[0] for line in told if "failed" in line] == [
        "ONNX by tracing",
        "ONNX by torch.export",
    ]


def test_the_card_says_what_a_reader_must_know(packed) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        card = opened.read("README.md").decode()
        told = yaml.safe_load(opened.read("rdf.yaml"))
    for needed in ("# Validation", "CC-BY-4.0", "cells:train", "phase-contrast", "0.16 µm per pixel", "10.1038/s41592"):
        assert needed in card
    assert "on the validation split, 0.250" in card
    assert card.count("10.1038/s41592-018-0111-2") == 1
    assert told["name"] == "Small net phase YFP"
    assert told["license"] == "CC-BY-4.0"
    assert [entry["text"] for entry in told["cite"]] == ["Somebody et al. 2020", "Cells of somebody, 2021"]
    assert {"2d", "pytorch", "unet", "in-silico-labeling", "cells"} <= set(told["tags"])
    assert told["config"]["bioimageio"]["target_structure"] == ["cytoplasm"]
    assert told["config"]["unstained"]["trained_on"] == ["cells:train"]
    assert told["inputs"][0]["axes"][2]["unit"] == "micrometer"
    assert told["inputs"][0]["axes"][2]["scale"] == pytest.approx(0.16)


def test_the_cover_shows_three_panels_twice_as_wide_as_high(packed) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        cover = imageio.imread(opened.read("cover.png"))
    height, width = cover.shape
    assert width == 2 * height
    assert all(panel.std() > 0 for panel in np.split(cover, 3, axis=1))


def test_nothing_in_a_package_tells_where_it_was_made(packed) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        for name in opened.namelist():
            content = opened.read(name)
            assert b"stack_trace" not in content, name
            assert str(packed.weights.parent).encode() not in content, name


@LEAVES_OPEN
def test_packing_again_changes_nothing_but_what_was_asked_for(packed, tmp_path: Path) -> None:
    again = export(packed.weights, packed.architecture, tmp_path / "again.zip", format=packed.package.format)
    assert again.digest == packed.package.digest
    stored = weights.read(packed.weights)
    moved = {**stored.tensors, "last.bias": stored.tensors["last.bias"] + 1}
    weights.write(replace(stored, tensors=moved), tmp_path / "a.safetensors")
    other = export(tmp_path / "a.safetensors", packed.architecture, tmp_path / "a.zip", maintainer="bioimageiobot")
    assert other.digest != packed.package.digest
    assert problems(run_format_test(other.path, weight_format="onnx")) == []


def test_what_a_package_says_comes_back_when_it_is_read(packed) -> None:
    package = packed.package
    assert (package.id, package.architecture, package.preset) == ("small@cells", "small", "lite")
    assert package.input_channels == packed.header.inputs
    assert package.output_channels == packed.header.outputs
    assert package.trained_on == ("cells:train",)
    assert package.license == "CC-BY-4.0"
    assert set(package.formats) == {"onnx", "pytorch_state_dict"}
    assert [citation.text for citation in package.cite] == ["Somebody et al. 2020", "Cells of somebody, 2021"]


def test_a_format_that_is_not_there_cannot_be_the_default(packed, tmp_path: Path) -> None:
    with pytest.raises(ZooError) as caught:
        export(packed.weights, packed.architecture, tmp_path / "a.zip", format="keras_v3")
    assert caught.value.message == (
        "small@cells: cannot be packed with format 'keras_v3' as default; it has pytorch_state_dict, onnx"
    )


def test_a_small_sample_deviations_and_a_chosen_format_are_told(packer) -> None:
    target = Normalization("per-image")
    package = packer.pack(
        packer.small, edge=9, id="tiny@cells", target_normalization=target, fmt="pytorch_state_dict"
    ).package
    assert package.format == "pytorch_state_dict"
    assert [step.id for step in package.outputs[0].operations] == ["ensure_dtype"]
    with zipfile.ZipFile(package.path) as opened:
        assert "Predictions are in standard deviations" in opened.read("README.md").decode()
        with opened.open("test_input.npy") as tensor:
            assert np.load(tensor).shape == (1, 1, 14, 14)


def spoilt(packed, path: Path, **tensors: np.ndarray | None) -> Path:
    """The weights with some tensors changed, or taken away."""
    stored = weights.read(packed.weights)
    kept = {name: tensor for name, tensor in {**stored.tensors, **tensors}.items() if tensor is not None}
    weights.write(replace(stored, tensors=kept), path)
    return path


def test_weights_that_do_not_fit_name_the_tensors(packed, tmp_path: Path) -> None:
    wrong = {"last.bias": None, "first.0.bias": np.zeros(9, np.float32), "extra": np.zeros(2, np.float32)}
    path = spoilt(packed, tmp_path / "a.safetensors", **wrong)
    with pytest.raises(ZooError) as caught:
        export(path, packed.architecture, tmp_path / "a.zip")
    assert caught.value.message == (
        "small@cells: the weights do not fit the architecture; missing: last.bias; unexpected: extra;"
        " of another shape: first.0.bias is (9,), expected (4,)"
    )
    assert caught.value.hint == "check that preset and options are those that it was trained with"
    assert not (tmp_path / "a.zip").exists()


def test_weights_of_another_architecture_are_refused(packer, packed, tmp_path: Path) -> None:
    with pytest.raises(ZooError) as caught:
        export(packed.weights, packer.volume, tmp_path / "a.zip")
    assert caught.value.message == (
        f"{packed.weights}: weights of architecture 'small' (torch), expected 'volume' (torch)"
    )


def test_a_weight_file_without_its_sample_is_refused(packed, tmp_path: Path) -> None:
    stored = weights.read(packed.weights)
    weights.write(replace(stored, sample={"yfp": stored.sample["yfp"]}), tmp_path / "a.safetensors")
    with pytest.raises(ZooError) as caught:
        export(tmp_path / "a.safetensors", packed.architecture, tmp_path / "a.zip")
    assert caught.value.message == "small@cells: the sample has no channel 'phase'; it has yfp"


def test_a_header_that_the_format_forbids_is_refused(packed, tmp_path: Path) -> None:
    stored = weights.read(packed.weights)
    header = replace(stored.header, license="as you like", cite=(Citation(text="x", url="https://example.org"),))
    weights.write(replace(stored, header=header), tmp_path / "a.safetensors")
    with pytest.raises(ZooError, match="small@cells: cannot be packed: license"):
        export(tmp_path / "a.safetensors", packed.architecture, tmp_path / "a.zip")


def test_a_folder_that_is_not_there_is_named_and_nothing_is_left(packed, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.zip"
    with pytest.raises(ZooError) as caught:
        export(packed.weights, packed.architecture, path)
    assert caught.value.message == f"{path}: cannot write the package: there is no folder {path.parent}"
    assert list(tmp_path.iterdir()) == []


@LEAVES_OPEN
def test_a_licence_that_has_no_spdx_id_is_named_in_a_file(packed, tmp_path) -> None:
    stored = weights.read(packed.weights)
    header = replace(stored.header, license="LicenseRef-unpublished")
    weights.write(replace(stored, header=header), tmp_path / "mine.safetensors")
    package = export(tmp_path / "mine.safetensors", packed.architecture, tmp_path / "mine.zip")
    assert package.license == "LicenseRef-unpublished"
    with zipfile.ZipFile(package.path) as opened:
        assert opened.read("LICENSE.txt").decode().startswith("LicenseRef-unpublished: ")
    assert run_format_test(package.path).status == "passed"


def test_an_architecture_may_ask_for_smaller_tiles(packer) -> None:
    packed = packer.pack(replace(packer.small, tile=51))
    assert packed.package.config["tile"]["size"] == [50, 50]
