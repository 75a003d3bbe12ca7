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

OUTPUTS = ("output", "distribution")
"""Names of what a net returns: means, and statistics where it gives any."""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A net in every format that it could be converted to, and what it makes of the test input."""

    files: tuple[WeightFile, ...]
    """The original weights first, then what was converted from them."""
    geometry: Geometry
    output: npt.NDArray[np.float32]
    """In the net's own units, (channel, [z,] y, x), in the size that it returns."""
    distribution: npt.NDArray[np.float32] | None
    """What it says beside the means, likewise, (label and statistic, [z,] y, x); None for nets of means alone."""
    parameters: int
    """Trainable numbers."""


def shrunk(header: Header, before: Sequence[int], outputs: Sequence[npt.NDArray[np.float32]]) -> int:
    """By how many pixels outputs are smaller than the input, once it is sure that they are what the header says.

    ``before`` are the edges of the input in space; outputs are (channel, [z,] y, x): means, then statistics if the
    header names any.
    """
    labels = len(header.outputs)
    expected = [labels, labels * len(header.statistics)] if header.statistics else [labels]
    found = [len(output) for output in outputs]
    if found != expected:
        told = f" ({labels} labels, {len(header.statistics)} statistics of each)" if header.statistics else ""
        raise ZooError(
            f"{header.id}: the net returns tensors of {found} channels, expected {expected}{told}",
            hint="Preset.statistics names what a net returns beside means: see docs/plugins.md",
        )
    lost = {edge - after for output in outputs for edge, after in zip(before, output.shape[1:], strict=True)}
    if len(lost) > 1:
        raise ZooError(f"{header.id}: the net loses {sorted(lost)} pixels along its axes, expected the same along each")
    return int(lost.pop())
