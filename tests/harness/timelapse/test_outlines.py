"""Outlines from stains and from masks, and who is who in the next frame."""

from __future__ import annotations

import numpy as np
import pytest

from harness.timelapse.outlines import border, followed, from_masks, from_stains
from zoo.errors import ZooError


def test_cells_are_what_surrounds_a_nucleus_in_the_stains(dish):
    found = from_stains(10.0 * (dish.nuclei > 0), 5.0 * (dish.cells > 0), dish.pixel_size)
    assert np.unique(found.cells).tolist() == [0, 1, 2]
    for mine, true in ((found.cells, dish.cells), (found.nuclei, dish.nuclei)):
        assert np.mean((mine > 0) == (true > 0)) > 0.97
        for cell in (1, 2):
            assert np.unique(true[mine == cell]).tolist()[-1] == cell, "numbers go on while cells crawl"


def test_what_has_no_nucleus_is_no_cell_but_no_background_either(dish):
    found = from_stains(10.0 * (dish.nuclei == 1), 5.0 * (dish.cells > 0), dish.pixel_size)
    second = dish.cells == 2
    assert not found.cells[second].any()
    assert found.occupied[second].mean() > 0.95


def test_touching_cells_are_cut_between_their_nuclei():
    y, x = np.mgrid[:60, :100]
    near = [np.hypot(y - 30, x - centre) for centre in (33, 67)]
    cytoplasm = np.maximum(*(np.clip(22 - away, 0, None) for away in near))
    nucleus = sum(10.0 * (away < 8) for away in near)
    found = from_stains(nucleus[None], cytoplasm[None], 0.5)
    assert np.unique(found.cells[0, 30, 25:41]).size == np.unique(found.cells[0, 30, 60:75]).size == 1
    assert found.cells[0, 30, 33] != found.cells[0, 30, 67]
    seam = int(np.flatnonzero(np.diff(found.cells[0, 30, 33:68]))[0]) + 33
    assert abs(seam - 50) <= 2


def test_one_threshold_serves_all_frames(dish):
    fading = np.array([1.0, 1.0, 1.0, 1.0, 0.05])[:, None, None]
    found = from_stains(10.0 * (dish.nuclei > 0) * fading, 5.0 * (dish.cells > 0) * fading, dish.pixel_size)
    assert found.cells[3].any()
    assert not found.cells[4].any()


def test_masks_are_followed_whatever_their_numbers(dish):
    shuffled = dish.cells.copy()
    shuffled[1::2] = np.array([0, 9, 4])[dish.cells[1::2]]
    found = from_masks(shuffled, dish.nuclei)
    np.testing.assert_array_equal(found.cells, dish.cells)
    np.testing.assert_array_equal(found.nuclei, dish.nuclei)
    np.testing.assert_array_equal(found.occupied, dish.cells > 0)


def test_masks_of_two_grids_are_refused(dish):
    with pytest.raises(ZooError) as raised:
        from_masks(dish.cells, dish.nuclei[:, :-1])
    assert str(raised.value) == (
        "cells (5, 80, 140) and nuclei (5, 79, 140) differ in shape\n  hint: draw both on the grid of the phase"
    )


def test_of_two_daughters_the_larger_keeps_the_number_and_who_comes_later_gets_a_new_one():
    mother = np.zeros((3, 6, 12), np.int32)
    mother[0, :, :9] = 1
    mother[1:, :, :6], mother[1:, :, 6:9] = 1, 2
    mother[2, :, 10:] = 3
    found = followed(mother, np.zeros_like(mother), mother > 0).cells
    assert [np.unique(frame).tolist() for frame in found] == [[0, 1], [0, 1, 2], [0, 1, 2, 3]]
    assert (found[2, :, :6] == 1).all()


def test_a_cell_at_the_edge_is_not_whole():
    cells = np.zeros((6, 6), np.int32)
    cells[0:2, 2], cells[3:5, 3] = 1, 2
    assert border(cells)[1:].tolist() == [True, False]
