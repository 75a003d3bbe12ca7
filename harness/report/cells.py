"""Cells, lists and tables as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.ranking import Board, Row
    from harness.records import Column

Cell = str | int | float | bool | None


def plain(cell: Cell) -> str:
    """A cell as text: numbers to six digits, yes and no, nothing for None.

    >>> [plain(cell) for cell in (0.1234567, True, None, 3, "x")]
    ['0.123457', 'yes', '', '3', 'x']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def short(cell: Cell) -> str:
    """A cell for readers: numbers to three decimals.

    >>> [short(cell) for cell in (0.98765, None, 2)]
    ['0.988', '', '2']
    """
    return f"{cell:.3f}" if isinstance(cell, float) else plain(cell)


def what(row: Row) -> str:
    """What a reader must know of a row at a glance: a control's kind, marks, and how many fields failed."""
    failed = f"{row.status} {row.failed} of {row.fields}" if row.failed else ""
    plain = row.status if row.status == "not-applicable" else ""
    label = "control label" if row.control_label and row.contender.kind != "control" else ""
    return ", ".join(part for part in (row.contender.bound, *row.contender.marks, plain, failed, label) if part)


def shown(made: Board) -> list[Column]:
    """The metrics of a board, without those that only few models have if none of these stands on it."""
    given = {name for row in made.rows for name, value in row.values.items() if value is not None}
    return [column for column in made.run.columns if not column.optional or column.id in given]


def bullets(lines: Iterable[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    rows = [list(head), ["---"] * len(head), *map(list, lines)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
