"""Pairs of images with everything that a field can know of itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from harness.metrics.pairs import Pair, Truth


@pytest.fixture(scope="session")
def judged():
    """``judged(prediction, truth, valid, **context)`` is the argument of a metric."""

    def make(prediction, truth, valid=None, training_sd=1.0, **context):
        truth = np.asarray(truth, float)
        valid = np.ones(truth.shape, bool) if valid is None else valid
        return Pair(np.asarray(prediction, float), Truth(truth, valid, training_sd, **context))

    return make


@pytest.fixture(scope="session")
def blobs():
    """``blobs(seed)`` is a clean image of smooth structures, from 0 to about 1."""

    def make(seed, shape=(96, 120), width=2.5):
        rng = np.random.default_rng(seed)
        image = np.maximum(ndimage.gaussian_filter(rng.normal(0, 1, shape), width), 0)
        return image / image.max()

    return make


@pytest.fixture(scope="session")
def stained(blobs):
    """A truth and what is known beside it: clean, repeat, cells, size of a pixel."""
    rng = np.random.default_rng(8)
    clean = blobs(1, width=1.2)
    cells = np.zeros(clean.shape, np.int32)
    cells[10:60, 15:50], cells[50:90, 70:110] = 1, 2
    truth, repeat = (clean + rng.normal(0, 0.04, clean.shape) for _ in range(2))
    context = {"clean": clean, "repeat": repeat, "instances": {"cells": cells}, "pixel_size": 0.25, "zero": -0.1}
    return truth, context


@pytest.fixture(scope="session")
def holes():
    """A mask of recorded pixels for ``stained``."""
    valid = np.ones((96, 120), bool)
    valid[:9] = False
    valid[40:55, 60:80] = False
    return valid
