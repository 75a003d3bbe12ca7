"""A film of two cells that crawl and grow, and what they weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

RATES = (0.02, 0.05)
HOURS = 2.0 * np.arange(5)


@dataclass(frozen=True)
class Dish:
    """Phase ``t y x`` over a background of 0.3 rad, and who is where."""

    phase: np.ndarray
    cells: np.ndarray
    nuclei: np.ndarray
    rates: tuple[float, ...] = RATES
    pixel_size: float = 0.5
    interval: float = 2.0


@pytest.fixture(scope="package")
def dish() -> Dish:
    y, x = np.mgrid[:80, :140]
    phase, cells, nuclei = (np.zeros((len(HOURS), 80, 140), kind) for kind in (float, np.int32, np.int32))
    for frame, hour in enumerate(HOURS):
        for cell, rate in enumerate(RATES, 1):
            away = np.hypot(y - 40, x - (70 * cell - 35) - 2 * frame)
            cells[frame][away < 20] = cell
            nuclei[frame][away < 8] = cell
            phase[frame] += np.exp(rate * hour) * ((away < 20) + 2.0 * (away < 8))
    return Dish(phase + 0.3, cells, nuclei)
