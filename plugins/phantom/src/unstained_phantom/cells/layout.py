"""Who lies where: cells on an endless dish, of which a field is a window. Nothing here depends on pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

from unstained_phantom.cells.parameters import LAYER, MATERIALS, STAINING
from unstained_phantom.cells.presets import KINDS
from unstained_phantom.seeds import normal, stream, uniform

if TYPE_CHECKING:
    from unstained_phantom.cells.anatomy import Preset
    from unstained_phantom.cells.population import Population

LOBES = 6
"""Fourier components of an outline, from the second on."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """One cell before it meets its neighbours. Lengths in µm; the origin is the middle of the field."""

    name: str
    """Of its random streams; belongs to a place on the dish."""
    preset: Preset
    y: float
    x: float
    length: float
    """Half the long axis of the outline without neighbours."""
    width: float
    """Half the short axis."""
    angle: float
    """Of the long axis, from x towards y."""
    bend: float
    """Curvature of the long axis, 1/µm."""
    lobes: tuple[complex, ...]
    """Fourier components of the outline, from the second on, relative to the radius."""
    index: float
    """Of its cytoplasm, absolute."""
    nucleus_index: float
    """Of its nucleoplasm, or of its chromatin where there is no envelope."""
    level: float
    """Of the label ``random_level``."""
    growth: float = 1.0
    """Factor by which its volume has grown."""

    def grown(self, growth: float) -> Body:
        """The same cell with a volume so many times larger; only spread cells grow."""
        if self.preset.form == "round":
            return self
        longer = growth ** (1 / 3)
        return replace(self, length=self.length * longer, width=self.width * longer, growth=growth)

    @property
    def reach(self) -> float:
        """No neighbour feels the cell from farther away."""
        outline = min(1.4, 1 + sum(abs(lobe) for lobe in self.lobes))
        return LAYER.far * outline * self.length * (1 + abs(self.bend) * self.length)


def bodies(population: Population, extent: tuple[float, float], seed: str) -> tuple[Body, ...]:
    """Every cell that may be seen in a window of ``extent`` (y, x) µm around the origin, before it has grown."""
    if population.empty:
        return ()
    apart = spacing(population)
    reach = 2.75 * apart
    turn, down, right = (uniform(seed, "lattice", word) for word in ("angle", "y", "x"))
    angle = turn * math.pi
    radius = math.hypot(*extent) / 2 + reach
    count = math.ceil(radius / (apart * math.sqrt(3) / 2)) + 1
    found = []
    for row in range(-count, count + 1):
        for column in range(-2 * count, 2 * count + 1):
            v = (row + down) * apart * math.sqrt(3) / 2
            u = (column + row / 2 + right) * apart
            y, x = v * math.cos(angle) + u * math.sin(angle), u * math.cos(angle) - v * math.sin(angle)
            inside = abs(y) < extent[0] / 2 + reach and abs(x) < extent[1] / 2 + reach
            if inside and _occupied(seed, row, column, population.confluence):
                found.append(_body(population, seed, f"{row} {column}", (y, x), apart))
    return tuple(found)


def spacing(population: Population) -> float:
    """Of the lattice in µm: a site has the mean territory of the cells."""
    total = sum(population.mixture.values())
    mean = sum(share * KINDS[name].territory for name, share in population.mixture.items()) / total
    return math.sqrt(mean * 2 / math.sqrt(3)) * population.size


def _occupied(seed: str, row: int, column: int, confluence: float) -> bool:
    """Whether a cell lies on a site. Gaps come in patches: a site shares chance with its six neighbours."""
    around = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1))
    own = _chance(seed, row, column)
    total = own + sum(_chance(seed, row + down, column + right) for down, right in around) / 2
    spread = math.sqrt((1 + len(around) / 4) / 12)
    return NormalDist(2.0, spread).cdf(total) < confluence


@lru_cache(maxsize=4096)
def _chance(seed: str, row: int, column: int) -> float:
    return uniform(seed, "site", row, column)


def _preset(population: Population, seed: str, name: str) -> Preset:
    chance = uniform(seed, "cell", name, "preset") * sum(population.mixture.values())
    for kind, share in population.mixture.items():
        chance -= share
        if chance < 0:
            return KINDS[kind]
    return KINDS[kind]


def _body(population: Population, seed: str, name: str, site: tuple[float, float], apart: float) -> Body:
    preset = _preset(population, seed, name)
    drawn = stream(seed, "cell", name, "shape").standard_normal(6 + 2 * LOBES).tolist()
    area = preset.area * population.size**2 * math.exp(preset.area_spread * drawn[0])
    aspect = 1 + (preset.aspect - 1) * math.exp(0.4 * drawn[1])
    length = math.sqrt(area * aspect / math.pi)
    place = [centre + LAYER.jitter * apart * clipped(way) for centre, way in zip(site, drawn[2:4], strict=True)]
    lobes = zip(drawn[6::2], drawn[7::2], strict=True)
    index, nucleus_index = _indices(preset, seed, name)
    return Body(
        name=name,
        preset=preset,
        y=place[0],
        x=place[1],
        length=length,
        width=length / aspect,
        angle=NormalDist().cdf(drawn[4]) * math.pi,
        bend=preset.bend * clipped(drawn[5]) / length,
        lobes=tuple(preset.wobble * complex(*lobe) / (order + 1.6) for order, lobe in enumerate(lobes)),
        index=index,
        nucleus_index=nucleus_index,
        level=_level(seed, name),
    )


def clipped(drawn: float, most: float = 2.5) -> float:
    """A normal number without its rarest values."""
    return max(-most, min(most, drawn))


def _indices(preset: Preset, seed: str, name: str) -> tuple[float, float]:
    offset = MATERIALS.cell_spread * normal(seed, "cell", name, "index")
    if uniform(seed, "cell", name, "ghost") < preset.ghosts:
        return preset.ghost_index + offset / 2, preset.nucleus_index - 0.5 * (preset.index - preset.ghost_index)
    return preset.index + offset, preset.nucleus_index + offset


def _level(seed: str, name: str) -> float:
    """Log-normal, mean 1."""
    spread = math.sqrt(math.log(1 + STAINING.level_spread**2))
    return math.exp(spread * normal(seed, "cell", name, "level") - spread**2 / 2)
