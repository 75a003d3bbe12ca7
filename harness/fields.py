"""Fields as plain arrays: a channel's counts, and which pixels were recorded. Knows nothing of metrics or controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from zoo.data.fields import image
from zoo.errors import ZooError

if TYPE_CHECKING:
    import xarray as xr

Counts: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]

VALID = "valid"
"""Name of the mask of recorded pixels in a field."""
REPEAT = "{label}_repeat"
"""Name of a second recording of a label in a field."""
CLEAN = "{label}_clean"
"""Name of a label without noise in a field: only where the field was made and not recorded."""
CELL = "cell"
"""Dim along which a field holds facts of its cells; its coordinate is their number in the masks."""
SPATIAL = 3


def counts(opened: xr.Dataset, name: str, field: str) -> Counts:
    """The counts of one channel as float32, axes ``y x`` or ``z y x``; axes of length one before them are dropped."""
    found = image(opened, name)
    array = found.to_numpy()
    plain = np.squeeze(array, axis=tuple(axis for axis in range(array.ndim - 2) if array.shape[axis] == 1))
    if plain.ndim > SPATIAL:
        axes = ", ".join(f"{dim} {size}" for dim, size in found.sizes.items())
        message = f"field {field!r}, channel {name!r}: axes {axes}; time series are not judged"
        raise ZooError(message, hint="make one field of each time point")
    return plain.astype(np.float32)


def recorded(opened: xr.Dataset, shape: tuple[int, ...]) -> Mask:
    """Which pixels were recorded, on a grid of that shape; all of them where the field has no mask."""
    if VALID not in opened:
        return np.ones(shape, np.bool_)
    return np.broadcast_to(opened[VALID].to_numpy().astype(np.bool_), shape)
