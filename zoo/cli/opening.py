"""What every command that predicts has in common: a model that is named, and how it shall run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.package import Package
    from zoo.registry import Registry
    from zoo.runtime import Model
    from zoo.runtime.model import RunnerName

RESTRICTIONS = ("-NC", "-ND")
"""Parts of an SPDX id that forbid commercial use or changes."""


@contextmanager
def opened(
    registry: Registry,
    model: str,
    *,
    weight_format: str = "",
    tile: str = "",
    threads: int = 0,
    timeout: float | None = None,
) -> Iterator[Model]:
    """An entry, packed first if need be, or a package, opened once. Says so where its licence forbids something."""
    from rich.console import Console  # noqa: PLC0415 - keeps the surface light

    from zoo.export import packaged  # noqa: PLC0415 - as above
    from zoo.package import read  # noqa: PLC0415 - as above
    from zoo.runtime import open_model  # noqa: PLC0415 - as above

    with Console(stderr=True).status(f"opening {model}"):
        package = read(packaged(registry, model))
    _tell_license(package)
    runner: RunnerName = "auto" if timeout is None else "worker"
    edges = _tile(tile, package.spatial)
    with open_model(package, format=weight_format, runner=runner, threads=threads, tile=edges, timeout=timeout) as net:
        yield net


def listed(names: str) -> tuple[str, ...]:
    """Names out of ``a,b``.

    >>> listed("dna, actin")
    ('dna', 'actin')
    """
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _tile(text: str, spatial: int) -> tuple[int, ...]:
    """Edges of a tile; one number stands for y and x, and leaves z as it is by default.

    >>> _tile("512", 2), _tile("16x128x128", 3), _tile("", 2)
    ((512, 512), (16, 128, 128), ())
    """
    if not text:
        return ()
    words = text.lower().split("x")
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise ZooError(
            f"--tile {text!r}: expected numbers of pixels", hint="for example: --tile 512 or --tile 32x256x256"
        )
    edges = tuple(int(word) for word in words)
    if len(edges) == 1:
        return (32, *edges * 2)[-spatial:]
    return edges


def _tell_license(package: Package) -> None:
    if not package.license or any(part in package.license for part in RESTRICTIONS):
        named = package.license or "no licence at all: ask its authors"
        typer.secho(f"zoo: the weights of {package.id} are under {named}; check that your use is allowed", err=True)
