"""Pairing of files by pattern: what the wildcards match is the name of the field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.images.files import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PLANE = "{z}"
"""Stands for the number of a focal plane, where every plane is a file of its own."""
TOKEN = re.compile(r"\*\*/|\*|\?|\{z\}|[^*?{]+|.")
WILD = {"**/": r"((?:[^/]+/)*)", "*": r"([^/]*)", "?": r"([^/])", PLANE: r"(?P<plane>\d+)"}


@dataclass(frozen=True)
class Pattern:
    """A glob below a folder, and which channel of the files it means."""

    glob: str
    channel: str = ""
    """Index or name of the channel in the file; empty for a file with one channel."""

    @classmethod
    def of(cls, text: str) -> Pattern:
        """A pattern as it is typed: ``*_BF.tif``, ``*.ome.tif#0``, ``*.ome.tif#DAPI``.

        >>> Pattern.of("*.ome.tif#DAPI")
        Pattern(glob='*.ome.tif', channel='DAPI')
        """
        glob, _, channel = text.partition("#")
        return cls(glob, channel)

    def key(self, path: str) -> tuple[str, int] | None:
        """Field name and plane number of a path, or None where the pattern does not fit it.

        >>> Pattern("*_BF.tif").key("day1_BF.tif")
        ('day1', 0)
        >>> Pattern("*/phase_{z}.png").key("A1/phase_12.png")
        ('A1', 12)
        """
        found = self._expression().fullmatch(path)
        if not found:
            return None
        plane = found.groupdict().get("plane")
        parts = [
            part.strip("/") for index, part in enumerate(found.groups(), 1) if part and index != self._plane_group()
        ]
        return "_".join(parts).replace("/", "_"), int(plane or 0)

    def _expression(self) -> re.Pattern[str]:
        return re.compile("".join(WILD.get(token) or re.escape(token) for token in TOKEN.findall(self.glob)))

    def _plane_group(self) -> int:
        return self._expression().groupindex.get("plane", -1)


def images_below(folder: Path) -> Iterator[str]:
    """Relative paths of all images below a folder, sorted; the inside of an OME-Zarr image is not searched."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in found:
        inside = any(parent.suffix.lower() == ".zarr" for parent in path.relative_to(folder).parents)
        if not inside and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


def matched(name: str, pattern: Pattern, paths: list[str], folder: Path) -> Mapping[str, list[str]]:
    """Field name -> the paths of a channel, plane by plane. Two files for one plane, or none at all, is an error."""
    found: dict[str, dict[int, str]] = {}
    for path in paths:
        key = pattern.key(path)
        if key is None:
            continue
        planes = found.setdefault(key[0] or name, {})
        if key[1] in planes:
            message = f"{name}: {planes[key[1]]!r} and {path!r} both match {pattern.glob!r} as field {key[0]!r}"
            raise ZooError(message, hint="make the pattern narrower")
        planes[key[1]] = path
    if not found:
        some = ", ".join(paths[:3]) or "no images"
        message = f"{folder}: no image matches {name}={pattern.glob!r}; the folder holds {some}"
        raise ZooError(
            message, hint="patterns are relative to the folder; quote them, so that the shell leaves them alone"
        )
    return {key: [planes[number] for number in sorted(planes)] for key, planes in found.items()}
