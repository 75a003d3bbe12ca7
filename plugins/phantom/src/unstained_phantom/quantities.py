"""Numbers that say what they are: value, unit, range and source stand beside every parameter of the phantom."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = "quantity"


@dataclass(frozen=True)
class Quantity:
    """What is known of one number."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    meaning: str
    source: str


def quantity(value: float, low: float, high: float, unit: str, meaning: str, *, source: str) -> Any:  # noqa: ANN401
    """A dataclass field that carries its unit, the range in which it is plausible, its meaning and where it is from.

    ``source`` is a citation, or ``assumed`` where nobody published the number.
    """
    return field(default=value, metadata={_KEY: (low, high, unit, meaning, source)})


def quantities(thing: Any) -> Iterator[Quantity]:  # noqa: ANN401 - any dataclass, or an instance of one
    """The documented numbers of a dataclass instance, in the order in which they are declared."""
    for one in fields(thing):
        if _KEY in one.metadata:
            low, high, unit, meaning, source = one.metadata[_KEY]
            yield Quantity(one.name, getattr(thing, one.name), low, high, unit, meaning, source)


def check(thing: Any) -> None:  # noqa: ANN401 - an instance of a dataclass with quantities
    """Refuse a number outside the range in which it is plausible."""
    for one in quantities(thing):
        if not one.low <= one.value <= one.high:
            msg = f"{type(thing).__name__}.{one.name} = {one.value:g} {one.unit}: expected {one.low:g} to {one.high:g}"
            raise ValueError(msg)
