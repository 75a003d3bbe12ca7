"""Entries to packages: what is judged is the package, never the plugin.

Made once and kept in the cache; made anew when the weights or the net's code change.
"""

from __future__ import annotations

import os
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.store import cache_folder
from zoo.errors import ZooError
from zoo.package import read
from zoo.runtime import isolated

if TYPE_CHECKING:
    from zoo.package import Package
    from zoo.registry import Registry
    from zoo.types import Architecture, ModelEntry

WEIGHTS = ".safetensors"


def package_of(entry: ModelEntry, registry: Registry) -> Package:
    """The package of a registered model. Weights are packed in a process of their own: it loads a framework."""
    if entry.weights.suffix != WEIGHTS:
        return read(entry.weights)
    architecture = registry.architectures.get(entry.architecture)
    path = cache_folder() / "packages" / f"{_identity(entry, architecture)}.zip"
    if path.exists():
        try:
            return read(path)
        except ZooError:
            path.unlink()  # a damaged copy is worth no more than none
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.{os.getpid()}.zip")
    try:
        isolated(f"packing {entry.id}", _pack, entry.weights, architecture, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return read(path)


def _pack(weights: Path, architecture: Architecture, path: Path) -> None:
    from zoo.export import export  # noqa: PLC0415 - loads a framework, in the process that is made for it

    export(weights, architecture, path)


def _identity(entry: ModelEntry, architecture: Architecture) -> str:
    """sha256 over the weights and the file of the net's code."""
    spec = find_spec(architecture.build.partition(":")[0])
    code = Path(spec.origin).read_bytes() if spec and spec.origin else b""
    return sha256(sha256(entry.weights.read_bytes()).digest() + sha256(code).digest()).hexdigest()
