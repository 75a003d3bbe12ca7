"""The net that time is told in: a small U-Net that never changes, whose weights are drawn by a rule and not learned.

Two levels down and up, 16, 32 and 64 channels, two 3 x 3 convolutions with ReLU on each level: 116,753 parameters,
24,224 multiplications with an addition for each pixel. Any change of a byte is a new version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.cost import messages
from zoo.runtime.sessions import onnx

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Image = npt.NDArray[np.float32]

NAME = "plain-unet/1"
"""What ratios are given to; figures of two versions are never compared."""
WIDTHS = (16, 32, 64)
"""Channels on each level, the full size first."""
STEP = 2 ** (len(WIDTHS) - 1)
"""Sizes that it takes are multiples of it."""


class Net:
    """Grows by one operation after the other; ``last`` is what the newest one returns."""

    def __init__(self, given: str) -> None:
        """Begin with an image of one channel."""
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self.last = given
        self.channels = 1
        self._drawn = 0

    def add(self, operation: str, *beside: str, returned: str = "", **attributes: int | tuple[int, ...]) -> str:
        """Apply an operation to the last image and what stands beside it; returns the name of the result."""
        name = returned or f"t{len(self.nodes)}"
        self.nodes.append(messages.node(operation, (self.last, *beside), name, attributes))
        self.last = name
        return name

    def convolve(self, width: int, edge: int, returned: str = "") -> None:
        """A convolution to that many channels, the image keeping its size."""
        weights = self._tensor((width, self.channels, edge, edge), self.channels * edge * edge)
        self.channels = width
        self.add("Conv", weights, self._tensor((width,), 1), returned=returned, pads=(edge // 2,) * 4)

    def block(self, width: int) -> str:
        """Two convolutions with ReLU."""
        for _ in range(2):
            self.convolve(width, 3)
            self.add("Relu")
        return self.last

    def up(self, width: int, skipped: str) -> None:
        """Twice the size by a transposed convolution, and beside it what was there on the way down."""
        weights = self._tensor((self.channels, width, 2, 2), self.channels)
        self.add("ConvTranspose", weights, self._tensor((width,), 1), strides=(2, 2))
        self.add("Concat", skipped, axis=1)
        self.channels = 2 * width

    def _tensor(self, shape: tuple[int, ...], inputs: int) -> str:
        """Weights of a multiplicative hash (Knuth), so that every machine draws the same, as large as He et al. say."""
        count = int(np.prod(shape))
        steps = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        even = (steps * np.uint64(2654435761) % np.uint64(2**32)).astype(np.float64) / 2**31 - 1
        name = f"w{len(self.tensors)}"
        self.tensors.append(messages.tensor(name, (even * np.sqrt(6 / inputs)).reshape(shape).astype(np.float32)))
        return name


def definition() -> bytes:
    """The net as a file in the format ONNX."""
    net = Net("image")
    skipped = []
    for width in WIDTHS[:-1]:
        skipped.append((width, net.block(width)))
        net.add("MaxPool", kernel_shape=(2, 2), strides=(2, 2))
    net.block(WIDTHS[-1])
    for width, beside in reversed(skipped):
        net.up(width, beside)
        net.block(width)
    net.convolve(1, 1, returned="stain")
    return messages.model("plain-unet", net.nodes, net.tensors, "image", "stain")


def opened(threads: int) -> Callable[[Image], Image]:
    """The net on as many threads: (y, x) in, (y, x) out."""
    session = onnx(definition(), threads)
    return lambda plane: session([plane[None, None]])[0][0, 0]


def plane_for(image: npt.NDArray[np.generic]) -> Image:
    """The middle plane of an image, (..., y, x), standardised, cut to a size that the net takes.

    >>> plane_for(np.arange(3 * 10 * 9).reshape(3, 10, 9)).shape
    (8, 8)
    """
    planes = image.reshape(-1, *image.shape[-2:])
    height, width = (edge // STEP * STEP for edge in planes.shape[-2:])
    plane = planes[len(planes) // 2, :height, :width].astype(np.float32)
    standard: Image = (plane - plane.mean()) / (plane.std() or np.float32(1))
    return standard
