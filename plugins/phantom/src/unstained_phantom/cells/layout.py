"""Who lies where: cells on an endless dish, of which a field is a window. Nothing here depends on pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING


from unstained_phantom.cells.parameters import MATERIALS, PRESETS, Preset
from unstained_phantom.seeds import digest, stream

if TYPE_CHECKING:
    from unstained_phantom.cells.population import Population

JITTER = 0.27
"""Standard deviation of a cell's place around its lattice site, in units of the lattice: no order is left to see."""
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
    index_offset: float
    """Of the whole cell."""
    level: float
    """Of the label ``random_level``."""
    tone: tuple[float, float, float]
    """Relative thickness, nuclear size and strength of stains: what differs between cells for no other reason."""

    @property
    def reach(self) -> float:
        """No neighbour feels the cell from farther away."""
        stretch = 2.2 if self.preset.form == "spread" else 3.4
        return stretch * self.length * (1 + abs(self.bend) * self.length)


def uniform(*words: str | int) -> float:
    """One number from 0 to 1 that belongs to these words."""
    return digest(*words) / 2.0**256


def bodies(population: Population, extent: tuple[float, float], seed: str) -> tuple[Body, ...]:
    """Every cell that may be seen in a window of ``extent`` (y, x) µm around the origin."""
    if population.empty:
        return ()
    spacing = spacing_of(population)
    reach = 3.5 * spacing
    turn, down, right = (uniform(seed, "lattice", word) for word in ("angle", "y", "x"))
    angle = turn * math.pi
    radius = math.hypot(*extent) / 2 + reach
    count = math.ceil(radius / (spacing * math.sqrt(3) / 2)) + 1
    found = []
    for row in range(-count, count + 1):
        for column in range(-2 * count, 2 * count + 1):
            v = (row + down) * spacing * math.sqrt(3) / 2
            u = (column + row / 2 + right) * spacing
            y, x = v * math.cos(angle) + u * math.sin(angle), u * math.cos(angle) - v * math.sin(angle)
            inside = abs(y) < extent[0] / 2 + reach and abs(x) < extent[1] / 2 + reach
            if inside and _occupied(seed, row, column, population.confluence):
                found.append(_body(population, seed, f"{row} {column}", (y, x), spacing))
    return tuple(found)


def spacing_of(population: Population) -> float:
    """Of the lattice in µm: a site has the mean territory of the cells."""
    total = sum(population.mixture.values())
    mean = sum(share * PRESETS[name].territory for name, share in population.mixture.items()) / total
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
            return PRESETS[kind]
    return PRESETS[kind]


def _body(population: Population, seed: str, name: str, site: tuple[float, float], spacing: float) -> Body:
    preset = _preset(population, seed, name)
    rng = stream(seed, "cell", name, "shape")
    down, right, size, stretch, bend, angle, *rest = rng.standard_normal(9 + 2 * LOBES).tolist()
    area = preset.area * population.size**2 * population.growth ** (2 / 3) * math.exp(preset.area_spread * size)
    aspect = 1 + (preset.aspect - 1) * math.exp(0.4 * stretch)
    length = math.sqrt(area * aspect / math.pi)
    grown = population.growth ** (1 / 3)
    lobes = tuple(
        preset.wobble * complex(rest[3 + 2 * order], rest[4 + 2 * order]) / (order + 1.6) for order in range(LOBES)
    )
    return Body(
        name=name,
        preset=preset,
        y=site[0] + JITTER * spacing * max(-2.0, min(2.0, down)),
        x=site[1] + JITTER * spacing * max(-2.0, min(2.0, right)),
        length=length,
        width=length / aspect,
        angle=NormalDist().cdf(angle) * math.pi,
        bend=preset.bend * bend / (length / grown),
        lobes=lobes,
        index_offset=MATERIALS.cell_spread * max(-2.5, min(2.5, stream(seed, "cell", name, "index").standard_normal())),
        level=_level(seed, name),
        tone=(rest[0], rest[1], rest[2]),
    )


def _level(seed: str, name: str) -> float:
    """Log-normal with a coefficient of variation of 0.6, mean 1."""
    spread = math.sqrt(math.log(1 + 0.6**2))
    normal = max(-2.5, min(2.5, stream(seed, "cell", name, "level").standard_normal()))
    return math.exp(spread * normal - spread**2 / 2)
