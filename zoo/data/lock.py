"""One process at a time, where two would write the same files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = ".lock"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process (and no other thread) is in here for this folder, which is made if need be.

    The system lets go of the lock when its holder dies, however that happens. Windows has no such lock: there two
    downloads of one dataset at once are told apart by their hashes alone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / NAME).open("ab")
    except OSError as error:
        message = f"{folder}: cannot be written to ({error.strerror})"
        raise ZooError(message, hint="make room, or choose another cache folder with ZOO_CACHE") from error
    with file:
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
