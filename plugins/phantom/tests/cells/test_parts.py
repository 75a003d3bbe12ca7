"""The parts of cells, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from unstained_phantom.cells.contents import contents
from unstained_phantom.cells.layout import bodies
from unstained_phantom.cells.measurement import Footprint
from unstained_phantom.cells.noise import grain, surface
from unstained_phantom.cells.nuclei import nucleus_of
from unstained_phantom.cells.population import Population
from unstained_phantom.cells.relief import root
from unstained_phantom.cells.scene import arranged
from unstained_phantom.cells.shapes import slab
from unstained_phantom.seeds import stream
from unstained_phantom.specimen import Grid

GRID = Grid((24, 112, 112), pixel=0.5, step=0.5)


@pytest.fixture(scope="module")
def scene():
    return arranged(Population(mixture={"epithelial": 1.0}), GRID, "parts")


@pytest.fixture(scope="module")
def parts(scene):
    return contents(scene, Population(mixture={"epithelial": 1.0}))


@pytest.mark.parametrize("kind", ["lipid", "nucleoli"])
def test_balls_of_a_kind_do_not_pass_through_each_other(parts, kind):
    points = getattr(parts, kind).now
    assert len(points) > 15
    for owner in np.unique(points.owner):
        own = points.where(points.owner == owner)
        gaps = np.sqrt(((own.place[:, None] - own.place) ** 2).sum(2)) + 1e9 * np.eye(len(own))
        assert (gaps > 0.95 * (own.radius[:, None] + own.radius)).all()


def test_organelles_lie_in_the_cytoplasm_of_their_cell(scene, parts):
    for points in (parts.lipid.now, parts.mitochondria.now, parts.vesicles, parts.puncta, parts.shortcut):
        row, column, inside = scene.at(points.place[:, 1], points.place[:, 2])
        assert inside.all()
        assert (scene.relief.owner[row, column] == points.owner).all()
        assert (scene.relief.nucleus_owner[row, column] == 0).all()
        assert (points.place[:, 0] > scene.relief.bottom[row, column]).all()
        assert (points.place[:, 0] < scene.relief.top[row, column]).all()


def test_debris_is_nobodys_and_lies_on_what_is_there(scene, parts):
    assert len(parts.debris) >= 1
    assert not parts.debris.owner.any()
    row, column, _ = scene.at(parts.debris.place[:, 1], parts.debris.place[:, 2])
    assert (parts.debris.place[:, 0] - parts.debris.radius >= scene.relief.top[row, column] - 1e-9).all()


def test_nuclei_lie_within_their_cells_with_cytoplasm_around(scene):
    relief = scene.relief
    there = relief.nucleus_owner > 0
    assert (relief.nucleus_owner[there] == relief.owner[there]).all()
    assert (relief.nucleus_bottom[there] > relief.bottom[there] + 0.19).all()
    assert (relief.nucleus_top[there] < relief.top[there] - 0.19).all()


def test_the_surface_of_a_monolayer_has_no_cliffs(scene):
    """Steps between neighbouring pixels stay below what a cell's side is steep: no border cuts a cell off."""
    steps = np.abs(np.diff(scene.relief.top, axis=1))
    assert np.percentile(steps, 99) < 1.0
    assert steps.max() < 2.5


def test_neurites_belong_to_their_neuron_and_fibres_to_no_mask(field):
    neuron = field(mixture={"neuron": 1.0}, confluence=0.4, seed="parts")
    areas = np.bincount(neuron.cells.ravel())[1:] * GRID.pixel**2
    assert areas.max() > 150
    thin = field(mixture={"mitotic": 1.0}, confluence=0.4, seed="parts")
    fibres = (thin.index != 0).any(0) & (thin.cells == 0)
    assert fibres.sum() > 50
    assert thin.index[2:, fibres].max() < 0.06


def test_chromatin_that_has_parted_lies_in_two_halves():
    cells = bodies(Population(mixture={"mitotic": 1.0}), (400.0, 400.0), "m")
    made = [nucleus_of(body, 1, Footprint(190.0, 0.0, 0.0, 0.0), "m") for body in cells]
    parted = [nucleus for nucleus in made if len(nucleus.parts()) == 2]
    assert 0.1 < len(parted) / len(made) < 0.3
    first, second = parted[0].parts()
    assert (first.y + second.y, first.x + second.x) == pytest.approx((2 * parted[0].y, 2 * parted[0].x))
    assert np.hypot(first.y - second.y, first.x - second.x) == pytest.approx(2 * parted[0].parted)


def test_a_surface_is_the_same_at_any_pixel_size():
    coarse, fine = np.arange(-20, 20, 1.0), np.arange(-20, 20, 0.25)
    rough = surface(stream("n"), coarse, coarse, 3.0)
    assert np.allclose(surface(stream("n"), fine, fine, 3.0)[::4, ::4], rough, atol=1e-9)
    wide = surface(stream("n"), np.arange(0, 400, 2.0), np.arange(0, 400, 2.0), 3.0)
    assert wide.mean() == pytest.approx(0, abs=0.1)
    assert wide.std() == pytest.approx(1, abs=0.1)
    neighbour = np.corrcoef(wide[:, 1:].ravel(), wide[:, :-1].ravel())[0, 1]
    assert neighbour == pytest.approx(np.exp(-((2.0 / 3.0) ** 2) / 2), abs=0.05)


def test_grain_has_the_spread_and_the_size_that_it_says():
    made = grain(stream("g"), Grid((16, 64, 64), 0.2, 0.2), (0.5,))
    assert made.mean() == pytest.approx(0, abs=1e-9)
    assert made.std() == pytest.approx(1)
    beside = np.corrcoef(made[:, :, 2:].ravel(), made[:, :, :-2].ravel())[0, 1]
    assert beside == pytest.approx(np.exp(-((0.4 / 0.5) ** 2) / 4), abs=0.05)


def test_a_rim_is_averaged_over_a_pixel():
    square, blur = np.array([0.05, -0.05]), 0.2
    spread = np.linspace(-blur, blur, 20001)
    exact = np.sqrt(np.maximum(square[:, None] + spread, 0)).mean(1)
    assert root(square, np.full(2, blur)) == pytest.approx(exact, rel=1e-3)


def test_slabs_of_any_cut_add_up():
    bottom, top = np.array([[0.3]]), np.array([[7.77]])
    sums = [slab(bottom, top, Grid((round(12 / step), 1, 1), 1.0, step)).sum() * step for step in (0.1, 0.5, 2.0)]
    assert sums == pytest.approx([7.47] * 3)
