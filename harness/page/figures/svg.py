"""What drawings are made of: elements, axes, figures. Text is escaped here and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 380
"""Of a drawing in its own units: on a phone one is about a pixel, so that text of 11 can be read."""
LINE = 19
"""Height of a row of a drawing."""
LEFT = 128
"""Where the names beside a drawing end."""
RIGHT = 40
"""Room for what stands behind a row."""
NAME = 20
"""Characters of a name that have room; the whole name is in its tooltip."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing with everything that must stand beside it."""

    kind: str
    """What it draws, for style and tests."""
    title: str
    svg: Markup
    said: str
    """What it shows, in words, for those who do not see it."""
    caption: str
    """How it was measured, and how to read it."""


@dataclass(frozen=True)
class Axis:
    """From values to places along one direction."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value; what lies beyond an end is put there.

        >>> Axis(0, 10, 100, 200)(2.5), Axis(1, 100, 0, 10, log=True)(10), Axis(0, 1, 0, 10)(7)
        (125.0, 5.0, 10.0)
        """
        low, high, value = (math.log10(one) if self.log else one for one in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers between two others, about so many.

    >>> ticks(0.03, 0.97), ticks(1, 3, 3)
    ([0.25, 0.5, 0.75], [1.0, 2.0, 3.0])
    """
    if not high > low:
        return [low]
    rough = (high - low) / count
    size = 10 ** math.floor(math.log10(rough))
    step = size * next(one for one in _STEPS if one * size >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def element(name: str, *inside: Markup | str, **attributes: str | float | None) -> Markup:
    """An element; ``_`` in the name of an attribute becomes ``-``, one that is None is left out.

    >>> element("text", "a < b", x=1.23456, class_="name")
    Markup('<text x="1.2" class="name">a &lt; b</text>')
    """
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    content = Markup("").join(inside)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), said, content)  # noqa: S704 - names are ours


def tip(text: str) -> Markup:
    """What is shown when somebody points at an element."""
    return element("title", text)


def drawing(height: float, parts: Iterable[Markup], said: str, *, width: float = WIDTH) -> Markup:
    """The whole, as an image with a name."""
    return element(
        "svg", *parts, viewBox=f"0 0 {_number(width)} {_number(height)}", role="img", aria_label=said, class_="figure"
    )


def bottom(axis: Axis, y: float, top: float, values: Sequence[float], title: str = "") -> Markup:
    """An axis beneath: faint lines up to ``top``, numbers, and what they are."""
    parts = [
        element("line", x1=axis(value), x2=axis(value), y1=top, y2=y, class_="grid")
        + element("text", text(value), x=axis(value), y=y + 13, class_="tick middle")
        for value in values
    ]
    named = element("text", title, x=(axis.start + axis.end) / 2, y=y + 28, class_="axis middle") if title else ""
    return Markup("").join([*parts, named])


def name(model: str, y: float, *, x: float = LEFT - 8, kind: str = "") -> Markup:
    """The name beside a row; a long one is cut, and whole in its tooltip."""
    return element("text", tip(model), shortened(model), x=x, y=y + 4, class_=f"name end {kind}".strip())


def shortened(model: str, room: int = NAME) -> str:
    """A name that has room: its middle goes first, since names differ at both ends.

    >>> shortened("short"), shortened("a-very-long-name-of-a-model@of-a-dataset")
    ('short', 'a-very-lon…a-dataset')
    """
    half = room // 2
    return model if len(model) <= room else f"{model[:half]}…{model[1 - half :]}"


def text(value: float) -> str:
    """A number on an axis: short, with a real minus.

    >>> text(0.5), text(-2.0) == "\N{MINUS SIGN}2", text(1500000.0), text(20000.0)
    ('0.5', True, '1.5 M', '20 k')
    """
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            return text(value / (1e3 if size == 1e4 else size)).strip() + unit  # noqa: PLR2004 - from 10 000 on in thousands
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def apart(places: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Places moved as little as lets labels of that height stand beneath each other, in the same order.

    >>> apart([10, 11, 40], 12, 0, 100)
    [10, 22, 40]
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    edge = low
    for index in order:
        moved[index] = max(moved[index], edge)
        edge = moved[index] + room
    edge = high
    for index in reversed(order):
        moved[index] = min(moved[index], edge)
        edge = moved[index] - room
    return moved


def _number(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.1f}".removesuffix(".0")


__all__ = ["Axis", "Figure", "apart", "bottom", "drawing", "element", "escape", "name", "text", "ticks", "tip"]
