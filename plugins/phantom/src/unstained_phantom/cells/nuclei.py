"""Nuclei: where in its cell each lies, and how far a place is from its outline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.layout import clipped
from unstained_phantom.cells.parameters import LAYER
from unstained_phantom.cells.territory import lobed
from unstained_phantom.seeds import stream, uniform

if TYPE_CHECKING:
    import numpy.typing as npt

    from unstained_phantom.cells.layout import Body
    from unstained_phantom.cells.measurement import Footprint
    from unstained_phantom.cells.territory import Plane

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Nucleus:
    """A flattened ellipsoid, or the chromatin of a cell that divides. Lengths in µm."""

    owner: int
    """Number of its cell, from 1."""
    y: float
    x: float
    angle: float
    """Of the long axis, from x towards y."""
    length: float
    """Half the long axis."""
    width: float
    """Half the short axis."""
    height: float
    """Half the thickness."""
    middle: float
    """Of its centre above the glass."""
    lobes: tuple[complex, ...]
    """Fourier components of the outline, from the second on."""
    parted: float = 0.0
    """Half the distance, along the short axis, between the two halves of chromatin that has parted."""

    def parts(self) -> tuple[Nucleus, ...]:
        """The nucleus, or its halves."""
        if not self.parted:
            return (self,)
        down, right = self.parted * math.cos(self.angle), -self.parted * math.sin(self.angle)
        width = 0.75 * self.width
        return tuple(
            replace(self, y=self.y + side * down, x=self.x + side * right, width=width, parted=0.0) for side in (-1, 1)
        )


def nucleus_of(body: Body, owner: int, footprint: Footprint, seed: str) -> Nucleus:
    """The nucleus of a cell that had this footprint before it grew."""
    preset, grown = body.preset, body.growth ** (1 / 3)
    normal = stream(seed, "cell", body.name, "nucleus").standard_normal(22).tolist()
    area = min(preset.nucleus_area * math.exp(preset.nucleus_spread * normal[0]), preset.nucleus_share * footprint.area)
    aspect = 1 + (preset.nucleus_aspect - 1) * math.exp(0.35 * normal[1])
    length = math.sqrt(area * aspect / math.pi)
    radius = math.sqrt(footprint.area / math.pi)
    drift = [0.05 * radius * clipped(normal[2]), 0.05 * radius * clipped(normal[3])]
    aside = preset.nucleus_aside * radius * (1 + 0.2 * clipped(normal[2]))
    way = math.pi * normal[4]
    spindle = preset.state == "mitotic"
    fall = 0.4 if spindle else 1.0
    return Nucleus(
        owner=owner,
        y=footprint.y + drift[0] + aside * math.sin(way),
        x=footprint.x + drift[1] + aside * math.cos(way),
        angle=way if spindle else footprint.angle + 0.3 * normal[4],
        length=length * grown,
        width=length / aspect * grown,
        height=preset.nucleus_height / 2 * grown * (1 + 0.06 * clipped(normal[5])),
        middle=preset.nucleus_bottom + preset.nucleus_height / 2 * grown,
        lobes=tuple(
            preset.nucleus_wobble * complex(*lobe) / (order + 1.2) ** fall
            for order, lobe in enumerate(zip(normal[6::2], normal[7::2], strict=True))
        ),
        parted=radius * 0.35 if uniform(seed, "cell", body.name, "anaphase") < preset.anaphase else 0.0,
    )


def distance_from(nucleus: Nucleus, plane: Plane, box: tuple[slice, slice]) -> Floats:
    """Distance from the centre of a nucleus over that of its outline, in a box of the plane."""
    dy, dx = plane.around(nucleus.y, nucleus.x, box, LAYER.stiffness)
    cos, sin = math.cos(nucleus.angle), math.sin(nucleus.angle)
    along, across = (cos * dx + sin * dy) / nucleus.length, (cos * dy - sin * dx) / nucleus.width
    turned: npt.NDArray[np.complex128] = along + 1j * across
    radius = np.abs(turned)
    return np.asarray(radius / lobed(turned / np.maximum(radius, 1e-9), nucleus.lobes))
