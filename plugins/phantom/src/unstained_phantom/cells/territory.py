"""Which cell covers a place on the glass, and how far its border is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.parameters import LAYER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body

    Floats = npt.NDArray[np.float64]


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

    def around(self, y: float, x: float, box: tuple[slice, slice], warp: float = 1.0) -> tuple[Floats, Floats]:
        """Coordinates of a box relative to a place, each (y, x), bent by this part of the warp."""
        return self.y[box[0], None] - y + warp * self.warp_y[box], self.x[None, box[1]] - x + warp * self.warp_x[box]


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


STEEP = 4.0
"""Outside a rounded cell its distance rises so much faster: it keeps others only just away."""


def divide(bodies: Sequence[Body], plane: Plane) -> Territory:
    """Give every place to the cell that is nearest in units of its own size, if it is within its outline."""
    first, second = np.full((2, *plane.shape), LAYER.far)
    slope, next_slope, own_slope = np.ones((3, *plane.shape))
    rho, owner = np.full(plane.shape, LAYER.far), np.zeros(plane.shape, dtype=np.int32)
    for number, body in enumerate(bodies, start=1):
        box = plane.box(body.y, body.x, body.reach)
        if min(owner[box].shape) < 2:  # noqa: PLR2004 - a slope needs two
            continue
        distance, rise = _distance(body, plane, box)
        key, steepness = _key(body, distance)
        steepness = steepness * rise
        nearer, next_ = key < first[box], key < second[box]
        second[box] = np.where(nearer, first[box], np.where(next_, key, second[box]))
        next_slope[box] = np.where(nearer, slope[box], np.where(next_, steepness, next_slope[box]))
        for kept, new in ((first, key), (slope, steepness), (own_slope, rise), (rho, distance), (owner, number)):
            kept[box] = np.where(nearer, new, kept[box])
    owner[rho >= 1] = 0
    contact = (second - first) / (slope + next_slope) + np.maximum(0.0, second - LAYER.near) * 20
    edge = np.maximum(0.0, 1 - rho) / own_slope
    return Territory(owner, rho, edge, np.where(owner > 0, contact, 0.0))


def _key(body: Body, distance: Floats) -> tuple[Floats, Floats]:
    """Distance as it counts against other cells, and its slope: rounded ones push the others away."""
    if body.preset.form == "spread":
        return distance, np.ones(distance.shape)
    inside = distance < 1
    return np.where(inside, LAYER.push * distance, LAYER.push + STEEP * (distance - 1)), np.where(
        inside, LAYER.push, STEEP
    )


def _distance(body: Body, plane: Plane, box: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """Distance from the centre over that of the outline, and how steeply it rises in 1/µm."""
    dy, dx = plane.around(body.y, body.x, box, LAYER.stiffness if body.preset.form == "round" else 1.0)
    cos, sin = np.cos(body.angle), np.sin(body.angle)
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    a, b = along / body.length, (across - body.bend * along**2) / body.width
    sharp, circle = body.preset.pointedness, np.hypot(a, b)
    radius = circle if sharp == 2 else (np.abs(a) ** sharp + np.abs(b) ** sharp) ** (1 / sharp)  # noqa: PLR2004
    distance = radius / np.maximum(lobed((a + 1j * b) / np.maximum(circle, 1e-9), body.lobes), 0.3)
    rise = np.hypot(*np.gradient(distance, plane.y[1] - plane.y[0]))
    return distance, np.maximum(rise, 0.6 / body.length)


def lobed(unit: npt.NDArray[np.complex128], lobes: Sequence[complex]) -> Floats:
    """Relative radius of an outline in a direction, given as a complex number of length 1.

    >>> lobed(np.array([1, 1j]), [0.1]).tolist()
    [1.1, 0.9]
    """
    outline, turned = np.ones(unit.shape), unit
    for lobe in lobes:
        turned = turned * unit
        outline += lobe.real * turned.real - lobe.imag * turned.imag
    return outline
