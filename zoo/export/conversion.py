"""What a converter of one framework hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zoo.package import WeightFile
    from zoo.package.axes import Geometry


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
