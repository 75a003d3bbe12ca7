"""Solids into voxels, against their volumes."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstained_phantom.cells import nuclei, organelles, relief, territory
from unstained_phantom.cells.shapes import Points, balls, join, slab, specks
from unstained_phantom.specimen import Grid

GRID = Grid((24, 64, 64), pixel=0.325, step=0.5)
places = st.tuples(st.floats(4.0, 8.0), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))


def one(place, radius):
    return Points(np.array([place]), np.array([radius]), np.array([1], dtype=np.int32))


def volume(parts, grid=GRID):
    return parts.sum() * grid.pixel**2 * grid.step


def plane(grid=GRID):
    y, x = ((np.arange(count) - (count - 1) / 2) * grid.pixel for count in grid.shape[1:])
    still = np.zeros((y.size, x.size))
    return territory.Plane(y, x, still, still)


@settings(max_examples=15, deadline=None)
@given(place=places, radius=st.floats(0.15, 3.4))
def test_a_ball_has_its_volume_wherever_it_lies(place, radius):
    parts = balls(one(place, radius), GRID)
    assert volume(parts) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    assert parts.max() <= 1 + 1e-12
    assert parts.min() >= 0


@settings(max_examples=15, deadline=None)
@given(place=places, radius=st.floats(0.15, 0.6))
def test_a_speck_has_its_volume_and_its_place(place, radius):
    parts = specks(one(place, radius), np.array([0.2]), GRID)
    assert volume(parts) == pytest.approx(0.2, rel=1e-9)
    z, y, x = (np.arange(count) + 0.5 for count in GRID.shape)
    centre = [(parts.sum(axes) * axis).sum() / parts.sum() for axis, axes in ((z, (1, 2)), (y, (0, 2)), (x, (0, 1)))]
    found = [centre[0] * GRID.step, *((middle - 32) * GRID.pixel for middle in centre[1:])]
    assert found[1:] == pytest.approx(place[1:], abs=0.15 * GRID.pixel)
    assert found[0] == pytest.approx(place[0], abs=0.25 * GRID.step)


def test_balls_beyond_the_grid_are_cut():
    whole = volume(balls(one((6.0, 0.0, 0.0), 1.5), GRID))
    half = volume(balls(one((6.0, 32 * GRID.pixel, 0.0), 1.5), GRID))
    assert half == pytest.approx(whole / 2, rel=0.01)
    assert volume(balls(one((6.0, 99.0, 0.0), 1.5), GRID)) == 0


def test_many_balls_are_the_sum_of_each():
    sizes = (0.2, 0.5, 0.51, 1.4)
    parts = [one((5.0, 2.0 * number - 3.0, 0.3), size) for number, size in enumerate(sizes)]
    together = balls(join(*parts), GRID)
    assert np.allclose(together, np.sum([balls(part, GRID) for part in parts], axis=0), atol=2e-2)
    assert volume(together) == pytest.approx(sum(4 / 3 * np.pi * size**3 for size in sizes), rel=0.01)


@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.floats(0.12, 1.5), min_size=2, max_size=12), gone=st.integers(0, 11))
def test_what_is_far_from_a_solid_does_not_change_with_it(sizes, gone):
    count = len(sizes)
    line = np.stack([np.full(count, 6.0), np.linspace(-9, 9, count), np.zeros(count)], axis=1)
    points = Points(line, np.array(sizes), np.ones(count, dtype=np.int32))
    left = points.where(np.arange(count) != gone % count)
    for made in (balls, lambda some, grid: specks(some, some.radius**3, grid)):
        before, after, alone = (
            made(some, GRID) for some in (points, left, points.where(np.arange(count) == gone % count))
        )
        assert np.array_equal(before[alone == 0], after[alone == 0])


def test_nothing_is_nothing():
    assert len(join()) == 0
    assert not balls(join(), GRID).any()
    assert not specks(join(), np.zeros(0), GRID).any()


@pytest.mark.parametrize("step", [0.29, 0.5, 1.2])
def test_a_smooth_cell_has_no_height_rings(step):
    grid = Grid((round(12 / step), 64, 64), pixel=0.325, step=step)
    here = plane()
    top = 8 * np.exp(-(here.y[:, None] ** 2 + here.x**2) / 60)
    projected = slab(np.zeros_like(top), top, grid).sum(axis=0) * step
    assert np.allclose(projected, np.minimum(top, grid.shape[0] * step), atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(width=st.floats(1.8, 5.0), aspect=st.floats(1.0, 1.8), height=st.floats(1.0, 2.6), angle=st.floats(0, 3.1))
def test_a_nucleus_has_the_volume_of_an_ellipsoid(width, aspect, height, angle):
    length = width * aspect
    nucleus = nuclei.Nucleus(
        owner=1, y=-0.3, x=0.4, angle=angle, length=length, width=width, height=height, middle=4.0, lobes=()
    )
    here = plane()
    cells = np.ones(here.shape, dtype=np.int32)
    made = relief.with_nuclei(cells, np.zeros(here.shape), np.full(here.shape, 9.0), [nucleus], here)
    parts = slab(made.nucleus_bottom, made.nucleus_top, GRID)
    assert volume(parts) == pytest.approx(4 / 3 * np.pi * length * width * height, rel=0.01)


@pytest.mark.parametrize("module", [organelles, relief, territory])
def test_examples_of_shapes_are_true(module):
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
