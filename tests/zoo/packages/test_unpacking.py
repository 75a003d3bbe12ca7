"""From a package back to the weights that it was packed from."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from zoo import weights
from zoo.errors import ZooError
from zoo.export import unpacked

FIELDS = (
    "id", "architecture", "preset", "options", "framework", "inputs", "outputs", "input_normalization",
    "target_normalization", "license", "trained_on", "statistics", "training",
)  # fmt: skip


def refused(path: Path) -> tuple[str, str]:
    with pytest.raises(ZooError) as caught:
        unpacked(path)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("kind", ["small", "several", "sure", "volume"])
def test_what_was_packed_comes_back(kinds, kind: str) -> None:
    packed = kinds.get(kind)
    stored, found = weights.read(packed.weights), unpacked(packed.package.path)
    assert {name: getattr(found.header, name) for name in FIELDS} == {
        name: getattr(stored.header, name) for name in FIELDS
    }
    assert found.tensors.keys() == stored.tensors.keys()
    for name, tensor in stored.tensors.items():
        np.testing.assert_array_equal(found.tensors[name], tensor)


def test_a_folder_is_as_good_as_a_zip(packed, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed.package.path) as opened:
        opened.extractall(tmp_path)
    assert unpacked(tmp_path).header == unpacked(packed.package.path).header


def test_what_others_made_is_refused(foreign) -> None:
    axes = [{"type": "batch"}, {"type": "channel", "channel_names": ["a"]}]
    space = [{"type": "space", "id": axis, "size": 8} for axis in "yx"]
    tensor = {"axes": [*axes, *space], "data": {"type": "float32"}}
    content = foreign.description([{"id": "input", **tensor}], [{"id": "output", **tensor}])
    path = foreign.write("net", [("Relu", ["input"], ["output"], {})], content)
    assert refused(path) == (
        f"{path}: was not made by this zoo: it does not say what architecture it is of, nor how to train on",
        "start from an entry of zoo list models, or from a package of zoo pack",
    )


def edited(package: Path, out: Path, member: str, change) -> Path:
    """A package with one member changed."""
    with zipfile.ZipFile(package) as opened, zipfile.ZipFile(out, "w") as made:
        for name in opened.namelist():
            content = opened.read(name)
            made.writestr(name, change(content) if name == member else content)
    return out


def test_converted_weights_alone_are_refused(packed, tmp_path: Path) -> None:
    import yaml

    def without(content: bytes) -> bytes:
        found = yaml.safe_load(content)
        del found["weights"]["pytorch_state_dict"], found["weights"]["onnx"]["parent"]
        return yaml.safe_dump(found).encode()

    path = edited(packed.package.path, tmp_path / "net.zip", "rdf.yaml", without)
    assert refused(path) == (
        f"{path}: holds converted weights alone (onnx), expected pytorch_state_dict or keras_v3",
        "take the package that it was quantised from",
    )


def test_a_file_that_is_no_state_dict_is_named(packed, tmp_path: Path) -> None:
    path = edited(packed.package.path, tmp_path / "net.zip", "weights.pt", lambda content: content[:100])
    message, hint = refused(path)
    assert message.startswith(f"{path}: the weights in format 'pytorch_state_dict' cannot be read: ")
    assert hint == f"bioimageio test {path}"


def test_a_package_that_forgot_its_options_is_to_be_packed_again(packed, tmp_path: Path) -> None:
    import yaml

    def without(content: bytes) -> bytes:
        found = yaml.safe_load(content)
        del found["config"]["unstained"]["options"]
        return yaml.safe_dump(found).encode()

    path = edited(packed.package.path, tmp_path / "net.zip", "rdf.yaml", without)
    assert refused(path) == (f"{path}: does not say its 'options'", "pack it again: zoo pack")
