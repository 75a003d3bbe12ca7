from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from zoo import weights
from zoo.errors import ZooError
from zoo.normalization import Normalization
from zoo.types import Channel, Citation, Framework, Modality, Structure
from zoo.weights import Header, Weights


def small_header() -> Header:
    return Header(
        id="small@cells",
        title="Small net",
        architecture="small",
        preset="lite",
        options={"width": 8},
        framework=Framework.TORCH,
        inputs=(Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=0.16),),
        outputs=(Channel(name="yfp", structure=Structure.CYTOPLASM, dye="YFP"),),
        input_normalization=Normalization("per-image"),
        target_normalization=Normalization("training", (200.0,), (35.5,)),
        license="CC-BY-4.0",
        cite=(Citation(text="Somebody 2020", doi="10.1000/1"),),
        trained_on=("cells:train",),
        training={"steps": 10, "curve": [[0.5, 1.0, 0.1], [1.0, 0.5, 0.4]]},
    )


def small_weights() -> Weights:
    noise = np.random.default_rng(0)
    tensors = {
        "conv.weight": noise.normal(size=(4, 1, 3, 3)).astype(np.float32),
        "conv.bias": noise.normal(size=4).astype(np.float32),
        "norm.num_batches_tracked": np.array(7),
        "huge.weight": np.full((2, 2), 1e6, np.float32),
    }
    sample = {"phase": noise.integers(0, 4096, (16, 16)).astype(np.uint16), "yfp": np.ones((16, 16), np.float32)}
    return Weights(small_header(), tensors, sample)


def test_a_weight_file_returns_what_was_written(tmp_path: Path) -> None:
    written, path = small_weights(), tmp_path / "a.safetensors"
    weights.write(written, path)
    found = weights.read(path)
    assert found.header == written.header
    assert found.sample.keys() == written.sample.keys()
    for name, crop in written.sample.items():
        np.testing.assert_array_equal(found.sample[name], crop)
        assert found.sample[name].dtype == crop.dtype
    np.testing.assert_allclose(found.tensors["conv.weight"], written.tensors["conv.weight"], rtol=1e-3)
    for exact in ("conv.bias", "norm.num_batches_tracked", "huge.weight"):
        np.testing.assert_array_equal(found.tensors[exact], written.tensors[exact])
        assert found.tensors[exact].shape == written.tensors[exact].shape


def test_writing_what_was_read_changes_no_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    weights.write(small_weights(), first)
    weights.write(weights.read(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_large_tensors_take_two_bytes_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    large = replace(small_weights(), tensors={"w": np.ones((100, 1000), np.float32)})
    weights.write(large, path)
    assert 200_000 < path.stat().st_size < 210_000


def test_a_folder_of_weight_files_becomes_entries(tmp_path: Path) -> None:
    for name in ("b", "a"):
        header = replace(small_header(), id=f"{name}@cells")
        weights.write(replace(small_weights(), header=header), tmp_path / f"{name}.safetensors")
    found = weights.entries(tmp_path)
    assert [entry.id for entry in found] == ["a@cells", "b@cells"]
    assert found[0].weights == tmp_path / "a.safetensors"
    assert found[0].inputs == small_header().inputs
    assert found[0].trained_on == ("cells:train",)


def test_listing_entries_loads_no_array_library(tmp_path: Path) -> None:
    weights.write(small_weights(), tmp_path / "a.safetensors")
    code = (
        "import sys, pathlib, zoo.weights as w; print(len(w.entries(pathlib.Path(sys.argv[1]))),"
        "sorted({'numpy', 'safetensors', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1 []"


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    weights.write(small_weights(), path)
    before = path.read_bytes()
    broken = replace(small_weights(), tensors={"w": np.array([np.nan], np.float32)})
    with pytest.raises(ZooError, match="tensor 'w' holds numbers that are not finite"):
        weights.write(broken, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.safetensors"
    with pytest.raises(ZooError) as caught:
        weights.write(small_weights(), path)
    assert caught.value.message == f"{path}: cannot write the weight file: No such file or directory"


def stored_with(path: Path, **changes: object) -> None:
    """A weight file whose header differs from a good one by ``changes``; None takes the field away."""
    weights.write(small_weights(), path)
    document = {**weights._metadata(path), **changes}
    kept = {key: value for key, value in document.items() if value is not None}
    save_file({"weights/w": np.zeros(2)}, path, metadata={"unstained": json.dumps(kept)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 99}, "weight file of schema 99, expected 1"),
        ({"license": None}, "header without the field 'license'"),
        ({"framework": "jax"}, "header that cannot be understood: 'jax' is not a valid Framework"),
        ({"inputs": [{"name": "x", "colour": 1}]}, "header that cannot be understood: "),
        ({"target_normalization": {"method": "minmax"}}, "normalisation: method 'minmax'"),
    ],
)
def test_a_header_that_makes_no_sense_is_an_error(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = tmp_path / "a.safetensors"
    stored_with(path, **changes)
    with pytest.raises(ZooError) as caught:
        weights.read_header(path)
    assert message in caught.value.message


def test_other_files_are_told_from_weight_files(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for content, found in (
        (b"", "no safetensors header"),
        (b"PK\x03\x04 this is a zip file", "a header of 7595448452415441744 bytes"),
        ((2).to_bytes(8, "little") + b"{}", "no 'unstained' in the metadata"),
        ((2).to_bytes(8, "little") + b"[]", "no 'unstained' in the metadata"),
    ):
        path.write_bytes(content)
        with pytest.raises(ZooError) as caught:
            weights.read_header(path)
        assert caught.value.message == f"{path}: not a weight file of this zoo: found {found}"
    path.unlink()
    with pytest.raises(ZooError, match="cannot read the weight file: No such file or directory"):
        weights.read_header(path)


def test_a_truncated_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    weights.write(small_weights(), path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ZooError, match="damaged weight file"):
        weights.read(path)
