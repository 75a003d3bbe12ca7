from __future__ import annotations

import dataclasses

import pytest

from zoo.conformance import sources
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

CITED = Citation(text="A 2018", doi="10.1/2")
NET = """
from torch import nn


def build(in_channels, out_channels, width=4):
    return nn.Sequential(nn.Conv2d(in_channels, width, 3, padding=1), nn.Conv2d(width, out_channels, 1))
"""


def _architecture(**changes) -> Architecture:
    recipe = Recipe(patch=(32, 32), batch=1, steps=1)
    presets = {"lite": Preset(recipe=recipe), "wide": Preset(recipe=recipe, options={"width": 8})}
    known = {"id": "n", "title": "N", "framework": Framework.TORCH, "build": "net_module:build", "presets": presets}
    return Architecture(**{**known, "divisor": 16, "cite": (CITED,), **changes})


@pytest.fixture
def net(site):
    """Put the source of a net where it can be imported."""

    def write(code: str = NET) -> Architecture:
        (site.folder / "net_module.py").write_text(code)
        site.modules.append("net_module")
        return _architecture()

    return write


@pytest.mark.parametrize(
    ("code", "ok", "told"),
    [
        ("import json", True, "nothing heavy is loaded"),
        ("import numpy", False, "loads numpy, which only opening a model may"),
        ("def zoo_models():\n    import numpy\n    yield 1", False, "loads numpy, which only opening a model may"),
        ("import nothing_like_this", False, "cannot be imported: ModuleNotFoundError: No module named"),
    ],
)
def test_what_a_plugin_loads_is_told(site, monkeypatch, code, ok, told):
    site.install("p", code)
    monkeypatch.setenv("PYTHONPATH", site.environment["PYTHONPATH"])
    finding = sources.check_plugin_imports_light("p_module")
    assert finding.failed is not ok
    assert told in finding.message


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import torch, math\nfrom torch.nn import functional", ""),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from zoo.types import Recipe", ""),
        ("def build():\n    import numpy", "numpy"),
        ("from zoo.types import Recipe\nimport scipy.ndimage", "scipy, zoo"),
        ("from . import blocks", "."),
        ("import tensorflow", "tensorflow"),
    ],
)
def test_a_net_that_needs_more_than_its_framework_is_told(net, code, told):
    finding = sources.check_net_stands_alone(net(code))
    assert finding.failed is bool(told)
    assert finding.message == f"net_module imports {told or 'its framework alone'}"


def test_a_net_without_source_cannot_travel():
    finding = sources.check_net_stands_alone(_architecture(build="math:tau"))
    assert finding.failed
    assert finding.message == "math:tau: no Python source to be found"


def test_presets_are_built_and_counted(net):
    finding = sources.check_presets_can_be_built(net())
    assert finding.status == "passed"
    assert finding.figure == 4 * 9 + 4 + 4 + 1
    assert finding.message == "trainable parameters: lite 45, wide 89"


def test_a_net_without_parameters_learns_nothing(net):
    finding = sources.check_presets_can_be_built(
        net("from torch import nn\ndef build(i, o, width=1): return nn.ReLU()")
    )
    assert (finding.status, finding.figure) == ("failed", 0)


@pytest.mark.parametrize(("patch", "ok"), [((32, 48), True), ((32, 40), False), ((16, 32, 32), False)])
def test_patches_must_fit_the_net(patch, ok):
    presets = {"lite": Preset(recipe=Recipe(patch=patch, batch=1, steps=1))}
    finding = sources.check_patches_fit_the_net(_architecture(presets=presets))
    assert finding.failed is not ok
    assert finding.message.endswith("2 edges, each a multiple of 16")


@pytest.mark.parametrize(("cite", "figure"), [((CITED,), 1), ((Citation(text="somewhere"),), 0), ((), 0)])
def test_a_citation_can_be_followed(cite, figure):
    finding = sources.check_source_is_cited(_architecture(cite=cite))
    assert (finding.failed, finding.figure) == (figure == 0, figure)


def test_an_entry_that_differs_from_its_file_is_told(weight_file):
    from zoo.weights import entry

    honest = entry(weight_file)
    assert sources.check_entry_agrees_with_its_file(honest).status == "passed"
    finding = sources.check_entry_agrees_with_its_file(dataclasses.replace(honest, license="CC0-1.0"))
    assert finding.failed
    assert finding.message == "license: 'CC0-1.0', in the file 'CC-BY-4.0'"


def test_a_finished_package_has_no_weight_file_to_agree_with(weight_file, tmp_path):
    from zoo.weights import entry

    foreign = dataclasses.replace(entry(weight_file), weights=tmp_path / "foreign.zip")
    assert sources.check_entry_agrees_with_its_file(foreign).status == "skipped"
