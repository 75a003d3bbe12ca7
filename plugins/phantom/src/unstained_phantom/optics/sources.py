"""The condenser: points of its front focal plane, each of which sends a plane wave of its own through the specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.microscope import Microscope
    from unstained_phantom.specimen import Grid

_GOLDEN = (5**0.5 - 1) / 2


def disc(grid: Grid, microscope: Microscope) -> list[tuple[int, int]]:
    """Points of the open condenser, evenly spread (Vogel's sunflower), each as whole periods over the grid, y and x."""
    number = np.arange(microscope.sources)
    radius = microscope.condenser * np.sqrt((number + 0.5) / microscope.sources)
    return _snapped(radius, 2 * np.pi * _GOLDEN * number, grid, microscope)


def annulus(grid: Grid, microscope: Microscope) -> list[tuple[int, int]]:
    """Points of the phase annulus, evenly spread along it and, in five steps, over its width, as those of ``disc``.

    The width matters more than the number: it is what ends a halo. On one circle the background is off by 20 %.
    """
    number = np.arange(microscope.sources)
    across = (2 * number % 5 + 0.5) / 5
    inner, outer = microscope.ring_inner**2, microscope.ring_outer**2
    radius = np.sqrt(inner + across * (outer - inner))
    return _snapped(radius, 2 * np.pi * number / microscope.sources, grid, microscope)


def _snapped(
    radius: npt.NDArray[np.floating], angle: npt.NDArray[np.floating], grid: Grid, microscope: Microscope
) -> list[tuple[int, int]]:
    """On the frequencies of the grid, so that the waves are periodic on it."""
    extent = [size * grid.pixel / microscope.wavelength for size in grid.shape[1:]]
    rows = np.rint(radius * np.sin(angle) * extent[0]).astype(int)
    columns = np.rint(radius * np.cos(angle) * extent[1]).astype(int)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
