"""A model that is named on the command line, packed first if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.package import Package
    from zoo.registry import Registry


def package(registry: Registry, model: str) -> Package:
    """The package of an entry, or a package on disk; says what is going on, since packing takes seconds."""
    from rich.console import Console  # noqa: PLC0415 - help must not load it

    from zoo.export import packaged  # noqa: PLC0415 - as above
    from zoo.package import read  # noqa: PLC0415 - as above

    with Console(stderr=True).status(f"opening {model}"):
        return read(packaged(registry, model))
