from __future__ import annotations

from contextlib import chdir

import pytest

from zoo import conformance, registry
from zoo.conformance.trial import untrained
from zoo.errors import ZooError
from zoo.types import Architecture, Framework

TINY = """
from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

@hooks.impl
def zoo_architectures():
    yield Architecture(
        id="tiny-net",
        title="T",
        framework=Framework.TORCH,
        build="tiny_module:build",
        presets={"lite": Preset(recipe=Recipe(patch=(32, 32), batch=1, steps=1))},
        expected_failures={"net_stands_alone": "the test keeps it beside the hook"},
        cite=(Citation(text="A 2018", doi="10.1038/s41592-018-0111-2"),),
    )

def build(in_channels, out_channels):
    from torch import nn

    return nn.Conv2d(in_channels, out_channels, 1)
"""


def test_a_name_that_nobody_has_is_an_error():
    with pytest.raises(ZooError) as caught:
        conformance.examine(registry.load(), "nothing-of-the-kind")
    assert caught.value.message.startswith(
        "'nothing-of-the-kind' is no package, model, architecture or plugin; plugins are builtin, "
    )
    assert caught.value.hint == "check the path, or see: zoo list plugins"


def test_a_broken_plugin_cannot_be_checked(site):
    site.install("bad", "import a_module_that_nobody_has")
    with pytest.raises(ZooError, match="plugin 'bad' is broken: ModuleNotFoundError"):
        conformance.examine(registry.load(), "bad")


def test_an_architecture_without_presets_cannot_be_tried():
    bare = Architecture(id="bare", title="B", framework=Framework.TORCH, build="nowhere:build", presets={})
    with pytest.raises(ZooError, match=r"^bare: has no presets"):
        untrained(bare)


def test_a_net_that_cannot_be_packed_is_a_finding(site):
    site.install("tiny", TINY.replace("nn.Conv2d(in_channels, out_channels, 1)", "1 / 0"))
    findings = conformance.examine(registry.load(), "tiny-net")
    failed = {finding.check: finding.message for finding in findings if finding.failed}
    assert set(failed) == {"presets_can_be_built", "package_can_be_made"}
    assert "ZeroDivisionError" in failed["presets_can_be_built"]


def test_a_plugin_goes_before_an_architecture_and_a_folder_of_its_name(site, tmp_path):
    site.install("tiny", TINY.replace("nn.Conv2d(in_channels, out_channels, 1)", "1 / 0").replace("tiny-net", "tiny"))
    (tmp_path / "tiny").mkdir()
    with chdir(tmp_path):
        checked = {finding.check for finding in conformance.examine(registry.load(), "tiny")}
    assert {"plugin_imports_light", "presets_can_be_built"} < checked


def test_every_public_check_is_in_the_list():
    public = {name for name in conformance.__all__ if name.startswith("check_")}
    assert public == {check.__name__ for check in conformance.CHECKS}
    assert all(check.__doc__ for check in conformance.CHECKS)


def test_zoo_check_tells_what_it_found_and_exits_with_1_if_something_failed(site, zoo):
    site.install("tiny", TINY.replace("nn.Conv2d(in_channels, out_channels, 1)", "1 / 0"))
    ran = zoo("check", "tiny-net")
    assert ran.status == 1
    assert "expected-failure" in ran.out
    assert "tiny_module imports zoo (expected: the test keeps it beside the hook)" in ran.out
    assert ran.out.endswith("2 passed, 2 failed, 1 skipped, 1 expected-failure\n")


def test_zoo_check_tells_scripts_in_json(site, zoo):
    site.install("tiny", TINY.replace("nn.Conv2d(in_channels, out_channels, 1)", "1 / 0"))
    ran = zoo("check", "tiny-net", "--json")
    assert ran.status == 1
    assert {"check", "status", "figure", "message", "subject"} == set(ran.json[0])
    failed = {finding["check"] for finding in ran.json if finding["status"] == "failed"}
    assert failed == {"presets_can_be_built", "package_can_be_made"}
