from __future__ import annotations

import pytest

from zoo import plugins

GOOD = """
from zoo import hooks

@hooks.impl
def zoo_architectures():
    return []
"""
RAISES = """
from zoo import hooks

@hooks.impl
def zoo_architectures():
    raise RuntimeError("the disk is full\\nand more")

@hooks.impl
def zoo_models():
    return []
"""
LEAVES_A_TRACE = """
import pathlib
pathlib.Path(__file__).with_name("imported").touch()
"""


def _by_name(loaded: plugins.Plugins) -> dict[str, plugins.Plugin]:
    return {plugin.name: plugin for plugin in loaded.found}


def test_a_good_plugin_is_loaded_with_its_distribution_and_hooks(site):
    site.install("good", GOOD, version="2.3")
    assert _by_name(plugins.load())["good"] == plugins.Plugin(
        name="good", distribution="good-plugin 2.3", status="loaded", hooks=("zoo_architectures",)
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import a_module_that_nobody_has", "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"),
        ("def broken(:", "SyntaxError: invalid syntax (bad_module.py, line 1)"),
        ("raise SystemError('first\\nsecond')", "SystemError: first second"),
        ("raise ValueError('long ' * 100)", "ValueError: " + "long " * 56 + "long ..."),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named_and_the_rest_go_on(site, code, reason):
    site.install("bad", code)
    site.install("good", GOOD)
    found = _by_name(plugins.load())
    assert found["bad"] == plugins.Plugin(name="bad", distribution="bad-plugin 1.0", status="broken", reason=reason)
    assert found["good"].status == "loaded"
    assert found["builtin"].status == "loaded"


def test_a_misspelt_hook_is_named(site):
    site.install("typo", GOOD.replace("zoo_architectures", "zoo_architectrues"))
    site.install("zebra", GOOD)
    loaded = plugins.load()
    (broken,) = loaded.broken
    assert broken.name == "typo"
    assert broken.reason.startswith("PluginValidationError: unknown hook 'zoo_architectrues' in plugin")
    assert _by_name(loaded)["zebra"].status == "loaded"
    assert not loaded.manager.has_plugin("typo")


def test_a_hook_with_an_argument_that_nobody_passes_is_named(site):
    site.install("curious", GOOD.replace("zoo_architectures()", "zoo_architectures(registry)"))
    (broken,) = plugins.load().broken
    assert broken.name == "curious"
    assert "Argument(s) {'registry'} are declared in the hookimpl but can not be found" in broken.reason


def test_a_hook_that_raises_is_named_and_the_rest_go_on(site):
    site.install("raising", RAISES)
    site.install("good", GOOD)
    loaded = plugins.load()
    gathered = loaded.gather("zoo_architectures")
    assert gathered.values["good"] == []
    assert "raising" not in gathered.values
    assert [plugin.reason for plugin in gathered.broken] == [
        "zoo_architectures: RuntimeError: the disk is full and more"
    ]
    assert "raising" in loaded.gather("zoo_models").values


def test_a_generator_that_raises_half_way_is_named(site):
    site.install("late", GOOD.replace("return []", "yield 1\n    raise ValueError('late')"))
    gathered = plugins.load().gather("zoo_architectures")
    assert [plugin.reason for plugin in gathered.broken] == ["zoo_architectures: ValueError: late"]


def test_a_plugin_that_is_switched_off_is_never_imported(site):
    site.install("traced", LEAVES_A_TRACE)
    assert _by_name(plugins.load(["traced"]))["traced"] == plugins.Plugin(
        name="traced", distribution="traced-plugin 1.0", status="off", reason="switched off"
    )
    assert not (site.folder / "imported").exists()
    plugins.load()
    assert (site.folder / "imported").exists()


def test_all_switches_off_every_plugin_but_our_own(site):
    site.install("traced", LEAVES_A_TRACE)
    status = {plugin.name: plugin.status for plugin in plugins.load(["all"]).found}
    assert {name for name, value in status.items() if value == "loaded"} == {"builtin", "harness"}
    assert not (site.folder / "imported").exists()


def test_names_to_switch_off_come_from_the_environment_too(monkeypatch):
    monkeypatch.setenv("ZOO_NO_PLUGINS", " one, two ,,")
    assert plugins.switched_off(["three", ""]) == {"one", "two", "three"}


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--no-plugin", "traced"], {}),
        (["--no-plugin=traced"], {}),
        ([], {"ZOO_NO_PLUGINS": "traced"}),
        ([], {"ZOO_NO_PLUGINS": "all"}),
    ],
)
def test_the_command_line_reads_switches_before_any_entry_point(site, zoo_process, words, environment):
    site.install("traced", LEAVES_A_TRACE)
    ran = zoo_process(*words, "list", "plugins", "--json", **site.environment, **environment)
    assert ran.status == 0
    assert {row["id"]: row["status"] for row in ran.json}["traced"] == "off"
    assert not (site.folder / "imported").exists()


def test_the_command_line_warns_of_a_broken_plugin_and_goes_on(site, zoo_process):
    site.install("bad", "import a_module_that_nobody_has")
    ran = zoo_process("list", "plugins", "--json", **site.environment)
    assert ran.status == 0
    assert {row["id"]: row["status"] for row in ran.json}["bad"] == "broken"
    assert ran.err == (
        "zoo: plugin 'bad' (bad-plugin 1.0) is broken and was left out: "
        "ModuleNotFoundError: No module named 'a_module_that_nobody_has'\n"
        "  hint: mend it, or silence this with --no-plugin bad\n"
    )


def test_the_command_line_warns_of_a_hook_that_raises(site, zoo_process):
    site.install("raising", RAISES)
    ran = zoo_process("list", "architectures", "--json", **site.environment)
    assert ran.status == 0
    assert ran.err.startswith(
        "zoo: plugin 'raising' (raising-plugin 1.0) is broken and was left out: zoo_architectures"
    )
