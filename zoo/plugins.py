"""Loading of plugins, one entry point at a time: a broken one is named and the rest go on."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import TYPE_CHECKING, Literal

import pluggy

from zoo import hooks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

OFF_SWITCH = "ZOO_NO_PLUGINS"
"""Environment variable: names of plugins not to load, separated by commas; ``all`` for every one but the built-in."""
BUILT_IN = frozenset({"builtin", "harness"})
"""Entry points of this distribution itself, which ``all`` leaves on."""
LONGEST_REASON = 300
"""Characters of a foreign error that are passed on."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One entry point, loaded or not."""

    name: str
    distribution: str
    """``name version`` of the distribution that it came with."""
    status: Literal["loaded", "broken", "off"]
    reason: str = ""
    """Why it is broken or off: one line."""
    hooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plugins:
    """What was found and a manager that holds what could be loaded."""

    manager: pluggy.PluginManager
    found: tuple[Plugin, ...]

    @property
    def broken(self) -> tuple[Plugin, ...]:
        """Plugins that did not load."""
        return tuple(plugin for plugin in self.found if plugin.status == "broken")

    def gather(self, hook: str) -> Gathered:
        """Call one hook on every plugin. One that raises is reported as broken and the rest go on."""
        values: dict[str, list[object]] = {}
        broken: list[Plugin] = []
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            try:
                values[name] = list(implementation.function())
            except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is reported with its name
                broken.append(self.broken_by(name, f"{hook}: {_one_line(error)}"))
        return Gathered(values, tuple(broken))

    def broken_by(self, name: str, reason: str) -> Plugin:
        """The plugin of that name, broken for a reason that showed after it was loaded."""
        return replace(next(plugin for plugin in self.found if plugin.name == name), status="broken", reason=reason)


@dataclass(frozen=True)
class Gathered:
    """What the implementations of one hook returned."""

    values: Mapping[str, list[object]]
    """Plugin name -> the things it returned."""
    broken: tuple[Plugin, ...]
    """Plugins whose implementation raised."""


@dataclass
class _Loading:
    manager: pluggy.PluginManager
    found: list[Plugin] = field(default_factory=list)


def switched_off(names: Iterable[str] = ()) -> frozenset[str]:
    """Plugin names to leave out: the given ones and those of the environment variable ``ZOO_NO_PLUGINS``."""
    listed = os.environ.get(OFF_SWITCH, "").split(",")
    return frozenset(name.strip() for name in (*names, *listed) if name.strip())


def load(off: Collection[str] = (), entry_points: Iterable[metadata.EntryPoint] | None = None) -> Plugins:
    """Load every entry point of the group ``zoo`` that is not switched off, in the order of their names."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    loading = _Loading(manager)
    points = metadata.entry_points(group=hooks.PROJECT) if entry_points is None else entry_points
    for point in sorted(points, key=lambda point: point.name):
        if point.name in off or ("all" in off and point.name not in BUILT_IN):
            loading.found.append(_plugin(point, "off", reason="switched off"))
        else:
            _load_one(point, loading)
    return Plugins(manager, tuple(loading.found))


def _load_one(point: metadata.EntryPoint, loading: _Loading) -> None:
    manager = loading.manager
    try:
        manager.register(point.load(), name=point.name)
        manager.check_pending()
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is reported with its name
        if manager.has_plugin(point.name):
            manager.unregister(name=point.name)
        loading.found.append(_plugin(point, "broken", reason=_one_line(error)))
        return
    callers = manager.get_hookcallers(manager.get_plugin(point.name)) or []
    loading.found.append(_plugin(point, "loaded", hooks=tuple(sorted(caller.name for caller in callers))))


def _one_line(error: Exception) -> str:
    return textwrap.shorten(f"{type(error).__name__}: {error}", LONGEST_REASON, placeholder=" ...")


def _plugin(
    point: metadata.EntryPoint,
    status: Literal["loaded", "broken", "off"],
    *,
    reason: str = "",
    hooks: tuple[str, ...] = (),
) -> Plugin:
    owner = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    return Plugin(name=point.name, distribution=owner, status=status, reason=reason, hooks=hooks)
