"""What somebody orders when a dataset of their own is to be made: checked here, and drawn up as a plan. Pure Python."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from unstained_phantom.channels import VIEWS, labels
from unstained_phantom.optics import limits
from unstained_phantom.optics.instruments import MICROSCOPES, with_markers
from unstained_phantom.plan import Plan, neurons, standard, volume
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstained_phantom.microscope import Microscope

PRESETS = {"default": standard, "neurons": neurons, "volume": volume}
"""What is imaged: single planes in every modality; the same of neurons among fibroblasts; or bright field and stains as
stacks."""
SMALLEST, LARGEST = 32, 2048
"""Pixels of a field's edge. A process takes 0.3 GB for 256, 0.9 GB for 512, and so on with the area."""
MOST = 10_000
"""Sessions of a split, and fields of a session."""
PLANES = 7
"""Of a bright-field stack where nothing else is asked for: what the nets of the default dataset see."""
SPLIT = re.compile(r"[a-z][a-z0-9-]*")
SESSIONS = {"train": 24, "val": 6, "test": 12}
"""Split -> sessions, where nothing else is asked for."""
GIGABYTES = 0.3 / 256**2
"""Memory of a process for each pixel of a field, measured."""


@dataclass(frozen=True)
class Order:
    """The options of ``zoo phantom make`` but for where and how fast."""

    sessions: Mapping[str, int] = field(default_factory=lambda: dict(SESSIONS))
    """Split -> number of sessions."""
    fields: int = 2
    """Of each session."""
    size: int = 256
    """Pixels of each edge."""
    preset: str = "default"
    """One of ``PRESETS``."""
    microscope: str = ""
    """Name of one; empty for that of the preset."""
    planes: int | None = None
    """Of the bright-field stack; None for ``PLANES``, or for what the preset has."""
    pixel: float | None = None
    """Edge of a pixel in µm; None for that of the microscope."""
    na: float | None = None
    """Numerical aperture; None for that of the microscope."""


def sessions(words: Sequence[str]) -> dict[str, int]:
    """``SPLIT=NUMBER`` words as a mapping; none stand for the usual ones. Raises ``ZooError`` for any other word.

    >>> sessions(["train=3", "test=2"])
    {'train': 3, 'test': 2}
    """
    found: dict[str, int] = {}
    for word in words:
        split, _, number = word.partition("=")
        if not (SPLIT.fullmatch(split) and number.isdecimal() and 1 <= int(number) <= MOST):
            message = f"--sessions {word}: expected SPLIT=NUMBER, with 1 to {MOST} sessions"
            raise ZooError(message, hint="for example --sessions train=24 --sessions test=12")
        if split == "control":
            message = "--sessions control: a split of that name holds cells without the stain, and these are stained"
            raise ZooError(message, hint="choose another name")
        if split in found:
            raise ZooError(f"--sessions {split}: given twice", hint="give each split once")
        found[split] = int(number)
    return found or dict(SESSIONS)


def plan(order: Order, seed: str) -> Plan:
    """The plan of an order. Raises ``ZooError`` for what cannot be made."""
    _check_number("--fields", order.fields, 1, MOST)
    _check_number("--size", order.size, SMALLEST, LARGEST, " pixels")
    if order.preset not in PRESETS:
        raise ZooError(f"--preset {order.preset}: {_meant(order.preset, PRESETS)}", hint="choose one of these")
    usual = PRESETS[order.preset]()
    microscope = _microscope(order, usual)
    limits.check(microscope)
    return replace(
        usual,
        seed=seed,
        size=(order.size, order.size),
        margin=math.ceil(usual.margin * usual.microscope.pixel / microscope.pixel),
        microscope=microscope,
        other=None,
        counts={split: (number, order.fields) for split, number in order.sessions.items()},
        shifted=0,
    )


def warnings(made: Plan) -> tuple[str, ...]:
    """What its microscope should not be asked to do."""
    return limits.check(made.microscope)


def _check_number(option: str, value: int, low: int, high: int, unit: str = "") -> None:
    if not low <= value <= high:
        raise ZooError(f"{option} {value}: expected {low} to {high}{unit}", hint="choose a number in that range")


def _microscope(order: Order, usual: Plan) -> Microscope:
    changed = order.microscope or {order.planes, order.pixel, order.na} != {None}
    if usual.volume and changed:
        message = "--preset volume: has a microscope of its own, with isotropic voxels"
        raise ZooError(message, hint="leave --microscope, --planes, --pixel and --na out")
    named = {name: one for name, one in MICROSCOPES.items() if one.sectioning == "widefield"}
    if order.microscope and order.microscope not in named:
        raise ZooError(
            f"--microscope {order.microscope}: {_meant(order.microscope, named)}", hint="choose one of these"
        )
    chosen = named[order.microscope] if order.microscope else usual.microscope
    if labels(chosen) != labels(usual.microscope):
        chosen = with_markers(chosen)
    if order.planes is not None and order.planes not in VIEWS:
        raise ZooError(f"--planes {order.planes}: expected 1, 7 or 13", hint="nets for bright field take one of these")
    return chosen if usual.volume else _adapted(chosen, order)


def _adapted(chosen: Microscope, order: Order) -> Microscope:
    """With another aperture, pixel or number of planes: stains are as bright as the areas of both let them be."""
    na = chosen.na if order.na is None else order.na
    pixel = chosen.pixel if order.pixel is None else order.pixel
    light = (na / chosen.na * pixel / chosen.pixel) ** 2
    brightness = {label: electrons * light for label, electrons in chosen.brightness.items()}
    return replace(chosen, na=na, pixel=pixel, brightness=brightness, planes=order.planes or PLANES)


def _meant(word: str, known: Mapping[str, object]) -> str:
    """Unknown, and what there is instead."""
    near = get_close_matches(word, known, 1, cutoff=0.4)
    return f"unknown; did you mean {near[0]}? There are {', '.join(known)}" if near else f"unknown; {', '.join(known)}"
