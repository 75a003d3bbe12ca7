"""Overlaps and assignments, against StarDist's and against all assignments tried by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stardist.matching import matching

from harness.objects.matching import matched, numbered, overlaps
from harness.objects.scores import THRESHOLDS, detection
from zoo.errors import ZooError

masks = arrays(np.int32, (9, 11), elements=st.integers(0, 5))


@st.composite
def alike(draw):
    """Two images of blocky objects, the second a few pixels changed: with many partners above a half."""
    truth = np.kron(draw(arrays(np.int32, (3, 4), elements=st.integers(0, 6))), np.ones((4, 4), np.int32))
    prediction = truth.copy()
    for index in draw(st.lists(st.integers(0, truth.size - 1), max_size=40)):
        prediction.flat[index] = draw(st.integers(0, 7))
    return truth, prediction


def found(truth, prediction):
    return overlaps(numbered(truth), numbered(prediction))


def agrees(truth, prediction, threshold):
    """Whether counts and sums are those of StarDist."""
    mine = detection(found(truth, prediction), threshold)
    theirs = matching(truth, prediction, threshold)
    assert (mine.right, mine.false, mine.missed) == (theirs.tp, theirs.fp, theirs.fn)
    if truth.any() or prediction.any():
        assert mine.f1 == pytest.approx(theirs.f1)
        assert mine.precision == pytest.approx(theirs.accuracy)
        assert mine.panoptic == pytest.approx(theirs.panoptic_quality)


@settings(max_examples=60)
@given(alike(), st.sampled_from(THRESHOLDS))
def test_detection_agrees_with_stardist_on_masks_that_are_much_alike(pair, threshold):
    agrees(*pair, threshold)


@settings(max_examples=60)
@given(masks, masks, st.sampled_from([0.5, 0.55, 0.9]))
def test_detection_agrees_with_stardist_on_random_masks(truth, prediction, threshold):
    agrees(truth, prediction, threshold)


@settings(max_examples=40)
@given(masks, masks, st.sampled_from([0.05, 0.1, 0.2]))
def test_partners_that_compete_are_assigned_as_no_other_assignment_could_better(truth, prediction, threshold):
    overlap = found(truth, prediction)
    chosen = matched(overlap, threshold)
    iou = np.zeros((6, 6))
    iou[overlap.truth, overlap.predicted] = overlap.iou
    iou[iou < threshold] = 0
    best = max(
        (np.count_nonzero(picked), picked.sum())
        for order in permutations(range(6))
        for picked in [iou[range(6), order]]
    )
    assert (chosen.iou.size, chosen.iou.sum()) == pytest.approx(best)
    assert np.unique(chosen.truth).size == np.unique(chosen.predicted).size == chosen.iou.size


def test_two_halves_compete_for_one_object_at_exactly_a_half():
    truth = np.ones((4, 4), np.int32)
    prediction = np.repeat([[1, 1, 2, 2]], 4, axis=0)
    agrees(truth, prediction, 0.5)
    assert matched(found(truth, prediction)).iou.tolist() == [0.5]


def test_overlaps_of_two_drawn_images_are_those_of_the_hand():
    truth = np.array([[1, 1, 0, 2, 2, 2]])
    prediction = np.array([[1, 1, 1, 1, 2, 0]])
    overlap = overlaps(truth, prediction)
    assert overlap.truth.tolist() == [0, 1, 1]
    assert overlap.predicted.tolist() == [0, 0, 1]
    assert overlap.shared.tolist() == [2, 1, 1]
    assert overlap.iou.tolist() == [2 / 4, 1 / 6, 1 / 3]


@pytest.mark.parametrize(("there", "seen"), [(0, 0), (0, 1), (1, 0)])
def test_where_one_side_is_empty_nothing_is_matched(there, seen):
    overlap = overlaps(np.full((3, 3), there, np.int32), np.full((3, 3), seen, np.int32))
    assert matched(overlap).iou.size == 0
    assert overlap.empty == (not there and not seen)


@given(masks)
def test_numbers_are_closed_up_in_their_order(labels):
    closed = numbered(labels * 1000)
    assert set(np.unique(closed)) - {0} == set(range(1, closed.max() + 1))
    assert np.array_equal(closed > 0, labels > 0)
    assert all(np.unique(labels[closed == number]).size == 1 for number in range(1, closed.max() + 1))


def test_an_image_with_negative_numbers_is_no_image_of_objects():
    with pytest.raises(ZooError) as raised:
        numbered(np.array([[0, -1], [2, 3]]), "nuclei")
    assert str(raised.value) == (
        "mask 'nuclei': found the number -1; expected 0 for background and 1 upwards for objects\n"
        "  hint: write the mask as an image of objects, one number for each"
    )
