"""sha256 of files and of the folders of chunked formats, and a memory of what has been checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 1 << 20


def digest(path: Path) -> str:
    """sha256 of a file's bytes; of a folder, over lines ``member path, NUL, sha256`` in the order of the paths."""
    if path.is_dir():
        lines = (f"{name}\0{digest(path / name)}\n" for name in _members(path))
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size(path: Path) -> int:
    """Bytes of a file, or of all members of a folder."""
    if path.is_dir():
        return sum((path / name).stat().st_size for name in _members(path))
    return path.stat().st_size


def _members(folder: Path) -> list[str]:
    return sorted(member.relative_to(folder).as_posix() for member in folder.rglob("*") if member.is_file())


@dataclass(frozen=True)
class Memory:
    """Which files had which hash when they were last read, so that a file is hashed once and not at every run.

    A file counts as the same while its path, size and time of change are. Folders are hashed every time. Where the
    memory cannot be written (a read-only home), files are hashed again by the next process.
    """

    path: Path
    """A text file: one line for each hash, ``sha256 size mtime path``, the last one counts."""

    @cached_property
    def _known(self) -> dict[str, str]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        pairs = (line.partition(" ") for line in lines)
        return {facts: found for found, _, facts in pairs}

    def digest(self, path: Path) -> str:
        """The hash of a file, remembered or computed."""
        if path.is_dir():
            return digest(path)
        stat = path.stat()
        facts = f"{stat.st_size} {stat.st_mtime_ns} {path.absolute()}"
        if facts not in self._known:
            self._known[facts] = digest(path)
            self._append(f"{self._known[facts]} {facts}\n")
        return self._known[facts]

    def _append(self, line: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            return
