"""A dataset of one's own in a folder: begun, gone on with after a kill, finished; in the open or sealed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from unstained_phantom import exchange, order, production
from unstained_phantom.dataset import OUTLINES, cores
from unstained_phantom.plan import GENERATOR
from zoo.data import MANIFEST_NAME, document
from zoo.data.hashes import digest, size
from zoo.data.lock import alone_in
from zoo.data.manifest import FieldEntry, File, Manifest, Mask
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from unstained_phantom.order import Order
    from unstained_phantom.plan import Plan
    from zoo.types import Told

NOTE = "order.json"
"""In the folder of what is not finished: the options, and the seed. Gone when all is finished."""
HINT = "give the options that it was begun with, or choose another folder"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A finished dataset."""

    manifest: Path
    """Of inputs and truth."""
    public: Path | None
    """Of the inputs alone, in the folder that may be handed out; None where nothing is sealed."""
    fields: int
    missing: int
    """Fields that were not here yet."""


def make(wanted: Order, out: Path, told: Told, *, seed: str = "", processes: int | None = None) -> Made:
    """Make an ordinary dataset folder, or go on with one that was interrupted.

    An empty ``seed`` seals it: the seed is drawn from the randomness of the operating system and kept, readable for its
    owner alone, until the last field is there; then its sha256 alone is left. Raises ``ZooError`` for an order that
    cannot be made, and for a folder with anything else in it.
    """
    order.plan(wanted, seed)
    with _unfinished(out):
        sealed = not seed
        plan = order.plan(wanted, _begun(out, wanted, seed))
        names = [name for name in plan.scenes if not (out / exchange.TRUTH / name).is_dir()]
        if names:
            count = processes or affordable(wanted)
            production.produce(plan, names, out, told, processes=count, maker=exchange.make)
        public = _written(plan, out, out / exchange.INPUTS, sealed=True) if sealed else None
        manifest = _written(plan, out, out, sealed=sealed)
        shutil.rmtree(out / exchange.UNFINISHED)
    return Made(manifest=manifest, public=public, fields=len(plan.scenes), missing=len(names))


def affordable(wanted: Order) -> int:
    """As many processes as there are cores, and memory for."""
    need = max(1.0, order.GIGABYTES * wanted.size**2)
    return max(1, min(cores(), int(_memory() / need)))


def _memory() -> float:
    """Of this machine, in gigabytes; unlimited where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError, AttributeError):
        return float("inf")


@contextmanager
def _unfinished(out: Path) -> Iterator[None]:
    """Refuse a folder in which something else lies; let one process at a time work in it."""
    _check_free(out)
    with alone_in(out / exchange.UNFINISHED):
        _check_free(out)
        yield


def _check_free(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ZooError(f"{out}: is no folder", hint="name a folder that is to be made")
    others = out.is_dir() and any(inner.name != exchange.UNFINISHED for inner in out.iterdir())
    if others and not (out / exchange.UNFINISHED / NOTE).is_file():
        hint = "name a new one; only what was interrupted is gone on with"
        raise ZooError(f"{out}: the folder is not empty", hint=hint)


def _begun(out: Path, wanted: Order, seed: str) -> str:
    """The seed of what is made in this folder: the one that it was begun with, if the options are the same."""
    note = out / exchange.UNFINISHED / NOTE
    options = {**asdict(wanted), "seed": seed or "secret"}
    if note.is_file():
        known = json.loads(note.read_text(encoding="utf-8"))
        for name, value in options.items():
            if known["options"].get(name) != value:
                found = f"{name} {known['options'].get(name)}, now {value}"
                raise ZooError(f"{out}: was begun with other options: {found}", hint=HINT)
        if known["digest"] != order.plan(wanted, known["seed"]).digest:
            hint = "remove the folder and begin anew"
            raise ZooError(f"{out}: was begun by another version of the generator", hint=hint)
        return str(known["seed"])
    drawn = seed or secrets.token_hex(32)
    facts = {"options": options, "seed": drawn, "digest": order.plan(wanted, drawn).digest}
    part = note.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(facts), encoding="utf-8")
    part.replace(note)
    return drawn


def _written(plan: Plan, out: Path, folder: Path, *, sealed: bool) -> Path:
    """The manifest of a folder: of everything, or of the inputs alone, which says what is to be predicted."""
    described = exchange.entry if folder == out else exchange.public
    entries = tuple(described(scene, plan) for scene in plan.scenes.values())
    return document.write(_manifest(plan, out, entries, folder, sealed=sealed), folder / MANIFEST_NAME)


def _manifest(plan: Plan, out: Path, entries: tuple[FieldEntry, ...], folder: Path, *, sealed: bool) -> Manifest:
    """Of fields whose files lie in ``folder``; masks are named where they are."""
    optics, pixels = plan.microscope, " x ".join(map(str, plan.size))
    seed = f"sealed, sha256 of its seed {_hash(plan.seed)}" if sealed else f"seed {plan.seed!r}"
    drawn = [name for name in exchange.MASKS if any(name in entry.images for entry in entries)]
    return Manifest(
        id=re.sub(r"[^a-z0-9_-]+", "-", out.resolve().name.lower()).strip("-_") or "phantom",
        title=f"Simulated cells: {pixels} pixels, {optics.name}, generator {GENERATOR}, {seed}",
        version="1",
        license="CC0-1.0",
        cell_type="simulated epithelium",
        objective=optics.name,
        intensity="comparable",
        channels=exchange.offered(plan),
        masks=tuple(Mask(name=name, kind="instances", outlines=OUTLINES[name]) for name in drawn),
        units={"": "session"},
        fields=entries,
        files=tuple(_files(entries, folder)),
    )


def _files(entries: Iterable[FieldEntry], folder: Path) -> Iterator[File]:
    """Every file that they name, with its hash."""
    named = {source.path: None for entry in entries for sources in entry.images.values() for source in sources}
    for name in named:
        yield File(path=name, sha256=digest(folder / name), size=size(folder / name))


def _hash(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()
