"""Small fields of cells, each drawn once for all tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unstained_phantom.cells.draw import draw
from unstained_phantom.cells.population import Population
from unstained_phantom.specimen import Grid, Specimen

GRID = Grid((24, 112, 112), pixel=0.5, step=0.5)


@pytest.fixture(scope="session")
def grid() -> Grid:
    return GRID


@pytest.fixture(scope="session")
def field() -> Callable[..., Specimen]:
    """A small field; keywords are those of a population."""
    kept: dict[str, Specimen] = {}

    def make(*, seed: str = "a field", grid: Grid = GRID, **keywords: object) -> Specimen:
        key = repr((seed, grid, keywords))
        if key not in kept:
            kept[key] = draw(Population(**keywords), grid, seed)
        return kept[key]

    return make
