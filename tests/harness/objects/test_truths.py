"""A truth prepared once and predictions judged against it, by every column."""

from __future__ import annotations

import inspect
from math import isnan

import numpy as np
import pytest

from harness.objects import METRICS
from harness.objects.truths import ObjectTruth, Shown
from harness.segmentation import Segmenter
from zoo.registry import resolve

COLUMNS = {metric.id: resolve(metric.fn) for metric in METRICS}
FOUND = ("f1", "f1-curve", "ap", "pq", "seg", "det", "feature-ccc")


def row(judged):
    return {name: column(judged) for name, column in COLUMNS.items()}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_prediction_that_equals_the_truth_is_perfect(metric, truth):
    value = resolve(metric.fn)(truth.judged(truth.shown.image))
    assert metric.range[0] <= value <= metric.range[1]
    if metric.perfect is not None:
        assert value == pytest.approx(metric.perfect, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_every_column_says_what_it_is_and_where_it_comes_from(metric):
    assert metric.source
    assert metric.title
    assert inspect.getdoc(resolve(metric.fn))


def test_ids_are_told_apart():
    assert len({metric.id for metric in METRICS}) == len(METRICS)


def test_a_second_recording_stands_between_the_truth_and_a_wrong_field(shown, truth):
    repeat = row(truth.judged(shown(20, 1).image))
    other = row(truth.judged(shown(21).image))
    assert repeat["f1"] > 0.95
    assert repeat["stain-gain"] > 0.5
    for name in (*FOUND, "stain-ccc", "stain-gain", "feature-gain"):
        assert repeat[name] > other[name] + 0.3
    for name in ("tolerance", "intolerable"):
        assert repeat[name] < other[name]


def test_the_noise_of_a_camera_is_no_feature_that_a_prediction_must_have(shown, truth):
    noisy = ObjectTruth(Shown(shown(20, 1).image, truth.shown.valid, objects=truth.shown.objects), truth.fit)
    mean_of_many = np.mean([shown(20, seed).image for seed in range(2, 60)], axis=0)
    assert row(noisy.judged(mean_of_many))["stain-ccc"] > 0.97
    assert row(noisy.judged(mean_of_many))["f1"] == 1


@pytest.mark.parametrize("level", [0.0, 0.05, 1.0])
def test_a_constant_finds_nothing_and_gains_nothing(level, truth):
    found = row(truth.judged(np.full(truth.shown.image.shape, level)))
    assert found["f1"] == found["ap"] == 0
    assert found["feature-ccc"] == pytest.approx(0, abs=1e-12)
    assert found["stain-gain"] <= 0
    assert found["intolerable"] > 0.9


def test_a_level_of_its_own_for_every_object_is_seen_by_the_stain_and_not_by_the_outline(shown, fit):
    field = shown(30)
    truth = ObjectTruth(field, fit)
    flat = np.where(field.objects > 0, field.image[field.objects > 0].mean(), 0.05)
    found = row(truth.judged(flat))
    assert found["f1"] > 0.8
    assert found["stain-gain"] < 0.25
    assert row(truth.judged(field.image))["stain-gain"] > 0.6


def test_the_threshold_of_the_truth_holds_for_a_prediction_that_stretches_itself(shown, truth):
    faint = 0.15 * shown(20, 1).image
    assert row(truth.judged(faint))["f1"] == 0
    assert truth.judged(faint).truth.threshold == truth.threshold


def test_the_truth_is_worked_out_once(shown, truth):
    first, second = truth.judged(shown(20, 1).image), truth.judged(shown(20, 2).image)
    row(first)
    row(second)
    for name in ("regions", "given", "stain", "features", "vicinity"):
        assert getattr(first.truth, name) is getattr(second.truth, name)
    assert first.truth.given.rings is second.truth.given.rings


def test_stain_is_measured_in_the_cells_that_are_given(shown, fit):
    cells = np.zeros((128, 128), np.int32)
    cells[:64], cells[64:, :64], cells[64:, 64:] = 12, 40, 7
    truth = ObjectTruth(shown(20, within=cells), fit)
    image = np.where(cells == 40, 0.5, 0.25)
    assert truth.shown.identities.tolist() == [7, 12, 40]
    assert truth.judged(image).stain.column("mean").tolist() == pytest.approx([0.25, 0.25, 0.5], abs=0.01)
    assert truth.regions.count > 5


def test_without_drawn_or_given_objects_stain_is_measured_in_those_of_the_truth(shown, fit):
    truth = ObjectTruth(shown(20, objects=None), fit)
    assert truth.given is truth.regions
    assert truth.shown.identities.size == 0
    assert row(truth.judged(truth.shown.image))["stain-ccc"] == pytest.approx(1)


def test_objects_end_where_nothing_was_recorded(shown, fit):
    field = shown(20)
    valid = np.ones(field.valid.shape, bool)
    valid[:, :60] = False
    image = np.where(valid, field.image, np.nan)
    truth = ObjectTruth(Shown(image, valid, objects=field.objects), fit)
    found = row(truth.judged(image))
    assert found["f1"] == found["stain-ccc"] == pytest.approx(1)
    assert truth.given.count == truth.shown.identities.size < field.objects.max()


def test_one_object_is_found_but_has_no_concordance(fit):
    y, x = np.mgrid[:64, :64]
    image = np.where((y - 30) ** 2 + (x - 30) ** 2 < 60, 0.8, 0.05)
    truth = ObjectTruth(Shown(image, np.ones(image.shape, bool)), fit)
    found = row(truth.judged(image))
    assert found["f1"] == 1
    assert isnan(found["stain-gain"])
    assert isnan(found["feature-ccc"])


def test_an_all_zero_truth_leaves_undefined_what_it_cannot_judge_and_counts_inventions(fit, truth):
    empty = ObjectTruth(Shown(np.zeros((128, 128)), np.ones((128, 128), bool)), fit)
    nothing = row(empty.judged(np.zeros((128, 128))))
    assert {name for name, value in nothing.items() if not isnan(value)} == set()
    invented = row(empty.judged(truth.shown.image))
    assert invented["f1"] == invented["seg"] == invented["det"] == 0
    assert isnan(invented["count"])
    assert invented["intolerable"] > 0.9


def test_negative_values_are_judged_like_all_others(shown, fit, truth):
    lowered = ObjectTruth(Shown(truth.shown.image - 5, truth.shown.valid), fit)
    assert isnan(row(lowered.judged(truth.shown.image - 5))["f1"])
    found = row(truth.judged(truth.shown.image - 5))
    assert found["f1"] == 0
    assert found["stain-ccc"] < 0.7


def test_a_field_whose_counts_stand_alone_is_judged_by_its_own_truth(shown, fit):
    alone = type(fit)(Segmenter(smoothing=1.0, fraction=0.8, spacing=5.0, smallest=40.0), fit.stain, fit.features)
    field = shown(20)
    counts = 700 * field.image + 300
    truth = ObjectTruth(Shown(counts, field.valid, objects=field.objects), alone)
    assert row(truth.judged(700 * shown(20, 1).image + 300))["f1"] > 0.95
    assert row(truth.judged(shown(20, 1).image))["f1"] == 0
