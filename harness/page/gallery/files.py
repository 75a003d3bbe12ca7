"""A gallery on disk: ``gallery/index.json``, and pictures named after their own bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as field_of
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from harness.page.gallery.choice import Place  # noqa: TC001 - pydantic reads it
from harness.records import DamagedError, write_text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "gallery"
INDEX = "index.json"


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One prediction with what it was made from and what was recorded."""

    model: str
    digest: str
    """Of the package that predicted."""
    label: str
    place: Place
    field: str
    session: str
    score: float
    of: int
    """Fields that it was chosen from."""
    channel: str
    """The input that is shown."""
    input: str
    """Names of pictures."""
    truth: str
    prediction: str


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """All pictures of a board."""

    dataset: str
    """Digest of the dataset."""
    ranges: Mapping[str, tuple[float, float]]
    """Counts of each label that are black and white, in truth and prediction alike."""
    command: str
    shots: tuple[Shot, ...]
    likeness: Mapping[str, tuple[Mapping[str, float], ...]] = field_of(default_factory=dict)
    """What the inputs are like (``harness.page.gallery.likeness``): for each channel one entry for each shown field."""


_GALLERY = TypeAdapter(Gallery)


def read_gallery(board: Path) -> Gallery | None:
    """The gallery of a board; None where none was made."""
    path = board / FOLDER / INDEX
    try:
        return _GALLERY.validate_json(path.read_bytes()) if path.exists() else None
    except (OSError, ValidationError) as error:
        message = f"{path}: cannot be read as a gallery: {str(error).splitlines()[0]}"
        raise DamagedError(message, hint=f"make it again: zoo gallery {board}") from error


def write_gallery(board: Path, made: Gallery) -> None:
    """Write the index of a gallery, and remove pictures that it no longer names."""
    _folder(board)
    write_text(board / FOLDER / INDEX, json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n")
    named = {name for shot in made.shots for name in (shot.input, shot.truth, shot.prediction)}
    for path in (board / FOLDER).glob("*.webp"):
        if path.name not in named:
            path.unlink()


def keep(board: Path, picture: bytes) -> str:
    """Write a picture; returns its name."""
    name = f"{sha256(picture).hexdigest()[:16]}.webp"
    path = _folder(board) / name
    try:
        path.write_bytes(picture)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise ZooError(message, hint="make room; pictures that are there are kept") from error
    return name


def picture(board: Path, name: str) -> bytes:
    """The bytes of a picture."""
    path = board / FOLDER / name
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: the picture is not there, though {INDEX} names it"
        raise DamagedError(message, hint=f"make it again: zoo gallery {board}") from error


def _folder(board: Path) -> Path:
    path = board / FOLDER
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        message = f"{path}: cannot be made: {error.strerror or error}"
        raise ZooError(
            message, hint="a gallery lies in the folder of its board: see to it that it can be written to"
        ) from error
    return path
