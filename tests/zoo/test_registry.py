from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo import plugins, registry
from zoo.errors import ZooError
from zoo.registry import Shelf
from zoo.types import Citation

ARCHITECTURE = """
from zoo import hooks
from zoo.types import Architecture, Framework, Preset, Recipe

@hooks.impl
def zoo_architectures():
    recipe = Recipe(patch=(32, 32), batch=1, steps=1)
    presets = {{"lite": Preset(recipe=recipe)}}
    yield Architecture(id="{id}", title="T", framework=Framework.TORCH, build="nowhere:build", presets=presets)
"""


def test_what_a_plugin_registers_is_found_with_its_owner(site):
    site.install("maker", ARCHITECTURE.format(id="plain-net"))
    loaded = registry.load()
    assert loaded.architectures.get("plain-net").title == "T"
    assert loaded.architectures.owners["plain-net"] == "maker"


def test_an_id_registered_twice_names_both_owners(site):
    site.install("first", ARCHITECTURE.format(id="same"))
    site.install("second", ARCHITECTURE.format(id="same"))
    with pytest.raises(ZooError) as caught:
        _ = registry.load().architectures
    message = caught.value.message
    assert message.startswith("architecture 'same' is registered twice: by plugin '")
    assert "'first'" in message
    assert "'second'" in message
    assert caught.value.hint.startswith("leave one out: --no-plugin ")


def test_the_hint_of_a_collision_works(site):
    site.install("first", ARCHITECTURE.format(id="same"))
    site.install("second", ARCHITECTURE.format(id="same"))
    assert registry.load(["second"]).architectures.owners["same"] == "first"


def test_a_miss_says_what_is_near(site):
    site.install("maker", ARCHITECTURE.format(id="plain-net"))
    with pytest.raises(ZooError) as caught:
        registry.load().architectures.get("plane-net")
    assert caught.value.message.startswith("unknown architecture 'plane-net'; did you mean plain-net")
    assert caught.value.hint == "zoo list architectures shows every architecture"


def test_a_miss_with_nothing_near_names_all_that_is_known():
    shelf: Shelf = Shelf("metric", {"a-b": None, "c-d": None}, {})
    assert shelf.unknown("zzzz").message == "unknown metric 'zzzz'; known: a-b, c-d."
    assert Shelf("metric", {}, {}).unknown("x").message == "unknown metric 'x'; known: none."


def test_a_hook_that_raises_leaves_the_rest_on_the_shelf(site):
    site.install("maker", ARCHITECTURE.format(id="plain-net"))
    site.install("raising", ARCHITECTURE.format(id="other").replace("recipe = ", "recipe = nothing or "))
    loaded = registry.load()
    assert "plain-net" in loaded.architectures
    assert "other" not in loaded.architectures
    assert [plugin.name for plugin in loaded.broken] == ["raising"]


def test_a_thing_without_an_id_is_named_with_its_plugin(site):
    site.install("odd", "from zoo import hooks\n\n@hooks.impl\ndef zoo_models():\n    return ['weights.zip']\n")
    loaded = registry.load()
    assert "weights.zip" not in loaded.models
    assert [plugin.reason for plugin in loaded.broken] == ["zoo_models: returned 'weights.zip', which has no id"]


def test_a_shelf_asks_its_hook_once(site):
    site.install(
        "counting",
        "calls = []\n" + ARCHITECTURE.format(id="one").replace("    recipe", "    calls.append(1)\n    recipe"),
    )
    loaded = registry.load()
    assert loaded.architectures is loaded.architectures
    assert loaded.plugins.manager.get_plugin("counting").calls == [1]


@given(st.sets(st.text(min_size=1, max_size=8), max_size=8))
def test_shelves_are_in_the_order_of_their_ids(names):
    class Stub:
        def gather(self, _hook):
            return plugins.Gathered({"p": [_Thing(name) for name in names]}, ())

    shelf = registry.Registry(Stub())._shelf("model")
    assert [thing.id for thing in shelf] == sorted(names)


def test_resolve_imports_what_is_pointed_at():
    assert registry.resolve("zoo.types:Citation") is Citation


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("zoo.types:Nothing", "AttributeError: module 'zoo.types' has no attribute 'Nothing'"),
        ("zoo.nowhere:x", "ModuleNotFoundError: No module named 'zoo.nowhere'"),
    ],
)
def test_resolve_says_what_cannot_be_imported(reference, why):
    with pytest.raises(ZooError) as caught:
        registry.resolve(reference)
    assert caught.value.message == f"cannot import {reference!r}: {why}"
    assert caught.value.hint == "install the plugin that needs it, with its extras"


class _Thing:
    def __init__(self, name: str) -> None:
        self.id = name
