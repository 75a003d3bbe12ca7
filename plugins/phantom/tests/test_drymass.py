"""Dry mass that is read off the imaged phase, beside the mass that cells were made of."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from scipy import ndimage

from unstained_phantom.acquisition import PHASE, acquire
from unstained_phantom.cells.parameters import MATERIALS
from unstained_phantom.plan import standard

REACH = 2.0
"""How far beyond its mask the light of a cell goes, in µm: masks leave out what is thinner than 0.2 µm."""
STANDARD = standard()


@pytest.fixture(scope="module")
def errors():
    """``errors(field)``: of each whole cell of a field of the default dataset, (read off - true) / true."""
    quick = replace(STANDARD.microscope, planes=1, sources=6)  # of bright field alone: phase stays as it is
    plan = replace(STANDARD, microscope=quick)

    def read(name: str) -> list[float]:
        made = acquire(plan.scenes[name], plan)
        cells, microns = made.masks["cells"], plan.microscope.pixel
        away, (y, x) = ndimage.distance_transform_edt(cells == 0, return_indices=True)
        near = np.where(microns * away <= REACH, cells[y, x], 0)
        phase = made.single[PHASE] - np.median(made.single[PHASE][near == 0])
        factor = microns**2 * plan.microscope.wavelength / (2 * pi * MATERIALS.protein)
        mass = factor * np.bincount(near.ravel(), phase.ravel())
        cut = {*near[[0, -1]].ravel().tolist(), *near[:, [0, -1]].ravel().tolist()}
        return [
            float(mass[cell.id]) / (cell.nucleus_dry_mass + cell.cytoplasm_dry_mass) - 1
            for cell in made.cells
            if cell.id in near and cell.id not in cut
        ]

    return read


@pytest.mark.parametrize("name", ["test-02-1", "fibroblast-2-1"])
def test_imaged_phase_weighs_cells_within_two_percent(errors, name):
    """Median over the whole cells of a field, with one increment for everything in them."""
    found = errors(name)
    assert len(found) >= 3
    assert abs(np.median(found)) < 0.02


def test_one_increment_for_all_takes_fat_for_less_than_it_weighs(errors):
    """Of adipocytes a twelfth is missing: fat bends less light for its mass than protein does."""
    assert -0.12 < np.median(errors("adipocyte-1-1")) < -0.06
