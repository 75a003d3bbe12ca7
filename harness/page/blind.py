"""The two-alternative page: of each pair, which one was recorded? Nothing on it says so before it is answered."""

from __future__ import annotations

from base64 import b64encode
from secrets import SystemRandom
from typing import TYPE_CHECKING

from harness.page.document import environment
from harness.page.gallery.files import picture, read_gallery
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.page.gallery.files import Gallery

SALT = 32
"""Bits of the number whose parity says which of two pictures was recorded."""


def blind(board: Path, command: str) -> str:
    """The page of a board that has a gallery."""
    found = read_gallery(board)
    if found is None or not found.shots:
        raise ZooError(f"{board}: has no pictures", hint=f"make them: zoo gallery {board}")
    document = _document(board, found, SystemRandom())
    title = f"Real, or stained by software? {board.name}"
    return (
        environment()
        .get_template("blind.html.jinja")
        .render(
            title=title,
            command=command,
            board=board.name,
            document=document,
            labels=sorted({one.label for one in found.shots}),
        )
    )


def _document(board: Path, found: Gallery, chance: SystemRandom) -> dict[str, object]:
    """Pairs in an order that tells nothing: the one at the parity of the pair's own number was recorded."""
    names: dict[str, str] = {}
    pairs = []
    for shot in found.shots:
        salt = chance.getrandbits(SALT)
        both = [shot.truth, shot.prediction]
        if salt.bit_count() % 2:
            both.reverse()
        pairs.append(
            {"of": [shot.label, shot.model, shot.field], "two": [_named(names, one, chance) for one in both], "n": salt}
        )
    chance.shuffle(pairs)
    held = [(new, b64encode(picture(board, old)).decode()) for old, new in names.items()]
    chance.shuffle(held)
    return {"pictures": dict(held), "pairs": pairs}


def _named(names: dict[str, str], old: str, chance: SystemRandom) -> str:
    """A name that says nothing, not even which file it was."""
    if old not in names:
        names[old] = f"{chance.getrandbits(64):016x}"
    return names[old]
