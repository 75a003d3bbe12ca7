"""Any BioImage.IO model is read; what is none says what it is instead."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from zoo import package as packages
from zoo.errors import ZooError
from zoo.runtime import open_model
from zoo.types import Channel, Modality, Structure

OLD = {
    "type": "model",
    "format_version": "0.4.10",
    "name": "old net",
    "description": "of somebody else",
    "authors": [{"name": "Somebody"}],
    "cite": [{"text": "Somebody 2015", "url": "https://example.org"}],
    "license": "MIT",
    "documentation": "README.md",
    "covers": [],
    "tags": [],
    "timestamp": "2021-01-01T00:00:00",
    "inputs": [
        {
            "name": "raw",
            "axes": "bcyx",
            "data_type": "float32",
            "shape": {"min": [1, 1, 16, 16], "step": [0, 0, 8, 8]},
            "preprocessing": [{"name": "scale_linear", "kwargs": {"gain": 2.0, "offset": 1.0}}],
        }
    ],
    "outputs": [
        {
            "name": "probability",
            "axes": "bcyx",
            "data_type": "float32",
            "shape": {"reference_tensor": "raw", "scale": [1, 1, 1, 1], "offset": [0, 0, 0, 0]},
            "halo": [0, 0, 4, 4],
        }
    ],
    "test_inputs": ["test_input.npy"],
    "test_outputs": ["test_output.npy"],
    "weights": {"onnx": {"source": "weights.onnx", "opset_version": 18}},
}
PHASE = Channel(name="phase", modality=Modality.PHASE_CONTRAST)
NUCLEUS = Channel(name="dapi", structure=Structure.NUCLEUS)


@pytest.fixture
def old(foreign, tmp_path: Path) -> Path:
    """A package in format 0.4, whose net negates."""
    np.save(tmp_path / "x.npy", np.ones((1, 1, 16, 16), np.float32))
    tensor = (tmp_path / "x.npy").read_bytes()
    files = {"test_input.npy": tensor, "test_output.npy": tensor}
    return foreign.write("old", [("Neg", ["input"], ["output"], {})], OLD, files=files)


def test_a_package_of_format_0_4_runs(old: Path) -> None:
    package = packages.read(old)
    assert (package.id, package.title, package.license) == ("old", "old net", "MIT")
    assert package.input_channels == ()
    image = np.random.default_rng(0).normal(size=(1, 30, 41)).astype(np.float32)
    with open_model(package) as model:
        found = model.predict({"raw": image})["probability"]
    np.testing.assert_allclose(found, -(2 * image + 1), rtol=1e-5, atol=1e-6)


def test_a_folder_is_read_like_its_zip(packed, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        opened.extractall(tmp_path / "folder")
    image = np.random.default_rng(0).normal(1000, 100, (1, 40, 40))
    with open_model(packed.package, format="onnx") as model:
        expected = model.predict({"input": image})["output"]
    for path in (tmp_path / "folder", tmp_path / "folder" / "rdf.yaml"):
        package = packages.read(path)
        assert package.digest == packed.package.digest
        for name in package.formats:
            with open_model(package, format=name) as model:
                np.testing.assert_allclose(model.predict({"input": image})["output"], expected, rtol=1e-4)


def test_the_digest_follows_content_and_not_the_clock(packed, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    written = members["rdf.yaml"].decode().replace("timestamp: ", "timestamp: 1999-01-01T00:00:00 #")
    shuffled = dict(reversed(members.items())) | {"rdf.yaml": written.encode()}
    changed = members | {"README.md": b"# Validation, another"}
    for name, files in (("shuffled", shuffled), ("changed", changed)):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as opened:
            for member, data in files.items():
                opened.writestr(member, data)
    assert packages.digest(tmp_path / "shuffled.zip") == packed.package.digest
    assert packages.digest(tmp_path / "changed.zip") != packed.package.digest


def test_a_package_that_was_cut_short_or_spoilt_is_named(packed, tmp_path: Path) -> None:
    whole = packed.package.path.read_bytes()
    path = tmp_path / "a.zip"
    for spoilt in (whole[:1000], b"no zip at all", _flipped(whole)):
        path.write_bytes(spoilt)
        with pytest.raises(ZooError) as caught:
            packages.read(path)
        assert caught.value.message.startswith(f"{path}: damaged, or not a zip file: ")
        assert caught.value.hint == "download it again, or pack it again with: zoo pack"


def _flipped(whole: bytes) -> bytes:
    """One bit wrong, in the middle of the weights."""
    place = whole.index(b"weights.pt") + 200
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(ZooError) as caught:
        packages.read(tmp_path / "none.zip")
    assert caught.value.message == f"{tmp_path / 'none.zip'}: cannot read the package: No such file or directory"


def test_a_zip_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("notes.txt", "hello")
    with pytest.raises(ZooError) as caught:
        packages.read(path)
    assert caught.value.message == (
        f"{path}: not a BioImage.IO package: no bioimageio.yaml or rdf.yaml among its 1 files"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"type": "dataset", "format_version": "0.3.0", "name": "some images"},
            "a BioImage.IO dataset, expected a model",
        ),
        ({**OLD, "weights": {}}, "not a valid BioImage.IO model: "),
        ({**OLD, "inputs": 3}, "not a valid BioImage.IO model: inputs"),
    ],
)
def test_descriptions_of_anything_but_a_model_are_refused(tmp_path: Path, content: dict, message: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("rdf.yaml", yaml.safe_dump(content))
        opened.writestr("README.md", "# Validation")
    with pytest.raises(ZooError) as caught:
        packages.read(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_a_foreign_package_is_told_its_channels(old: Path) -> None:
    package = packages.with_channels(packages.read(old), {"raw": "phase", "probability.0": "dapi"}, [PHASE, NUCLEUS])
    assert package.input_channels == (PHASE,)
    assert package.output_channels == (NUCLEUS,)
    assert package.outputs[0].places == (0,)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"image": "phase"}, "--map names 'image'; the package has raw, probability"),
        ({"raw.1": "phase"}, "--map names 'raw.1'; the package has raw, probability"),
        ({"raw": "phas"}, "--map raw=phas: the dataset has no channel 'phas'; it has phase, dapi"),
    ],
)
def test_a_wrong_map_is_named(old: Path, mapping: dict[str, str], message: str) -> None:
    with pytest.raises(ZooError) as caught:
        packages.with_channels(packages.read(old), mapping, [PHASE, NUCLEUS])
    assert caught.value.message.endswith(message)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"schema": 99}, "config.unstained has schema 99, expected 1"),
        ("of a kind", "config.unstained has schema 'of a kind', expected 1"),
        (
            {"schema": 1, "inputs": [{"tensor": "raw", "channels": [{"name": "a", "modality": "sonar"}]}]},
            "config.unstained cannot be understood: ValueError: 'sonar' is not a valid Modality",
        ),
        ({"schema": 1, "inputs": [{"tensor": "raw"}]}, "config.unstained cannot be understood: KeyError: 'channels'"),
    ],
)
def test_a_section_of_ours_that_makes_no_sense_is_named(foreign, section: object, message: str) -> None:
    axes = [{"type": "batch"}, {"type": "channel", "channel_names": ["a"]}]
    space = [{"type": "space", "id": axis, "size": 16} for axis in "yx"]
    tensors = [{"id": "raw", "axes": [*axes, *space]}], [{"id": "out", "axes": [*axes, *space]}]
    content = foreign.description(*tensors, config={"unstained": section})
    path = foreign.write("odd", [("Neg", ["input"], ["output"], {})], content)
    with pytest.raises(ZooError) as caught:
        packages.read(path)
    assert caught.value.message == f"{path}: {message}"
