"""How far the directories of a TIFF file reach: tifffile shrugs off those that a truncation took away."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = {b"II": "<", b"MM": ">"}
BIG = 43
"""Version of files with 64-bit offsets; 42 is the other."""
WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Type of a tag's values -> bytes of one (TIFF 6.0 section 2, BigTIFF)."""


def directories_end(path: Path) -> int:
    """One past the last byte that the chain of directories and the values of their tags need; 0 if it is no TIFF."""
    with path.open("rb") as file:
        head = file.read(16)
        order = ORDERS.get(head[:2])
        if order is None or len(head) < 16:  # noqa: PLR2004 - no TIFF is shorter than the header of a BigTIFF
            return 0
        big = struct.unpack_from(f"{order}H", head, 2)[0] == BIG
        count, entry, pointer = (
            struct.Struct(order + form) for form in (("Q", "HHQQ", "Q") if big else ("H", "HHII", "I"))
        )
        offset: int = pointer.unpack_from(head, 8 if big else 4)[0]
        end = 0
        seen: set[int] = set()
        while offset and offset not in seen:
            seen.add(offset)
            file.seek(offset)
            raw = file.read(count.size)
            if len(raw) < count.size:
                return max(end, offset + count.size)
            length: int = count.unpack(raw)[0] * entry.size + pointer.size
            end = max(end, offset + count.size + length)
            body = file.read(length)
            if len(body) < length:
                return end
            values = (
                (place, WIDTHS.get(kind, 0) * number)
                for _, kind, number, place in entry.iter_unpack(body[: -pointer.size])
            )
            end = max(end, *(place + width for place, width in values if width > pointer.size), 0)
            offset = pointer.unpack(body[-pointer.size :])[0]
    return end
