"""PNG, through Pillow: grey and coloured images without names or sizes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.images.calibration import Calibration
from zoo.images.files import damaged
from zoo.images.lazy import Key, LazyPixels, lazy_image

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">8s4s4sIIBB")
"""Signature, length and type of the first chunk, then width, height, bit depth, colour type."""
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> samples of a pixel; 3 is a palette, whose indices are read as they are (label images)."""
DEEP = 16


class PngPixels(LazyPixels):
    """The pixels of a PNG, ``y x`` or ``y x c``; the format allows no part of it to be read alone."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        """Shape and dtype come from the header."""
        super().__init__(shape, dtype)
        self.path = path

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Decode all and keep the part."""
        from PIL import Image  # noqa: PLC0415 - headers are read without it

        try:
            with Image.open(self.path) as image:
                pixels = np.asarray(image)
        except (OSError, SyntaxError, ValueError) as error:
            raise damaged(self.path, f"truncated or damaged PNG ({error})") from error
        return pixels.astype(self.dtype)[key]


def read_png(path: Path) -> xr.DataArray:
    """See ``zoo.images.read_image``."""
    with path.open("rb") as file:
        head = file.read(HEADER.size)
    if len(head) < HEADER.size or not head.startswith(SIGNATURE):
        raise damaged(path, "truncated or damaged PNG: it has no PNG header")
    _, _, _, width, height, depth, colour = HEADER.unpack(head)
    samples = SAMPLES.get(colour)
    if samples is None:
        raise damaged(path, f"damaged PNG: colour type {colour} does not exist")
    if depth == DEEP and samples > 1:
        message = f"{path}: a PNG with {samples} samples of 16 bits cannot be read without loss"
        raise ZooError(message, hint="convert it to OME-TIFF, or to one 16-bit grey PNG for each channel")
    shape = (height, width) if samples == 1 else (height, width, samples)
    dims = ("y", "x") if samples == 1 else ("y", "x", "c")
    return lazy_image(PngPixels(path, shape, np.uint16 if depth == DEEP else np.uint8), dims, Calibration())
