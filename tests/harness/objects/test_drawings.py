"""Which masks a label is judged by."""

from __future__ import annotations

import numpy as np
import pytest

from harness.objects.drawings import Drawings
from zoo.types import Structure

SHAPE = (8, 9)
CELLS, NUCLEI = np.full(SHAPE, 1, np.int32), np.full(SHAPE, 2, np.int32)
DRAWINGS = Drawings(
    structures={"dna": Structure.NUCLEUS, "body": Structure.CYTOPLASM, "fat": Structure.LIPID_DROPLET},
    outlines={"nuclei": (Structure.NUCLEUS,), "cells": (Structure.CYTOPLASM,)},
)


def shown(label, shape=SHAPE, **masks):
    return DRAWINGS.shown(label, np.zeros(shape), np.ones(shape, bool), 0.5, masks)


@pytest.mark.parametrize(("label", "expected"), [("dna", 2), ("body", 1)])
def test_objects_are_those_that_a_mask_of_the_same_structure_draws(label, expected):
    found = shown(label, nuclei=NUCLEI, cells=CELLS)
    assert (found.objects == expected).all()
    assert found.within is None


def test_other_stains_are_measured_in_whole_cells_and_else_in_what_is_drawn():
    assert (shown("fat", nuclei=NUCLEI, cells=CELLS).within == 1).all()
    assert (shown("fat", nuclei=NUCLEI).within == 2).all()
    assert shown("fat", nuclei=NUCLEI).objects is None


def test_without_masks_nothing_is_drawn():
    found = shown("dna")
    assert (found.objects, found.within, found.pixel_size) == (None, None, 0.5)


def test_masks_of_another_depth_are_laid_on_the_grid_of_the_label():
    stack = np.stack([np.zeros(SHAPE, np.int32), NUCLEI])
    assert (shown("dna", nuclei=stack).objects == 2).all()
    assert shown("dna", shape=(3, *SHAPE), nuclei=NUCLEI).objects.shape == (3, *SHAPE)
