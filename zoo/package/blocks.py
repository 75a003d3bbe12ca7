"""Evaluations in the text of a description: found, taken out and put in, every other byte as it was.

Line by line and not by a YAML library, because those write everything anew, and the identity of a package is its bytes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLACE = (b"config", b"bioimageio", b"evaluations")
"""Where the format keeps them."""
STEP = b"  "


def unevaluated(description: bytes) -> bytes:
    r"""A description without its evaluations, and without what would be empty then.

    >>> unevaluated(b"name: a\nconfig:\n  bioimageio:\n    evaluations:\n    - {}\n    task: b\n")
    b'name: a\nconfig:\n  bioimageio:\n    task: b\n'
    >>> unevaluated(b"name: a\nconfig:\n  bioimageio:\n    evaluations: []\n")
    b'name: a\n'
    """
    lines = description.splitlines(keepends=True)
    found = _block(lines, PLACE)
    if found is None:
        return description
    del lines[slice(*found)]
    for parents in (PLACE[:2], PLACE[:1]):
        left = _block(lines, parents)
        if left and left[1] - left[0] == 1:
            del lines[slice(*left)]
    return b"".join(lines)


def evaluated(description: bytes, evaluations: Sequence[Mapping[str, Any]]) -> bytes | None:
    r"""A description with these evaluations instead of its own; None where ``config`` is not written as a block.

    >>> evaluated(b"config:\n  bioimageio:\n    task: b\n", [{"n": 1}])
    b'config:\n  bioimageio:\n    evaluations:\n      - {"n": 1}\n    task: b\n'
    >>> evaluated(b"config: {}\n", [{"n": 1}]) is None
    True
    """
    bare = unevaluated(description)
    lines = bare.splitlines(keepends=True)
    depth = next((depth for depth in (2, 1) if _block(lines, PLACE[:depth])), 0)
    first, last = _block(lines, PLACE[:depth]) or (-1, len(lines))
    inside = [line for line in lines[first + 1 : last] if not _idle(line)]
    indent = _indent(inside[0]) if inside else STEP * depth
    if any(line.startswith(indent + PLACE[depth] + b":") for line in inside):
        return None
    written = [indent + STEP * more + name + b":\n" for more, name in enumerate(PLACE[depth:])]
    within = indent + STEP * len(written)
    written += [within + b"- " + json.dumps(one).encode() + b"\n" for one in evaluations]
    place = first + 1 if depth else len(lines)
    made = b"".join([*lines[:place], *written, *lines[place:]])
    return made if unevaluated(made) == bare else None


def _block(lines: Sequence[bytes], path: Sequence[bytes]) -> tuple[int, int] | None:
    """First line and end of what stands under a key; trailing blank lines and comments are left out."""
    first, last = -1, len(lines)
    for name in path:
        within = [index for index in range(first + 1, last) if not _idle(lines[index])]
        indent = _indent(lines[within[0]]) if within and first >= 0 else b""
        key = indent + name + b":"
        whole = name == PLACE[-1]
        starts = [n for n in within if lines[n].rstrip() == key or (whole and lines[n].startswith(key + b" "))]
        if not starts:
            return None
        first = starts[0]
        last = next((n for n in within if n > first and not _inside(lines[n], indent)), last)
        while _idle(lines[last - 1]) and len(_indent(lines[last - 1])) <= len(indent):
            last -= 1
    return first, last


def _inside(line: bytes, indent: bytes) -> bool:
    """Whether a line belongs to the value of a key at that indent: deeper, or an item of a list."""
    own = _indent(line)
    return len(own) > len(indent) or (own == indent and line[len(own) :].startswith(b"- "))


def _idle(line: bytes) -> bool:
    return not line.strip() or line.lstrip().startswith((b"#", b"%", b"---"))


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" "))]
