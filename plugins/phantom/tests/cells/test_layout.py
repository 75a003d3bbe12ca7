"""Cells on the dish."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unstained_phantom.cells.layout import bodies
from unstained_phantom.cells.population import Population
from unstained_phantom.cells.scene import arranged
from unstained_phantom.specimen import Grid

WIDE = (900.0, 900.0)


@pytest.fixture(scope="module")
def many():
    return bodies(Population(), WIDE, "many")


def test_shares_and_density_are_those_of_the_dish(many):
    count = len(many)
    shares = {name: sum(body.preset.name == name for body in many) / count for name in ("dead", "mitotic")}
    for name, share in {"dead": 0.08, "mitotic": 0.03}.items():
        assert shares[name] == pytest.approx(share, abs=3 * math.sqrt(share / count))
    inside = sum(abs(body.y) < 450 and abs(body.x) < 450 for body in many)
    assert inside / 900**2 == pytest.approx(0.85 / 330, rel=0.06)


def test_the_random_level_has_no_cause(many):
    """Its correlation with anything about a cell is what chance makes of so many."""
    level = np.log([body.level for body in many])
    facts = {
        "area": [body.length * body.width for body in many],
        "aspect": [body.length / body.width for body in many],
        "index": [body.index for body in many],
        "preset": [body.preset.name == "epithelial" for body in many],
        "neighbour": [*(body.level for body in many[1:]), many[0].level],
    }
    for name, values in facts.items():
        assert abs(np.corrcoef(level, np.asarray(values, dtype=float))[0, 1]) < 3.3 / math.sqrt(len(many)), name
    levels = np.exp(level)
    assert levels.mean() == pytest.approx(1, abs=0.04)
    assert levels.std() / levels.mean() == pytest.approx(0.6, abs=0.05)


def test_a_window_decides_nothing():
    small = {body.name: body for body in bodies(Population(), (60.0, 60.0), "w")}
    large = {body.name: body for body in bodies(Population(), (200.0, 120.0), "w")}
    assert small
    assert small.items() <= large.items()


def test_gaps_come_in_patches_and_follow_confluence():
    counts = [len(bodies(Population(confluence=share), WIDE, "c")) for share in (0.0, 0.4, 0.8, 1.0)]
    assert counts[0] == 0
    assert counts[1] / counts[3] == pytest.approx(0.4, abs=0.03)
    assert counts[2] / counts[3] == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("confluence", [0.5, 0.7, 0.9])
def test_the_glass_is_covered_as_the_confluence_says(confluence):
    grid = Grid((2, 140, 140), pixel=1.0, step=5.0)
    covered = [(arranged(Population(confluence=confluence), grid, f"s{n}").relief.owner > 0).mean() for n in range(3)]
    assert np.mean(covered) == pytest.approx(confluence, abs=0.1)


def test_twelve_sessions_of_two_fields_hold_three_hundred_nuclei():
    """In the recorded 83 x 83 µm of a default field, at the usual confluence."""
    grid = Grid((2, 83, 83), pixel=1.0, step=5.0)
    nuclei = [np.unique(arranged(Population(), grid, f"field {n}").relief.nucleus_owner).size - 1 for n in range(24)]
    assert sum(nuclei) >= 300
    assert min(nuclei) >= 8


def test_cells_touch_but_do_not_pile_up():
    land = arranged(Population(confluence=1.0), Grid((2, 140, 140), pixel=0.7, step=5.0), "m").land
    beside = (land.owner[:, 1:] != land.owner[:, :-1]) & (land.owner[:, 1:] > 0) & (land.owner[:, :-1] > 0)
    assert beside.sum() > 300
    assert (land.owner > 0).mean() > 0.85
