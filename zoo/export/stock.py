"""Packages of entries, made when they are first asked for and kept in the cache under what they were made from."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import weights
from zoo.data.store import cache_folder
from zoo.errors import ZooError
from zoo.export.packing import export
from zoo.runtime import isolated
from zoo.runtime.threads import available
from zoo.types import Framework

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.registry import Registry
    from zoo.types import Architecture


def packaged(registry: Registry, reference: str, *, format: str = "") -> Path:  # noqa: A002 - the command line's word
    """The package that a user means by the id of an entry, a package or a weight file.

    Entries are packed in a process of their own on first use, so that this one needs no framework for a net that runs
    in ONNX. ``format`` asks for another default than the fastest.
    """
    path = Path(reference)
    if reference not in registry.models and (path.exists() or path.suffix in (".zip", ".yaml", weights.SUFFIX)):
        if not path.exists():
            raise ZooError(f"{path}: no such file", hint="check the path; zoo list models shows the ids of entries")
    else:
        path = registry.models.get(reference).weights
    if path.suffix != weights.SUFFIX:
        return path
    header = weights.read_header(path)
    architecture = registry.architectures.get(header.architecture)
    kept = cache_folder() / "packages" / key(path, architecture, format) / f"{_file_name(header.id)}.zip"
    if not kept.exists():
        _make_folder(kept.parent)
        isolated(f"packing {header.id}", _pack, path, architecture, kept, format)
    return kept


def packages(
    registry: Registry, references: Sequence[str], tell: Callable[[str, int, int], None]
) -> dict[str, Path | ZooError]:
    """``packaged`` of many at once, as many as there are cores: each path, or why there is none.

    ``tell`` is given the one that is done, how many are, and of how many.
    """
    found: dict[str, Path | ZooError] = {}
    longest_first = sorted(dict.fromkeys(references), key=lambda name: not _tensorflow(registry, name))
    with ThreadPoolExecutor(available()) as pool:
        running = {pool.submit(_tried, registry, name): name for name in longest_first}
        for future in as_completed(running):
            found[running[future]] = future.result()
            tell(running[future], len(found), len(running))
    return found


def _tensorflow(registry: Registry, reference: str) -> bool:
    """Whether a framework packs it that takes several times as long as the other."""
    entry = registry.models.things.get(reference)
    if entry is None or entry.architecture not in registry.architectures:
        return False
    return registry.architectures.get(entry.architecture).framework is Framework.TENSORFLOW


def _tried(registry: Registry, reference: str) -> Path | ZooError:
    try:
        return packaged(registry, reference)
    except ZooError as error:
        return error


def _pack(path: Path, architecture: Architecture, package: Path, chosen: str) -> None:
    export(path, architecture, package, format=chosen)


def key(path: Path, architecture: Architecture, chosen: str) -> str:
    """Everything that decides what is packed: the weights, the code of the net, and this program."""
    code = find_spec(architecture.build.partition(":")[0])  # found, not imported: this process needs no framework
    parts = (
        path.read_bytes(),
        Path(code.origin).read_bytes() if code and code.origin else b"",
        repr(architecture).encode(),
        metadata.version("unstained").encode(),
        chosen.encode(),
    )
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


def _file_name(name: str) -> str:
    """An id as the name of a file on any system.

    >>> _file_name("net@cells.position")
    'net@cells.position'
    """
    return "".join(letter if letter.isalnum() or letter in "-_.@" else "-" for letter in name)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZooError(
            f"{folder}: cannot make the folder for packages: {error.strerror or error}",
            hint="choose another cache with the environment variable ZOO_CACHE",
        ) from error
