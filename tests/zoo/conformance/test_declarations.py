from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from zoo.conformance import declarations
from zoo.normalization import Normalization
from zoo.package import Package, Tensor
from zoo.types import Channel, Citation, Modality, Structure

COUNTS = Normalization("training", mean=(400.0, 30_000.0), std=(80.0, 700.0))


def _summary(status: str = "passed", *errors: str) -> SimpleNamespace:
    details = [SimpleNamespace(errors=[SimpleNamespace(msg=text) for text in errors])]
    return SimpleNamespace(status=status, metadata_completeness=0.5, details=details)


@pytest.fixture
def package(tmp_path) -> Package:
    channels = (
        Channel(name="light", modality=Modality.BRIGHTFIELD),
        Channel(name="dna", structure=Structure.NUCLEUS),
    )
    return Package(
        path=tmp_path / "p.zip",
        digest="0",
        description=SimpleNamespace(validation_summary=_summary(), format_version="0.5.12"),
        id="p",
        title="P",
        license="CC0-1.0",
        cite=(Citation(text="A 2018", doi="10.1/2"),),
        formats=("onnx",),
        format="onnx",
        inputs=(Tensor(id="input", axes=(), channels=channels[:1]),),
        outputs=(Tensor(id="output", axes=(), channels=channels[1:]),),
        config={"normalization": {"target": COUNTS.as_dict()}},
    )


def test_a_valid_description_passes_with_its_completeness(package):
    finding = declarations.check_format_is_valid(package)
    assert (finding.status, finding.figure) == ("passed", 0.5)
    assert finding.message == "BioImage.IO 0.5.12, metadata 50%"


def test_an_invalid_description_is_told_with_its_first_error(package):
    package.description.validation_summary = _summary("failed", "inputs are missing", "more")
    finding = declarations.check_format_is_valid(package)
    assert finding.failed
    assert finding.message == "inputs are missing"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "CC0-1.0; 10.1/2"),
        ({"license": ""}, "lacks a licence"),
        ({"cite": (Citation(text="somewhere"),)}, "lacks a citation"),
        ({"license": "", "cite": ()}, "lacks a licence and a citation"),
    ],
)
def test_licence_and_citation_must_be_there(package, changes, message):
    finding = declarations.check_licence_and_citation_are_given(dataclasses.replace(package, **changes))
    assert finding.failed is bool(changes)
    assert finding.message == message


def test_channels_must_be_told(package):
    assert declarations.check_channels_are_told(package).message == "light (brightfield), dna (nucleus)"
    silent = dataclasses.replace(package, outputs=(Tensor(id="output", axes=()),))
    assert declarations.check_channels_are_told(silent).failed
    foreign = dataclasses.replace(silent, config={})
    assert declarations.check_channels_are_told(foreign).status == "skipped"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (COUNTS, "passed"),
        (Normalization("per-image"), "failed"),
        (Normalization("training", mean=(60_000.0,), std=(0.5,)), "failed"),
    ],
)
def test_normalisation_must_lead_back_to_counts(package, target, status):
    told = dataclasses.replace(package, config={"normalization": {"target": target.as_dict()}})
    assert declarations.check_normalization_is_invertible(told).status == status


def test_what_was_normalised_elsewhere_is_not_known(package):
    foreign = dataclasses.replace(package, config={})
    assert declarations.check_normalization_is_invertible(foreign).status == "skipped"
