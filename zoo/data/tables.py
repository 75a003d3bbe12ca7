"""Reading of TOML tables with the place of every mistake: which file, which field, found and expected."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")
KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@dataclass
class Table:
    """One table of a manifest. What was not asked for when it is closed is a mistake."""

    origin: str
    """The file, for messages."""
    where: str
    """The place in the file, e.g. ``channels.phase``; empty at the top."""
    values: Mapping[str, object]
    asked: list[str] = field(default_factory=list)

    def error(self, key: str, problem: str, hint: str = "docs/data.md lists every field of a manifest") -> ZooError:
        """A mistake at one key of this table."""
        return ZooError(f"{self.origin}: {'.'.join(filter(None, (self.where, key)))}: {problem}", hint=hint)

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key; without a default it must be there. A whole number will do for a number."""
        self.asked.append(key)
        value = self.values.get(key, default)
        if value is None:
            raise self.error(key, f"missing; expected {KINDS[kind]}")
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self.error(key, f"found {value!r}, expected {KINDS[kind]}")
        return value

    def choice(self, key: str, known: Sequence[str], default: str | None = None) -> str:
        """A text out of a closed list; another one is answered with the nearest."""
        return self.known(key, self.get(key, str, default), known)

    def known(self, key: str, value: object, known: Sequence[str]) -> str:
        """A value of that key if it is in a closed list; another one is answered with the nearest."""
        if value not in known:
            raise self.error(key, f"unknown value {value!r}; {_nearest(str(value), known)}")
        return str(value)

    def number(self, key: str) -> float | None:
        """A positive number, or None where the key is absent."""
        if key not in self.values:
            self.asked.append(key)
            return None
        value = self.get(key, float)
        if not value > 0:
            raise self.error(key, f"found {value!r}, expected a number above 0")
        return value

    def table(self, key: str) -> Table:
        """A table inside this one; absent is empty."""
        return Table(self.origin, ".".join(filter(None, (self.where, key))), self.get(key, dict, {}))

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables inside ``[key.<name>]``, with their names."""
        outer = self.table(key)
        for name in outer.values:
            yield name, outer.table(name)

    def rows(self, key: str) -> Iterator[Table]:
        """The tables of an array ``[[key]]``, numbered from 1 in messages."""
        for number, row in enumerate(self.get(key, list, []), 1):
            if not isinstance(row, dict):
                raise self.error(key, f"found {row!r}, expected a table")
            yield Table(self.origin, f"{'.'.join(filter(None, (self.where, key)))}[{number}]", row)

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for key in self.values:
            if key not in self.asked:
                raise self.error(key, f"unknown field; {_nearest(key, self.asked)}")


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=2, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(filter(None, known))}"
