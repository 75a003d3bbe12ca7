"""Counts to small pictures. The scale of a label is fixed; only inputs have one of their own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    from harness.fields import Counts

Grey: TypeAlias = npt.NDArray[np.uint8]

EDGE = 256
"""Longest edge of a picture; larger fields are averaged down by a whole factor."""
QUALITY = 82
"""Of WebP: noise of a camera costs most of the bytes, and nobody compares noise."""
TAILS = (0.5, 99.5)
"""Percentiles of an input that become black and white."""
_PLANES = 3


def grey(image: Counts, low: float, high: float) -> Grey:
    """Counts of one plane from ``low`` to ``high`` as black to white, at most ``EDGE`` pixels long.

    What is not finite is black.
    """
    small = shrunk(plane(image))
    scaled = (small - low) / (high - low) if high > low else np.zeros_like(small)
    return np.rint(255 * np.clip(np.nan_to_num(scaled, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)).astype(np.uint8)


def plane(image: Counts) -> Counts:
    """The plane that is shown: of a stack the one in the middle."""
    return image[len(image) // 2] if image.ndim == _PLANES else image


def shrunk(image: Counts) -> Counts:
    """An image averaged down by the smallest whole factor that lets it fit; what is left over at the far edges is cut.

    >>> shrunk(np.ones((600, 300), np.float32)).shape
    (200, 100)
    """
    factor = -(-max(image.shape) // EDGE)
    height, width = (size // factor for size in image.shape)
    kept = image[: height * factor, : width * factor]
    small: Counts = kept.reshape(height, factor, width, factor).mean(axis=(1, 3))
    return small


def span(image: Counts) -> tuple[float, float]:
    """Black and white of an input."""
    low, high = np.nanpercentile(plane(image), TAILS)
    return float(low), float(high)


def webp(picture: Grey) -> bytes:
    """A picture as WebP."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()
