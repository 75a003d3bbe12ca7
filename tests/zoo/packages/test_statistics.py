"""Nets that say how sure they are: from the weight file to fields and files, in counts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import xarray as xr
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from zoo import weights
from zoo.conformance.behaviour import check_statistics_make_sense
from zoo.conformance.opened import opened
from zoo.errors import ZooError
from zoo.export import export
from zoo.images import read_image
from zoo.matching import match
from zoo.package import read
from zoo.prediction import predict_field, predict_files
from zoo.registry import resolve
from zoo.runtime import open_model
from zoo.types import Channel, Modality, Structure
from zoo.types.statistics import unit

if TYPE_CHECKING:
    from pathlib import Path

DATASET = (
    Channel(name="bf", modality=Modality.PHASE_CONTRAST, pixel_size=0.16),
    Channel(name="stain", structure=Structure.CYTOPLASM),
    Channel(name="nuclei", structure=Structure.NUCLEUS),
)
STATISTICS = ("sd", "q16", "q84", "entropy")
NAMES = [f"{label}.{statistic}" for label in ("yfp", "dapi") for statistic in STATISTICS]


@pytest.fixture(scope="module")
def sure(kinds):
    return kinds.get("sure")


@pytest.fixture(scope="module")
def model(sure):
    with open_model(sure.package, format="onnx") as found:
        yield found


def counts(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(1000, 100, shape).astype(np.uint16)


def test_channels_come_back_when_the_package_is_read(sure) -> None:
    package = read(sure.package.path)
    assert [channel.name for channel in package.output_channels] == ["yfp", "dapi", *NAMES]
    assert [channel.name for channel in package.label_channels] == ["yfp", "dapi"]
    (output,) = package.outputs
    assert [channel.statistic for channel in output.channels] == ["", "", *STATISTICS, *STATISTICS]
    assert {channel.structure for channel in output.channels[2:6]} == {Structure.CYTOPLASM}


def test_statistics_go_back_to_counts_each_in_its_way(sure) -> None:
    stored = weights.read(sure.weights)
    net = resolve(sure.architecture.build)(1, 2, width=4).eval()
    net.load_state_dict({name: torch.from_numpy(np.array(tensor)) for name, tensor in stored.tensors.items()})
    image = counts(1, 48, 48)
    given = sure.header.input_normalization.fit(image).apply(image)
    with torch.no_grad():
        means, said = np.split(net(torch.from_numpy(given)[None])[0].numpy(), [2])
    with open_model(sure.package, format="pytorch_state_dict") as found:
        told = found.predict({"input": image})["output"]
    for label, (mean, std) in enumerate(((1000.0, 100.0), (500.0, 50.0))):
        np.testing.assert_allclose(told[label], means[label] * std + mean, rtol=1e-4)
        sd, low, high, share = said[4 * label : 4 * label + 4]
        expected = [sd * std, low * std + mean, high * std + mean, share]
        np.testing.assert_allclose(told[2 + 4 * label : 6 + 4 * label], expected, rtol=1e-4)


def test_tiles_leave_as_much_of_statistics_as_of_means(sure, model) -> None:
    image = counts(1, 100, 120)
    with open_model(sure.package, format="onnx", tile=(64, 64)) as tiled:
        cut = tiled.predict({"input": image})
    whole = model.predict({"input": image})
    for name, expected in whole.items():
        assert cut[name].shape == expected.shape
        np.testing.assert_allclose(cut[name], expected, rtol=1e-3, atol=1)


def test_a_match_of_labels_ignores_statistics_and_hands_them_on(sure) -> None:
    found = match(sure.package.input_channels, sure.package.output_channels, DATASET)
    assert found.labels == {"yfp": "stain", "dapi": "nuclei"}
    assert found.statistics == {"stain": STATISTICS, "nuclei": STATISTICS}
    plain = match(sure.package.input_channels, sure.package.label_channels, DATASET)
    assert plain.statistics == {}


def test_a_field_gets_statistics_beside_its_labels(sure, model) -> None:
    field = xr.Dataset({"bf": xr.DataArray(counts(40, 50), dims=["y", "x"])}, attrs={"field": "f1"})
    matched = match(sure.package.input_channels, sure.package.output_channels, DATASET)
    found = predict_field(model, field, matched)
    assert set(found) == {"stain", "nuclei", *(f"{name}.{one}" for name in ("stain", "nuclei") for one in STATISTICS)}
    for label in ("stain", "nuclei"):
        middle = (found[f"{label}.q16"] + found[f"{label}.q84"]) / 2
        np.testing.assert_allclose(middle, found[label], rtol=1e-4)
        np.testing.assert_allclose(found[f"{label}.q84"] - found[label], found[f"{label}.sd"], rtol=1e-2, atol=0.1)
    alone = predict_field(model, field, replace(matched, statistics={}))
    assert set(alone) == {"stain", "nuclei"}


def test_files_get_statistics_where_they_are_asked_for(model, tmp_path: Path) -> None:
    from zoo.images import write_image

    image = tmp_path / "a.ome.tif"
    write_image(xr.DataArray(counts(40, 50), dims=["y", "x"]), image)
    for asked, names in ((False, ["yfp", "dapi"]), (True, ["yfp", "dapi", *NAMES])):
        (outcome,) = predict_files(model, [image], tmp_path / f"out{asked}", {}, statistics=asked)
        assert outcome.output is not None
        assert read_image(outcome.output).coords["c"].to_numpy().tolist() == names


def test_a_net_of_means_has_no_statistics_to_write(packed, tmp_path: Path) -> None:
    with open_model(packed.package, format="onnx") as found, pytest.raises(ZooError) as caught:
        list(predict_files(found, [tmp_path / "a.tif"], tmp_path, {}, statistics=True))
    assert caught.value.message == f"{packed.package.path}: predicts means alone, no statistics beside them"


def test_a_net_that_returns_something_else_than_it_names_is_refused(packer, tmp_path: Path) -> None:
    header = packer.header(packer.sure, statistics=("sd", "q50"))
    path = packer.weights(packer.sure, header)
    with pytest.raises(ZooError) as caught:
        export(path, packer.sure, tmp_path / "a.zip")
    assert caught.value.message == (
        "sure@cells: the net returns 5 channels, expected 3 (1 labels, 2 statistics of each)"
    )


def test_weight_files_from_before_there_were_statistics_are_valid(packed, tmp_path: Path) -> None:
    with safe_open(packed.weights, framework="numpy") as file:
        document = json.loads(file.metadata()[weights.KEY])
    assert document.pop("statistics") == []
    assert all("statistic" not in channel for channel in (*document["inputs"], *document["outputs"]))
    old = tmp_path / "old.safetensors"
    save_file(load_file(packed.weights), old, metadata={weights.KEY: json.dumps(document)})
    assert weights.read_header(old) == weights.read_header(packed.weights)


def test_unknown_statistics_are_refused(packed, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown statistic 'certainty', expected a quantile such as 'q50', or sd,"):
        unit("certainty")
    stored = weights.read(packed.weights)
    weights.write(replace(stored, header=replace(stored.header, statistics=("q200",))), tmp_path / "a.safetensors")
    with pytest.raises(ZooError, match="header that cannot be understood: unknown statistic 'q200'"):
        weights.read_header(tmp_path / "a.safetensors")


def test_conformance_looks_at_statistics(sure, packed) -> None:
    with opened(sure.package, "onnx") as subject:
        assert check_statistics_make_sense(subject).status == "passed"
    with opened(packed.package, "onnx") as subject:
        assert check_statistics_make_sense(subject).status == "skipped"


def test_conformance_names_quantiles_that_cross(packer) -> None:
    crossed = packer.pack(packer.sure, statistics=("sd", "q84", "q16", "entropy"))
    with opened(crossed.package, "onnx") as subject:
        finding = check_statistics_make_sense(subject)
    assert finding.status == "failed"
    assert finding.message.startswith("yfp: quantiles cross in 100.0% of the pixels")
