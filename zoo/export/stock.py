"""Packages of entries, made when they are first asked for and kept in the cache under what they were made from."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from zoo import weights
from zoo.data.store import cache_folder
from zoo.errors import ZooError
from zoo.export.packing import export
from zoo.runtime.failures import job_failed
from zoo.runtime.threads import available
from zoo.runtime.worker import Worker
from zoo.types import Framework

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from zoo.registry import Registry
    from zoo.types import Architecture
    from zoo.weights import Header


def packaged(registry: Registry, reference: str, *, format: str = "") -> Path:  # noqa: A002 - the command line's word
    """The package that a user means by the id of an entry, a package or a weight file.

    Entries are packed in a process of their own on first use, so that this one needs no framework for a net that runs
    in ONNX. ``format`` asks for another default than the fastest.
    """
    with Packer(registry) as pack:
        return pack(reference, format)


def packages(
    registry: Registry, references: Sequence[str], tell: Callable[[str, int, int], None]
) -> dict[str, Path | ZooError]:
    """``packaged`` of many at once, as many as there are cores: each path, or why there is none.

    ``tell`` is given the one that is done, how many are, and of how many.
    """
    names = sorted(dict.fromkeys(references), key=lambda name: not _takes_long(registry, name))
    found: dict[str, Path | ZooError] = {}
    waiting, lock = deque(names), Lock()

    def serve(pack: Packer) -> None:
        while True:
            with lock:
                if not waiting:
                    return
                name = waiting.popleft()
            made = _tried(pack, name)
            with lock:
                found[name] = made
                tell(name, len(found), len(names))

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(available()))
        packers = [stack.enter_context(Packer(registry)) for _ in range(available())]  # closed before the pool waits
        stack.callback(waiting.clear)
        for served in [pool.submit(serve, packer) for packer in packers]:
            served.result()
    return found


def _takes_long(registry: Registry, reference: str) -> bool:
    """Whether TensorFlow packs it, which takes several times as long as torch does."""
    entry = registry.models.things.get(reference)
    if entry is None or entry.architecture not in registry.architectures:
        return False
    return registry.architectures.get(entry.architecture).framework is Framework.TENSORFLOW


def _tried(pack: Packer, reference: str) -> Path | ZooError:
    try:
        return pack(reference)
    except ZooError as error:
        return error


class Packer:
    """Packs one after the other, in a process for each framework, which is started once."""

    def __init__(self, registry: Registry) -> None:
        """Nothing is started yet."""
        self._registry = registry
        self._workers: dict[Framework, Worker] = {}
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        for worker in self._workers.values():
            worker.close()

    def __call__(self, reference: str, format: str = "") -> Path:  # noqa: A002 - as above
        """The package that is meant, from the cache or made now."""
        path = _file(self._registry, reference)
        if path.suffix != weights.SUFFIX:
            return path
        header = weights.read_header(path)
        architecture = self._registry.architectures.get(header.architecture)
        kept = cache_folder() / "packages" / key(path, architecture, format) / f"{_file_name(header.id)}.zip"
        if not kept.exists():
            _make_folder(kept.parent)
            self._worker(header).call(header.id, path, architecture, kept, format)
        return kept

    def _worker(self, header: Header) -> Worker:
        known = self._workers.get(header.framework)
        if known is None or known.lost:
            known = self._workers[header.framework] = Worker("packing", _packing)
            if self._closed:  # by another thread, while this one waited for the process to start
                known.close()
        known.what = f"packing {header.id}"
        return known


def _file(registry: Registry, reference: str) -> Path:
    path = Path(reference)
    if reference in registry.models or not (path.exists() or path.suffix in (".zip", ".yaml", weights.SUFFIX)):
        return registry.models.get(reference).weights
    if not path.exists():
        raise ZooError(f"{path}: no such file", hint="check the path; zoo list models shows the ids of entries")
    return path


def _packing() -> Callable[..., None]:
    return _pack


def _pack(name: str, path: Path, architecture: Architecture, package: Path, chosen: str) -> None:
    try:
        export(path, architecture, package, format=chosen)
    except ZooError:
        raise
    except Exception as error:
        raise job_failed(f"packing {name}", error) from error


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
