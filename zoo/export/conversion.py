"""What a converter of one framework hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from zoo.package import WeightFile
    from zoo.package.axes import Geometry
    from zoo.weights import Header


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A net in every format that it could be converted to, and what it makes of the test input."""

    files: tuple[WeightFile, ...]
    """The original weights first, then what was converted from them."""
    geometry: Geometry
    output: npt.NDArray[np.float32]
    """In the net's own units, (channel, [z,] y, x), in the size that it returns."""
    parameters: int
    """Trainable numbers."""


def shrunk(header: Header, before: Sequence[int], output: npt.NDArray[np.float32]) -> int:
    """By how many pixels the output is smaller than the input, once it is sure that it is what the header says.

    ``before`` are the edges of the input in space; the output is (channel, [z,] y, x): means, then statistics if the
    header names any.
    """
    labels, statistics = len(header.outputs), len(header.statistics)
    expected = labels * (1 + statistics)
    if len(output) != expected:
        told = f"{labels} labels" + (f", {statistics} statistics of each" if statistics else "")
        raise ZooError(
            f"{header.id}: the net returns {len(output)} channels, expected {expected} ({told})",
            hint="Preset.statistics names what a net returns beside means: see docs/plugins.md",
        )
    lost = {edge - after for edge, after in zip(before, output.shape[1:], strict=True)}
    if len(lost) > 1:
        raise ZooError(f"{header.id}: the net loses {sorted(lost)} pixels along its axes, expected the same along each")
    return int(lost.pop())
