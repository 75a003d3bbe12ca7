"""Masses and rates of a film whose truth is known."""

from __future__ import annotations

from math import log, pi

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from harness.objects.drymass import Scales
from harness.timelapse.curves import rates, weigh
from harness.timelapse.films import Film
from harness.timelapse.outlines import from_masks

SCALES = Scales(wavelength=0.55, pixel_size=0.5, nucleus=0.185, cytoplasm=0.19)


@pytest.fixture(scope="module")
def weighed(dish):
    film = Film(dish.phase, dish.pixel_size, dish.interval)
    return weigh(film, from_masks(dish.cells, dish.nuclei), SCALES)


def test_mass_is_phase_above_the_background_times_area(dish, weighed):
    first = weighed.objects.query("frame == 0 and cell == 1").iloc[0]
    inside, around = (dish.nuclei[0] == 1).sum(), ((dish.cells[0] == 1) & (dish.nuclei[0] == 0)).sum()
    assert (first.nucleus_area, first.cytoplasm_area) == pytest.approx((inside / 4, around / 4))
    assert first.nucleus_mass == pytest.approx(3 * inside / 4 * 0.55 / (2 * pi * 0.185))
    assert first.cytoplasm_mass == pytest.approx(around / 4 * 0.55 / (2 * pi * 0.19))
    assert first.total_mass == pytest.approx(first.nucleus_mass + first.cytoplasm_mass)
    assert weighed.frames["background"].to_numpy() == pytest.approx(0.3)


def test_the_map_adds_up_to_the_masses(weighed):
    per_frame = weighed.objects.groupby("frame")["total_mass"].sum().to_numpy()
    assert weighed.density.sum(axis=(1, 2)) * 0.25 == pytest.approx(per_frame, rel=1e-4)
    assert weighed.frames["mass"].to_numpy() == pytest.approx(per_frame, rel=1e-4)
    assert weighed.density.dtype == np.float32


def test_cells_grow_at_their_rates(dish, weighed):
    found = rates(weighed.objects).set_index(["cell", "part"])
    for cell, rate in enumerate(dish.rates, 1):
        for part in ("nucleus", "cytoplasm", "total"):
            row = found.loc[(str(cell), part)]
            assert (row.rate, row.low, row.high) == pytest.approx((rate,) * 3, abs=1e-6)
            assert row.doubling == pytest.approx(log(2) / rate, rel=1e-4)
    both = found.loc[("field", "total")]
    assert dish.rates[0] < both.rate < dish.rates[1]
    assert both.frames == len(dish.phase)


def noisy(cell, hours, rate, **changes):
    mass = 100 * np.exp(rate * hours + np.random.default_rng(cell).normal(0, 0.01, hours.size))
    masses = {f"{part}_mass": mass for part in ("nucleus", "cytoplasm", "total")}
    return pd.DataFrame({"cell": cell, "frame": range(hours.size), "hours": hours, "whole": True, **masses, **changes})


def test_the_interval_is_that_of_the_slope():
    hours = 2.0 * np.arange(12)
    table = noisy(1, hours, 0.03)
    row = rates(table).query("cell == '1' and part == 'total'").iloc[0]
    line = stats.linregress(hours, np.log(table["total_mass"]))
    half = stats.t.ppf(0.975, 10) * line.stderr
    assert (row.rate, row.low, row.high) == pytest.approx((line.slope, line.slope - half, line.slope + half))


def test_cells_that_are_cut_too_short_or_weightless_have_no_rate():
    hours = 2.0 * np.arange(4)
    cut = noisy(1, hours, 0.03, whole=[True, False, True, True])
    short = noisy(2, hours[:2], 0.03)
    light = noisy(3, hours, 0.03, nucleus_mass=[1.0, 0.0, 1.0, 1.0])
    found = rates(pd.concat([cut, short, light]))
    assert set(found["cell"]) == {"field", "3"}
    assert found.query("cell == '3'")["part"].tolist() == ["cytoplasm", "total"]
    assert rates(cut).empty
