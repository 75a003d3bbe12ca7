"""The index of tolerance, against loops over every pixel and against drawn errors."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.objects.tolerance import LEVEL, Vicinity

images = arrays(np.float64, (7, 8), elements=st.floats(0, 1, width=32))


def judged(prediction, truth, valid=None, **options):
    valid = np.ones(truth.shape, bool) if valid is None else valid
    return Vicinity(truth, valid, **{"threshold": 0.3, "pixel_size": 0.5, **options}).tolerance(prediction)


def slow(prediction, truth, valid, threshold=0.3):
    """Every error by the words of the definition, one pixel after the other; reach of one pixel."""
    errors = []
    for y, x in np.argwhere(valid):
        near = (slice(max(y - 1, 0), y + 2), slice(max(x - 1, 0), x + 2))
        close = valid[near]
        worst = 0.0
        for one, other in ((prediction, truth), (truth, prediction)):
            low, high = other[near][close].min(), other[near][close].max()
            worst = max(worst, low - one[y, x], one[y, x] - high)
        if max(prediction[y, x], truth[y, x]) > threshold:
            errors.append(worst)
    return errors


@settings(max_examples=40)
@given(images, images, arrays(np.bool_, (7, 8), elements=st.booleans()))
def test_the_index_is_that_of_its_definition(prediction, truth, valid):
    errors = slow(prediction, truth, valid)
    found = judged(prediction, truth, valid)
    if not errors:
        assert isnan(found.level)
        assert found.regions == 0
    else:
        assert found.level == pytest.approx(np.percentile(errors, 95))
        assert found.share == pytest.approx(np.mean(np.array(errors) > LEVEL))


@pytest.fixture
def blobs():
    y, x = np.mgrid[:48, :48]
    return sum(np.exp(-((y - a) ** 2 + (x - b) ** 2) / 18) for a, b in ((10, 12), (30, 34), (36, 10)))


def test_the_truth_needs_no_tolerance_and_neither_does_a_shift_within_reach(blobs):
    for prediction in (blobs, np.roll(blobs, 1, 0), np.roll(blobs, (1, -1), (0, 1))):
        found = judged(prediction, blobs)
        assert (found.level, found.share, found.regions) == (0, 0, 0)
    assert judged(np.roll(blobs, 3, 0), blobs).level > 0.1
    assert judged(np.roll(blobs, 3, 0), blobs, pixel_size=0.16).level == 0


def test_what_is_invented_and_what_is_missed_cost_the_same_and_are_regions(blobs):
    more = blobs.copy()
    more[20:26, 20:26] += 0.8
    invented, missed = judged(more, blobs), judged(blobs, more)
    assert invented == missed
    assert invented.regions == 1
    assert invented.level == pytest.approx(0.8, abs=0.05)


def test_a_weaker_prediction_needs_the_tolerance_of_its_loss(blobs):
    levels = [judged(gain * blobs, blobs).level for gain in (1.0, 0.8, 0.5, 0.0)]
    assert levels == sorted(levels)
    assert levels[-1] == pytest.approx(blobs.max(), abs=0.1)


def test_pixels_that_were_not_recorded_do_not_count(blobs):
    valid = np.ones(blobs.shape, bool)
    valid[:, :24] = False
    assert judged(np.where(valid, blobs, -7), np.where(valid, blobs, 1e6), valid).level == 0
