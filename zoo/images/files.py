"""Which format a path is of, and whether something stands there. No format library is loaded here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from zoo.errors import ZooError

Container = Literal["tiff", "zarr", "png"]
SUFFIXES: dict[str, Container] = {
    ".tif": "tiff",
    ".tiff": "tiff",
    ".stk": "tiff",
    ".lsm": "tiff",
    ".zarr": "zarr",
    ".png": "png",
}
"""Last suffix of a name, in lower case -> format; ``.ome.tif`` and ``.ome.zarr`` end like their plain forms."""


def container(path: Path) -> Container:
    """The format that a name promises.

    >>> container(Path("plate.OME.TIF"))
    'tiff'
    """
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        if path.is_dir():
            raise ZooError(f"{path}: is a folder, expected an image", hint=f"name its images: {path}/*.tif") from None
        found = f"suffix {path.suffix!r}" if path.suffix else "no suffix"
        message = f"{path}: not an image format that can be read ({found}); known: {', '.join(sorted(SUFFIXES))}"
        raise ZooError(message, hint="convert it to OME-TIFF or OME-Zarr, for example with bioformats2raw") from None


def checked_path(path: Path) -> Path:
    """The path, if something stands there; else an error that names near files of the same folder."""
    path = Path(path)
    if path.exists():
        return path
    if not path.parent.is_dir():
        raise ZooError(f"{path}: no such file; the folder {path.parent} does not exist either", hint="check the path")
    raise ZooError(f"{path}: no such file", hint=f"check the name; the folder {path.parent} exists")


def damaged(path: Path, reason: str) -> ZooError:
    """The error for a file that is there but cannot be read."""
    return ZooError(f"{path}: {reason}", hint="copy or download the file again")
