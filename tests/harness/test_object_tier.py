"""Objects on a board: fitted to training truth once, judged beside pixels, kept with the survey."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import ndimage

from harness import surveys
from harness.metrics import METRICS
from harness.objects import METRICS as OBJECTS
from harness.records import scores_of
from zoo.types import Structure

BOTH = (*METRICS, *OBJECTS)
SHAPE = (64, 72)


def drawn(field, seed):
    """Round nuclei that a mask draws, in the place of what a field showed."""
    rng = np.random.default_rng(seed)
    centres = np.zeros(SHAPE, bool)
    centres[10:60:16, 10:70:18] = True
    near = ndimage.distance_transform_edt(~centres)
    mask = np.asarray(ndimage.label(near < 5)[0])
    truth = 100 + 900 * ndimage.gaussian_filter((mask > 0) * rng.uniform(0.6, 1.0, mask.max() + 1)[mask], 1)
    light = 3000 - truth + rng.normal(0, 20, SHAPE)
    images = {"light": light, "dna": truth + rng.normal(0, 10, SHAPE)}
    field.variables = {name: (("y", "x"), image.clip(0).astype(np.uint16)) for name, image in images.items()}
    field.variables["nuclei"] = (("y", "x"), mask.astype(np.int32))
    return field


@pytest.fixture
def cells(dataset):
    """The dataset in memory with nuclei, which a mask draws."""
    for seed, field in enumerate(one for fields in dataset.splits.values() for one in fields):
        drawn(field, seed)
    dataset.masks, dataset.outlines = ("nuclei",), {"nuclei": (Structure.NUCLEUS,)}
    return dataset


def by_metric(outcome, model):
    return next(row for row in outcome.board.rows if row.contender.id == model).values


def test_objects_are_scored_beside_pixels(cells, run, noisy):
    outcome = run(noisy(30), noisy(2000, "blind"), dataset=cells, metrics=BOTH)
    good, blind, mean = (by_metric(outcome, name) for name in ("net", "blind", "training-mean"))
    assert good["f1"] > 0.95
    assert blind["f1"] < 0.6
    assert (mean["f1"], mean["r"]) == (0.0, 0.0)
    assert set(good) == {metric.id for metric in BOTH}


def test_the_truth_reaches_perfect_on_every_object_metric_of_a_board(cells, run, candidate, truth_of):
    by_id = {one.id: one for one in cells.splits["test"]}
    oracle = candidate(lambda one, _: {"dna": truth_of(by_id[one.id])}, "oracle")
    found = by_metric(run(oracle, dataset=cells, metrics=BOTH), "oracle")
    for metric in OBJECTS:
        if metric.perfect is not None:
            assert found[metric.id] == pytest.approx(metric.perfect), metric.id


def test_what_objects_look_like_is_kept_with_the_survey(cells, run, noisy, tmp_path):
    run(noisy(30), dataset=cells, metrics=BOTH)
    (path,) = (tmp_path / "out" / "records").glob("survey-with-objects-*.json")
    kept = surveys.kept(path)
    assert kept == surveys.survey(cells, "", objects=True)
    assert set(json.loads(path.read_text())["objects"]) == {"dna"}
    assert kept.objects["dna"].segmenter.level is not None


def test_a_board_without_object_metrics_fits_none(cells, run, noisy, tmp_path):
    run(noisy(30), dataset=cells)
    (path,) = (tmp_path / "out" / "records").glob("survey*.json")
    assert surveys.kept(path).objects == {}


def test_a_failure_has_the_objects_of_the_training_mean(cells, run, candidate, tmp_path):
    run(candidate(lambda *_: {}), dataset=cells, metrics=BOTH)
    rows = [row for row in scores_of(tmp_path / "out") if (row.model, row.metric) == ("net", "f1")]
    assert {(row.value, row.status) for row in rows} == {(0.0, "missing")}


def test_other_outlines_are_another_survey(cells):
    before = surveys.digest(cells, "")
    cells.outlines = {"nuclei": ()}
    assert surveys.digest(cells, "") != before


def test_a_metric_of_objects_that_raises_is_named_and_the_rest_go_on(cells, run, noisy, monkeypatch):
    def broken(_):
        raise RuntimeError("no")

    monkeypatch.setattr("harness.objects.columns.f1", broken)
    outcome = run(noisy(30), dataset=cells, metrics=BOTH)
    found = by_metric(outcome, "net")
    assert found["f1"] is None
    assert found["pq"] > 0.9
