"""The colours that channels are shown in: by films, and by viewers that open our images."""

from __future__ import annotations

COLOURS = {
    "blue": (0.25, 0.45, 1.0),
    "green": (0.0, 0.9, 0.3),
    "magenta": (1.0, 0.1, 0.8),
    "yellow": (1.0, 0.85, 0.0),
    "cyan": (0.0, 0.85, 0.95),
    "red": (1.0, 0.2, 0.1),
    "grey": (1.0, 1.0, 1.0),
}
"""Red, green and blue, 0 to 1."""
RANGE = (1.0, 99.8)
"""Percentiles of a channel that become black and full colour."""
SAMPLES = 2**22
"""About so many pixels of a channel decide its range."""


def colours(count: int) -> list[str]:
    """A colour for each of so many channels, over and over where they are many; a single channel is grey.

    >>> colours(1), colours(2)
    (['grey'], ['blue', 'green'])
    """
    return ["grey"] if count == 1 else ([*COLOURS] * (1 + count // len(COLOURS)))[:count]


def hexadecimal(colour: str) -> str:
    """As OME writes a colour.

    >>> hexadecimal("grey"), hexadecimal("blue")
    ('FFFFFF', '4073FF')
    """
    return "".join(f"{round(255 * part):02X}" for part in COLOURS[colour])
