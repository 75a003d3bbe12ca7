"""Which cell covers a place on the glass, and how far its border is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body

    Floats = npt.NDArray[np.float64]

YIELD = 0.6
"""Rounded cells push the others away: their distance counts this much."""
NEAR, FAR = 1.15, 1.5
"""A cell whose own distance to a place is more than this is no neighbour there; fades out between both."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Places on the glass, in µm from the middle of the field, as cells see them: slightly warped."""

    y: Floats
    """Of the rows."""
    x: Floats
    """Of the columns."""
    warp_y: Floats
    """By how much borders are bent at each place, (y, x)."""
    warp_x: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.y), len(self.x)

    def box(self, y: float, x: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns within ``reach`` µm of a place; empty where that is outside."""
        rows, columns = (
            slice(*np.searchsorted(axis, (centre - reach, centre + reach)).tolist())
            for axis, centre in ((self.y, y), (self.x, x))
        )
        return rows, columns

    def around(self, y: float, x: float, box: tuple[slice, slice]) -> tuple[Floats, Floats]:
        """Warped coordinates of a box relative to a place, each (y, x)."""
        return self.y[box[0], None] - y + self.warp_y[box], self.x[None, box[1]] - x + self.warp_x[box]


@dataclass(frozen=True, eq=False)
class Territory:
    """The dish, divided among cells; arrays (y, x)."""

    owner: npt.NDArray[np.int32]
    """Number of the cell from 1, in the order of the bodies; 0 is glass."""
    rho: Floats
    """Distance from the centre of the cell over that of its outline: below 1 where a cell is."""
    edge: Floats
    """Way to the cell's own outline in µm; 0 outside."""
    contact: Floats
    """Way to the border with the nearest other cell in µm, as if both were straight; large where there is none."""


def divide(bodies: Sequence[Body], plane: Plane) -> Territory:
    """Give every place to the cell that is nearest in units of its own size, if it is within its outline."""
    first = np.full(plane.shape, FAR)
    second = np.full(plane.shape, FAR)
    owner = np.zeros(plane.shape, dtype=np.int32)
    rho = np.ones(plane.shape)
    slopes = np.ones((2, *plane.shape))
    for number, body in enumerate(bodies, start=1):
        box = plane.box(body.y, body.x, body.reach)
        if 0 in first[box].shape:
            continue
        distance, slope = _distance(body, plane, box)
        key = distance * (YIELD if body.preset.form == "round" else 1.0)
        nearer, next_ = key < first[box], (key >= first[box]) & (key < second[box])
        second[box] = np.where(nearer, first[box], np.where(next_, key, second[box]))
        slopes[1][box] = np.where(nearer, slopes[0][box], np.where(next_, slope, slopes[1][box]))
        first[box] = np.where(nearer, key, first[box])
        slopes[0][box] = np.where(nearer, slope, slopes[0][box])
        rho[box] = np.where(nearer, distance, rho[box])
        owner[box] = np.where(nearer, number, owner[box])
    owner[rho >= 1] = 0
    rival = np.minimum(second, FAR)
    contact = (rival - first) / (slopes[0] + slopes[1]) + np.maximum(0.0, rival - NEAR) * 20
    return Territory(owner, rho, np.maximum(0.0, 1 - rho) / slopes[0], np.where(owner > 0, contact, 0.0))


def _distance(body: Body, plane: Plane, box: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """Distance from the centre over that of the outline, and how steeply it rises in 1/µm."""
    dy, dx = plane.around(body.y, body.x, box)
    cos, sin = np.cos(body.angle), np.sin(body.angle)
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    across = across - body.bend * along**2
    a, b = along / body.length, across / body.width
    sharp = body.preset.pointedness
    if sharp == 2:  # noqa: PLR2004 - an ellipse
        radius = np.hypot(a, b)
    else:
        radius = (np.abs(a) ** sharp + np.abs(b) ** sharp) ** (1 / sharp)
    unit = (a + 1j * b) / np.maximum(np.hypot(a, b), 1e-9)
    outline, turned = np.ones(radius.shape), unit
    for lobe in body.lobes:
        turned = turned * unit
        outline += lobe.real * turned.real - lobe.imag * turned.imag
    distance = radius / np.maximum(outline, 0.3)
    up, right = (
        np.gradient(distance, plane.y[1] - plane.y[0], plane.x[1] - plane.x[0])
        if min(distance.shape) > 1
        else (1.0, 0.0)
    )
    return distance, np.maximum(np.hypot(up, right), 0.6 / body.length) + np.zeros(distance.shape)
