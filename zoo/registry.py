"""Ids to what plugins registered: collisions name both owners, misses say what is near."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from zoo import plugins as loading
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from zoo.types import Architecture, Dataset, Metric, ModelEntry


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """Unique among the things of one kind."""
        ...


T = TypeVar("T", bound=Named)


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """The things of one kind, by id, each with the plugin that brought it."""

    kind: str
    """Singular, for messages: ``model``, ``dataset`` ..."""
    things: Mapping[str, T]
    owners: Mapping[str, str]

    def __iter__(self) -> Iterator[T]:
        """The things, in the order of their ids."""
        return iter(self.things.values())

    def __contains__(self, name: object) -> bool:
        """Whether the id is registered."""
        return name in self.things

    def get(self, name: str) -> T:
        """The thing of that id; a miss is an error that names what is near."""
        try:
            return self.things[name]
        except KeyError:
            raise self.unknown(name) from None

    def unknown(self, name: str) -> ZooError:
        """The error for an id that nobody registered."""
        near = difflib.get_close_matches(name, self.things, n=3, cutoff=0.5)
        known = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self.things) or 'none'}."
        return ZooError(f"unknown {self.kind} {name!r}; {known}", hint=f"zoo list {self.kind}s shows every {self.kind}")


@dataclass(frozen=True)
class Registry:
    """Everything that the loaded plugins registered. A hook is called when its shelf is first asked for."""

    plugins: loading.Plugins
    broken: list[loading.Plugin] = field(default_factory=list)
    """Plugins whose hook raised when it was called; grows as shelves are asked for."""

    @cached_property
    def architectures(self) -> Shelf[Architecture]:
        """Nets that can be built and trained."""
        return cast("Shelf[Architecture]", self._shelf("architecture"))

    @cached_property
    def models(self) -> Shelf[ModelEntry]:
        """Trained entries."""
        return cast("Shelf[ModelEntry]", self._shelf("model"))

    @cached_property
    def datasets(self) -> Shelf[Dataset]:
        """Paired datasets."""
        return cast("Shelf[Dataset]", self._shelf("dataset"))

    @cached_property
    def metrics(self) -> Shelf[Metric]:
        """Metrics."""
        return cast("Shelf[Metric]", self._shelf("metric"))

    def _shelf(self, kind: str) -> Shelf[Any]:
        things: dict[str, Any] = {}
        owners: dict[str, str] = {}
        gathered = self.plugins.gather(f"zoo_{kind}s")
        self.broken.extend(gathered.broken)
        for owner, found in gathered.values.items():
            for thing in found:
                name = getattr(thing, "id", None)
                if not isinstance(name, str):
                    reason = f"zoo_{kind}s: returned {thing!r}, which has no id"
                    self.broken.append(self.plugins.broken_by(owner, reason))
                    continue
                if name in things:
                    message = f"{kind} {name!r} is registered twice: by plugin {owners[name]!r} and by plugin {owner!r}"
                    raise ZooError(message, hint=f"leave one out: --no-plugin {owner}")
                things[name], owners[name] = thing, owner
        ordered = sorted(things)
        return Shelf(kind, {name: things[name] for name in ordered}, owners)


def load(off: Collection[str] = ()) -> Registry:
    """The registry of all installed plugins but those switched off by name or by ``ZOO_NO_PLUGINS``."""
    return Registry(loading.load(loading.switched_off(off)))


def resolve(reference: str) -> Any:  # noqa: ANN401 - whatever the plugin points at
    """Import what ``"module:attribute"`` points at.

    >>> resolve("math:tau") > 6
    True
    """
    module, _, attribute = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        message = f"cannot import {reference!r}: {type(error).__name__}: {error}"
        raise ZooError(message, hint="install the plugin that needs it, with its extras") from error
