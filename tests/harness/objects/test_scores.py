"""Scores of objects, against py-ctcmetrics and against drawings worked by hand."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
import tifffile
from ctc_metrics.metrics import det, seg
from ctc_metrics.utils.representations import count_acyclic_graph_correction_operations, match

from harness.objects import scores
from harness.objects.matching import numbered, overlaps
from harness.objects.scores import Detection


def found(truth, prediction):
    return overlaps(numbered(truth), numbered(prediction))


def blocks(seed, share):
    """Blocky objects, a share of their pixels given to other objects or to none; both images hold some."""
    rng = np.random.default_rng(seed)
    truth = np.kron(rng.integers(0, 9, (5, 6)), np.ones((5, 5), np.int64))
    other = np.kron(rng.integers(0, 9, (5, 6)), np.ones((5, 5), np.int64))
    merged = np.where(truth > 6, 1, truth) if seed % 2 else truth
    return truth, np.where(rng.random(truth.shape) < share, other, merged)


def reference(folder, truth, prediction):
    """SEG and DET of the Cell Tracking Challenge by its Python package, which wants two time points: twice the same."""
    for name, labels in (("truth", truth), ("prediction", prediction)):
        tifffile.imwrite(folder / f"{name}.tif", labels.astype(np.uint16))
    there, seen, of_truth, of_seen, iou = match(str(folder / "truth.tif"), str(folder / "prediction.tif"))
    tracks = [np.array([[number, 0, 1, 0] for number in side]) for side in (there, seen)]
    twice = ([side, side] for side in (there, seen, of_truth, of_seen))
    return seg([there], [iou]), det(**count_acyclic_graph_correction_operations(*tracks, *twice))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(6))
def test_seg_and_det_agree_with_py_ctcmetrics(seed, share, tmp_path):
    truth, prediction = blocks(seed, share)
    expected = reference(tmp_path, truth, prediction)
    overlap = found(truth, prediction)
    assert (scores.segmentation(overlap), scores.detection_cost(overlap)) == pytest.approx(expected)


def test_a_drawing_gives_the_scores_of_the_hand():
    # Three objects of four pixels. One is found whole, one by three pixels, one not at all; one is invented.
    truth = np.array([[1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 3, 3, 3, 3, 0, 0]])
    prediction = np.array([[1, 1, 1, 1, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 5, 5]])
    overlap = found(truth, prediction)
    assert scores.f1(overlap) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert scores.panoptic(overlap) == pytest.approx((1 + 0.75) / (2 + 0.5 + 0.5))
    # IoU 1 and 0.75: two are right up to 0.75, one above.
    assert scores.f1_curve(overlap) == pytest.approx((6 * 4 / 6 + 4 * 2 / 6) / 10)
    assert scores.precision_curve(overlap) == pytest.approx((6 * 2 / 4 + 4 * 1 / 5) / 10)
    assert scores.segmentation(overlap) == pytest.approx((1 + 0.75 + 0) / 3)
    assert scores.detection_cost(overlap) == pytest.approx(1 - (10 * 1 + 1 * 1) / 30)
    assert scores.count_error(overlap) == 0


def test_one_object_over_two_costs_a_split():
    truth = np.array([[1, 1, 1, 0, 2, 2, 2]])
    overlap = found(truth, np.ones_like(truth))
    assert scores.detection_cost(overlap) == pytest.approx(1 - 5 / 20)


@pytest.mark.parametrize(
    "score",
    [
        scores.f1,
        scores.f1_curve,
        scores.precision_curve,
        scores.panoptic,
        scores.segmentation,
        scores.detection_cost,
    ],
)
def test_nothing_on_both_sides_is_undefined_and_on_one_side_is_zero(score):
    nothing, one = np.zeros((4, 4), np.int32), np.eye(4, dtype=np.int32)
    assert isnan(score(found(nothing, nothing)))
    assert score(found(nothing, one)) == 0
    assert score(found(one, nothing)) == 0
    assert score(found(one, one)) == 1


def test_the_count_is_undefined_where_there_is_nothing_to_count():
    nothing, one = np.zeros((4, 4), np.int32), np.eye(4, dtype=np.int32)
    two = np.diag([1, 2, 0, 0])
    assert isnan(scores.count_error(found(nothing, one)))
    assert scores.count_error(found(one, two)) == 1
    assert scores.count_error(found(two, nothing)) == -1
    assert scores.absolute_count_error(found(two, one)) == 0.5


def test_detections_of_several_fields_add_up():
    total = sum([Detection(3, 1, 0, 2.5), Detection(1, 0, 2, 0.5)], Detection())
    assert total == Detection(4, 1, 2, 3.0)
    assert total.panoptic == pytest.approx(3 / 5.5)
    assert isnan(Detection().f1)


def test_counts_of_fields_agree_as_bland_and_altman_say():
    # Differences 1, -1, 3: mean 1, standard deviation 2.
    agreement = scores.count_agreement([10, 11, 12], [11, 10, 15])
    assert agreement.bias == pytest.approx(1)
    assert agreement.mean_absolute == pytest.approx(5 / 3)
    assert (agreement.low, agreement.high) == pytest.approx((1 - 1.96 * 2, 1 + 1.96 * 2))
    limit = sqrt(2) * 1.96
    assert scores.count_agreement([0, 0], [1, 3]).high == pytest.approx(2 + limit)


def test_limits_of_agreement_need_two_fields():
    assert isnan(scores.count_agreement([4], [5]).high)
    assert scores.count_agreement([4], [5]).bias == 1
    assert isnan(scores.count_agreement([], []).bias)
