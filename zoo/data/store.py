"""Where a dataset's files are: a local copy, the manifest's own folder, or the cache that downloads fill."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from zoo.data.hashes import Memory
from zoo.data.lock import alone_in
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zoo.data.manifest import File, Manifest

DATA_VARIABLE = "ZOO_DATA"
"""Environment variable: a folder with local copies, ``<dataset>/files/<path>`` or ``<dataset>/<path>``."""
CACHE_VARIABLE = "ZOO_CACHE"
"""Environment variable: where downloads and notes are kept."""


def cache_folder() -> Path:
    """``ZOO_CACHE``, or the user's own cache folder. Not made before something is written to it."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("unstained", appauthor=False))


@dataclass(frozen=True)
class Store:
    """The files of one dataset on this machine."""

    dataset: str
    folders: tuple[Path, ...]
    """Where to look, in this order; the first is where a download would go."""
    base_url: str
    """What a missing file is downloaded from; empty where nothing may be downloaded."""
    why_local: str = ""
    """Why nothing is downloaded, for messages."""
    memory: Memory = field(repr=False, compare=False, default_factory=lambda: Memory(cache_folder() / "verified.txt"))

    def locate(self, file: File) -> Path | None:
        """Where a file lies, unchecked; None where it has to be fetched."""
        places = (folder / file.path for folder in self.folders)
        return next((place for place in places if place.exists()), None)

    def path(self, file: File) -> Path:
        """A file with the right hash, downloaded if need be. Raises ``ZooError`` for a missing or a changed one."""
        place = self.locate(file)
        if place is None:
            self.fetch([file])
            return self.folders[0] / file.path
        found = self.memory.digest(place)
        if found == file.sha256:
            return place
        if not self.base_url:
            raise wrong_hash(place, file.sha256, found)
        self.fetch([file])
        return place

    def wanting(self, files: Iterable[File]) -> list[File]:
        """Those that are not here, or not with the right hash."""
        places = ((file, self.locate(file)) for file in files)
        return [file for file, place in places if place is None or self.memory.digest(place) != file.sha256]

    def fetch(self, files: Iterable[File], on_bytes: Callable[[int], None] = lambda _: None) -> None:
        """Download what is wanting; ``on_bytes`` is told the number of bytes as they arrive."""
        wanting = self.wanting(files)
        if not wanting:
            return
        if not self.base_url:
            raise self._missing(wanting[0])
        from zoo.data import fetch  # noqa: PLC0415 - loads pooch, which a local copy does not need

        with alone_in(self.folders[0]):
            for file in self.wanting(wanting):
                fetch.download(self.base_url, file, self.folders[0], on_bytes)

    def _missing(self, file: File) -> ZooError:
        place = self.locate(file)
        if place:
            return wrong_hash(place, file.sha256, self.memory.digest(place))
        looked = " or ".join(str(folder / file.path) for folder in self.folders)
        message = f"dataset {self.dataset!r}: file {file.path!r} is missing; looked for {looked}"
        return ZooError(message, hint=self.why_local)


def wrong_hash(path: Path, expected: str, found: str) -> ZooError:
    """The error for a file that is not the one of the manifest."""
    message = f"{path}: wrong hash: expected sha256 {expected}, found {found}"
    return ZooError(
        message, hint="copy or download the file again; if it was changed on purpose, run zoo data new again"
    )


def store_of(manifest: Manifest, origin: Path, data_dir: Path | None = None) -> Store:
    """The store of a dataset: beside its manifest if it has no URL, in a local copy if one is named, else the cache."""
    if not manifest.base_url:
        why = f"the manifest has no base_url: put the file back beside {origin}, or run zoo data new again"
        return Store(manifest.id, (origin.parent,), "", why)
    chosen = data_dir or os.environ.get(DATA_VARIABLE)
    if chosen:
        named = "--data-dir" if data_dir else DATA_VARIABLE
        why = f"nothing is downloaded while {named} names a local copy: complete the copy, or leave {named} out"
        folder = Path(chosen) / manifest.id
        return Store(manifest.id, (folder / "files", folder), "", why)
    return Store(manifest.id, (cache_folder() / "datasets" / manifest.id,), manifest.base_url)
