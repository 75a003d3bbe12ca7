"""The segmenter: what it sees, what it does not, and that it sees the same by the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.filters import threshold_otsu

from harness.segmentation import Segmenter, anchors, smoothed

PLAIN = Segmenter(smoothing=1.0, fraction=1.0, level=0.5, spacing=6.0, smallest=20.0)


def discs(*placed, size=64):
    """An image of ones in discs of (y, x, radius)."""
    y, x = np.mgrid[:size, :size]
    image = np.zeros((size, size))
    for centre_y, centre_x, radius in placed:
        image[(y - centre_y) ** 2 + (x - centre_x) ** 2 <= radius**2] = 1
    return image


def seen(image, segmenter=PLAIN, valid=None, pixel_size=1.0):
    valid = np.ones(image.shape, bool) if valid is None else valid
    return segmenter.labels(image, valid, segmenter.threshold(image, valid, pixel_size), pixel_size)


def test_a_disc_is_one_object_of_its_own_size():
    image = discs((30, 30, 10))
    labels = seen(image)
    assert labels.max() == 1
    assert np.count_nonzero(labels) == pytest.approx(image.sum(), rel=0.03)


def test_touching_discs_are_divided_where_they_touch():
    labels = seen(discs((30, 20, 9), (30, 36, 9)))
    assert labels.max() == 2
    assert {labels[30, 14], labels[30, 42]} == {1, 2}
    assert labels[30, 24] == labels[30, 14]
    assert labels[30, 32] == labels[30, 42]


def test_a_small_disc_in_the_shade_of_a_large_one_is_an_object_too():
    segmenter = replace(PLAIN, spacing=14.0)
    labels = seen(discs((30, 20, 12), (30, 37, 3)), replace(segmenter, smoothing=0.1))
    assert labels.max() == 2
    assert labels[30, 37] not in (0, labels[30, 20])


def test_small_objects_and_small_holes_vanish_and_large_holes_stay():
    image = discs((20, 20, 10), (50, 50, 1))
    assert seen(image).max() == 1
    image[20, 20] = 0
    sharp = replace(PLAIN, smoothing=0.1)
    assert seen(image, sharp)[20, 20] == 1
    ring = discs((32, 32, 20)) - discs((32, 32, 12))
    assert seen(ring, sharp)[32, 32] == 0


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_constant_image_shows_nothing(level):
    assert not seen(np.full((20, 20), level), replace(PLAIN, level=None)).any()


def test_the_threshold_of_a_field_comes_from_its_truth_and_follows_its_gain():
    image = discs((20, 20, 9), (44, 40, 8)) + np.random.default_rng(0).normal(0, 0.05, (64, 64))
    adaptive = replace(PLAIN, level=None, fraction=0.8)
    there = seen(image, adaptive)
    assert np.array_equal(seen(300 * image + 1000, adaptive), there)
    valid = np.ones(image.shape, bool)
    weak = 0.2 * image
    assert adaptive.labels(weak, valid, adaptive.threshold(image, valid)).max() == 0
    assert adaptive.threshold(image, valid) == pytest.approx(adaptive.threshold(image[::-1], valid))


def test_a_training_level_is_taken_whatever_the_field_shows():
    valid = np.ones((20, 20), bool)
    assert PLAIN.threshold(np.zeros((20, 20)), valid) == 0.5
    assert PLAIN.threshold(np.full((20, 20), 9.0), valid) == 0.5


def test_lengths_are_in_micrometres():
    image = discs((30, 20, 9), (30, 36, 9), (50, 50, 3))
    fine = np.kron(image, np.ones((2, 2)))
    in_micrometres = replace(PLAIN, smoothing=0.5, spacing=3.0, smallest=10.0)
    coarse, halved = seen(image, in_micrometres, pixel_size=0.5), seen(fine, in_micrometres, pixel_size=0.25)
    assert coarse.max() == halved.max()
    agree = np.mean((np.kron(coarse, np.ones((2, 2), int)) > 0) == (halved > 0))
    assert agree > 0.99


def test_pixels_that_were_not_recorded_belong_to_nothing_and_may_hold_anything():
    image = discs((30, 20, 9), (30, 50, 9))
    valid = np.ones(image.shape, bool)
    valid[:, 40:] = False
    image[~valid] = np.nan
    labels = seen(image, replace(PLAIN, level=None, fraction=0.5), valid)
    assert labels.max() == 1
    assert not labels[~valid].any()


def test_a_field_without_a_recorded_pixel_shows_nothing():
    nowhere = np.zeros((16, 16), bool)
    assert not seen(np.ones((16, 16)), replace(PLAIN, level=None), nowhere).any()


def test_a_stack_is_seen_as_bodies():
    z, y, x = np.mgrid[:20, :40, :40]
    image = sum(1.0 * ((z - 10) ** 2 + (y - 20) ** 2 + (x - at) ** 2 <= 49) for at in (11, 29))
    labels = seen(image)
    assert labels.max() == 2
    assert labels[10, 20, 11] != labels[10, 20, 29]


def test_the_anchors_are_the_background_and_the_threshold_of_otsu():
    image = discs((20, 20, 12)) + np.random.default_rng(1).normal(0, 0.05, (64, 64))
    low, otsu = anchors([image])
    assert low == np.percentile(image, 1)
    assert otsu == pytest.approx(threshold_otsu(image.clip(*np.percentile(image, [1, 99.9]))))
    speck = image.copy()
    speck[60, 60] = 1000
    assert anchors([speck])[1] == pytest.approx(otsu, abs=0.05)
    assert threshold_otsu(speck) > image.max()


def test_anchors_of_several_truths_are_those_of_all_their_pixels():
    images = [discs((20, 20, 12)) + 0.1 * index for index in range(3)]
    assert anchors(images) == anchors([np.concatenate(images)])


def test_smoothing_is_that_of_scipy_where_everything_was_recorded():
    image = np.random.default_rng(2).normal(size=(30, 30))
    expected = ndimage.gaussian_filter(image, 2.0).ravel()
    assert smoothed(image, np.ones((30, 30), bool), 2.0) == pytest.approx(expected)


@settings(max_examples=40)
@given(arrays(np.bool_, (24, 24), elements=st.booleans()), st.floats(1, 8), st.floats(0, 12))
def test_objects_are_numbered_without_gaps_lie_in_the_mask_and_are_whole(mask, spacing, smallest):
    segmenter = Segmenter(smoothing=0.01, fraction=1.0, level=0.5, spacing=spacing, smallest=smallest)
    labels = seen(mask.astype(float), segmenter)
    sizes = np.bincount(labels.ravel())
    assert (sizes[1:] >= max(smallest, 1)).all()
    filled = labels[~mask & (labels > 0)]
    assert filled.size == 0 or smallest > 1
    for number in range(1, len(sizes)):
        assert ndimage.label(labels == number, np.ones((3, 3)))[1] == 1
