"""Images as a microscope writes them: each handed out once when it is complete, and again when it was changed.

A folder is looked at over and over, by name, size and time, which also works on a network share where nobody is told of
changes. An image is taken for complete when nothing of it has changed for a while.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zoo.errors import ZooError
from zoo.images.files import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

Stamp: TypeAlias = tuple[int, int, int]
"""Number of files, bytes, and the latest change in nanoseconds: one file, or all of a folder."""
EVERY = 0.05
"""Seconds between two looks."""
SHARE = 4
"""How many times as long as a look took it is rested after it, so that a huge folder does not take a whole core."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """An image that is complete."""

    image: Path
    changed: float
    """When its last change was seen, on the clock of ``time.monotonic``."""


def arrivals(folder: Path, *, settle: float) -> Iterator[Arrival | None]:
    """Endlessly, the images of a folder as they become complete, and None after every look that found nothing new.

    Images are those whose suffix is that of a known format; hidden names, and folders that are no ``.zarr``, are left
    alone. ``settle`` is for how many seconds nothing of an image must have changed.
    """
    if not folder.is_dir():
        raise ZooError(f"{folder}: no such folder", hint="name the folder that the microscope writes to")
    waiting: dict[Path, tuple[Stamp, float]] = {}
    handed: dict[Path, Stamp] = {}
    while True:
        looked = time.monotonic()
        new = []
        for image, stamp in sorted(_there(folder).items()):
            if handed.get(image) == stamp:
                continue
            if image not in waiting or waiting[image][0] != stamp:
                waiting[image] = (stamp, time.monotonic())
            if time.monotonic() - waiting[image][1] >= settle:
                handed[image] = stamp
                new.append(Arrival(image=image, changed=waiting.pop(image)[1]))
        yield from new or (None,)
        if not new:
            time.sleep(max(EVERY, SHARE * (time.monotonic() - looked)))


def _there(folder: Path) -> dict[Path, Stamp]:
    """The images in a folder and what they look like from outside; one that goes while it is looked at is not there."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            suffix = Path(entry.name).suffix.lower()
            if entry.name.startswith(".") or suffix not in SUFFIXES or entry.is_dir() != (suffix == ".zarr"):
                continue
            try:
                found[folder / entry.name] = _stamp(Path(entry.path))
            except FileNotFoundError:
                continue
    return found


def _stamp(path: Path) -> Stamp:
    files = [path, *(Path(place) / name for place, _, names in os.walk(path) for name in names)]
    facts = [file.stat() for file in files]
    return len(facts), sum(fact.st_size for fact in facts), max(fact.st_mtime_ns for fact in facts)
