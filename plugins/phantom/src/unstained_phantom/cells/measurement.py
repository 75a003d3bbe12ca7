"""Cells as their neighbours let them be: measured on a coarse plane that does not depend on the pixels of a field."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.relief import Thickness
    from unstained_phantom.cells.territory import Plane, Territory

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Footprint:
    """Where a cell lies on the glass. Lengths in µm."""

    area: float
    y: float
    """Of its middle, where it is widest."""
    x: float
    angle: float
    """Of its long axis, from x towards y."""


def footprints(land: Territory, plane: Plane, count: int) -> list[Footprint | None]:
    """Of ``count`` cells, in their order; None where a cell lies outside, or under others."""
    owner = land.owner.ravel()
    weight = (np.minimum(np.minimum(land.edge, land.contact), 8.0) ** 2).ravel()
    y, x = (np.broadcast_to(axis, plane.shape).ravel() for axis in (plane.y[:, None], plane.x))
    area = np.bincount(owner, minlength=count + 1) * (plane.y[1] - plane.y[0]) ** 2
    total = np.maximum(np.bincount(owner, weight, count + 1), 1e-9)
    y0, x0 = (np.bincount(owner, weight * axis, count + 1) / total for axis in (y, x))
    dy, dx = y - y0[owner], x - x0[owner]
    yy, xx, yx = (np.bincount(owner, weight * part, count + 1) / total for part in (dy**2, dx**2, dy * dx))
    return [
        Footprint(float(area[n]), float(y0[n]), float(x0[n]), math.atan2(2 * yx[n], xx[n] - yy[n]) / 2)
        if area[n]
        else None
        for n in range(1, count + 1)
    ]


def swelling(
    before: Thickness, after: Thickness, lands: tuple[Territory, Territory], growth: Sequence[float]
) -> Floats:
    """By how much to multiply what is a cell's own thickness ``after`` growth, so that its volume grows exactly.

    By owner, 0 being glass. ``lands`` are the territories of both, ``growth`` is that of each cell's volume.
    """
    wish = np.array([1.0, *growth])

    def volume(height: Floats, land: Territory) -> Floats:
        return np.asarray(np.bincount(land.owner.ravel(), height.ravel(), wish.size), dtype=np.float64)

    wanted = wish * volume(before.shared + before.own + before.dome, lands[0])
    fixed = volume(after.shared + after.dome, lands[1])
    return np.asarray(np.clip((wanted - fixed) / np.maximum(volume(after.own, lands[1]), 1e-6), 0.3, 4.0))
