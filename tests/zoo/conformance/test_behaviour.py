from __future__ import annotations

import dataclasses
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zoo import conformance, weights
from zoo.conformance.findings import run
from zoo.conformance.trial import untrained
from zoo.export import export
from zoo.package import Package, read
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

FORMAT = "pytorch_state_dict"
NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        return y


def build(in_channels, out_channels):
    return Net(in_channels, out_channels)
"""


@pytest.fixture(scope="session")
def honest(tmp_path_factory) -> Package:
    """A package that does what it says."""
    folder = tmp_path_factory.mktemp("honest")
    (folder / "honest_net.py").write_text(NET)
    sys.path.insert(0, str(folder))
    architecture = Architecture(
        id="honest",
        title="One convolution",
        framework=Framework.TORCH,
        build="honest_net:build",
        presets={"lite": Preset(recipe=Recipe(patch=(32, 32), batch=1, steps=1))},
        halo=8,
        cite=(Citation(text="A 2018", doi="10.1038/s41592-018-0111-2"),),
    )
    made = untrained(architecture)
    header = dataclasses.replace(made.header, trained_on=("d:train",))
    weights.write(dataclasses.replace(made, header=header), folder / "honest.safetensors")
    yield export(folder / "honest.safetensors", architecture, folder / "honest.zip")
    sys.path.remove(str(folder))
    sys.modules.pop("honest_net", None)


@pytest.fixture
def bent(honest, tmp_path):
    """The package, with other lines in its net before the answer."""

    def bend(line: str) -> Package:
        path = tmp_path / "bent.zip"
        with zipfile.ZipFile(honest.path) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                is_net = name.endswith(".py")
                new.writestr(name, data.replace(b"        return y\n", f"        {line}\n        return y\n".encode()))
                assert not is_net or line.encode() in new.read(name)
        return read(path)

    return bend


def _finding(check, package: Package) -> conformance.Finding:
    with conformance.opened(package, FORMAT) as opened:
        (finding,) = run([check], opened, name="bent")
    return finding


@pytest.mark.parametrize(
    "check", conformance.FORMAT_CHECKS + conformance.MODEL_CHECKS, ids=lambda check: check.__name__
)
def test_an_honest_package_passes(honest, check):
    finding = _finding(check, honest)
    silent = check is conformance.check_statistics_make_sense  # of a net that returns means alone
    assert finding.status == ("skipped" if silent else "passed"), finding.message
    assert silent or finding.figure is not None


@pytest.mark.parametrize(
    ("check", "line", "figure"),
    [
        (conformance.check_test_output_is_reproduced, "y = y + 1", 1.0),
        (conformance.check_bioimageio_test_passes, "y = y + 1", None),
        (conformance.check_shape_is_kept, "y = y[..., :-1]", None),
        (conformance.check_output_is_finite, "y = y / x.std()", 4),
        (conformance.check_prediction_repeats, "y = y + torch.rand_like(y)", None),
        (conformance.check_batch_does_not_matter, "y = y - 0.5 * y.mean(dim=0, keepdim=True)", None),
        (conformance.check_seams_are_small, "y = y + torch.linspace(0, 3, y.shape[-1])", None),
        (conformance.check_halo_holds_what_an_edge_changes, "y = y + torch.linspace(0, 3, y.shape[-1])", None),
    ],
)
def test_a_package_that_lies_is_found_out(bent, check, line, figure):
    finding = _finding(check, bent(line))
    assert finding.failed
    assert figure is None or finding.figure == figure
    assert finding.message


def test_which_images_make_it_answer_with_nan_is_told(bent):
    finding = _finding(conformance.check_output_is_finite, bent("y = y / x.std()"))
    assert finding.message == "not finite: a black image, a saturated image"


def test_a_net_that_writes_into_its_input_is_found_out(bent):
    package = bent("x += 1")
    (tensor,) = package.inputs
    bare = dataclasses.replace(package, inputs=(dataclasses.replace(tensor, operations=()),))
    with conformance.opened(bare, FORMAT) as opened:
        image = opened.inputs["input"].astype(np.float32)
        floats = dataclasses.replace(opened, inputs={"input": image})
        finding = conformance.check_input_is_unchanged(floats)
    assert finding.failed
    assert finding.figure == image.size
    assert finding.message == f"{image.size} pixels of the input changed"


@pytest.mark.parametrize(
    "check", [conformance.check_seams_are_small, conformance.check_halo_holds_what_an_edge_changes]
)
def test_seams_of_untrained_nets_are_not_judged(honest, check):
    assert _finding(check, dataclasses.replace(honest, trained_on=())).status == "skipped"


@pytest.mark.parametrize(
    "check", [conformance.check_seams_are_small, conformance.check_halo_holds_what_an_edge_changes]
)
def test_seams_of_nets_of_one_size_cannot_be_seen(honest, check):
    (tensor,) = honest.inputs
    axes = tuple(dataclasses.replace(axis, step=0) if axis.kind == "space" else axis for axis in tensor.axes)
    fixed = dataclasses.replace(honest, inputs=(dataclasses.replace(tensor, axes=axes),))
    assert _finding(check, fixed).status == "skipped"


def test_a_package_is_examined_in_every_format(honest):
    findings = conformance.examine_package(Path(honest.path))
    assert [str(finding) for finding in findings if finding.failed] == []
    assert {finding.subject for finding in findings} == {
        str(honest.path),
        f"{honest.path} [onnx]",
        f"{honest.path} [{FORMAT}]",
    }
    names = {finding.check for finding in findings}
    assert names == {check.__name__.removeprefix("check_") for check in conformance.CHECKS} & names
    assert len(names) == 14


def test_a_package_whose_net_raises_is_a_finding(bent):
    finding = _finding(conformance.check_shape_is_kept, bent("raise ValueError('lost')"))
    assert finding.failed
    assert "ValueError: lost" in finding.message


def test_a_package_that_ends_its_process_is_a_finding(bent):
    findings = conformance.examine_package(bent("import os; os._exit(7)").path)
    (broken,) = [finding for finding in findings if finding.check == "package_opens"]
    assert broken.failed
    assert broken.message.endswith("its process crashed (exit status 7)")


def test_how_far_a_net_looks_is_measured(honest, bent):
    """One convolution three wide sees one pixel further; with a blur of 21 pixels behind it, eleven."""
    finding = _finding(conformance.check_halo_holds_what_an_edge_changes, honest)
    assert (finding.figure, finding.message) == (
        1,
        "99.9% of what an edge changes within 1 pixels; beyond the halo of 8 0.0e+00 deviations, expected up to 0.1",
    )
    wide = "y = torch.nn.functional.avg_pool2d(y, (1, 21), 1, (0, 10))"
    finding = _finding(conformance.check_halo_holds_what_an_edge_changes, bent(wide))
    assert 8 <= finding.figure <= 11
