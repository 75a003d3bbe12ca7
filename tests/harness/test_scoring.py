"""How a prediction is put beside the truth, and what becomes of one that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import METRICS
from harness.scoring import FAILURES, Failure, Scale, reference, scales, thinned
from zoo.errors import ZooError
from zoo.types import Metric

SCALE = Scale(low=100.0, high=1100.0, mean=300.0, sd=200.0)


def a_metric_that_raises(pair):
    message = "no such thing"
    raise ValueError(message)


def opened(truth, valid=None):
    variables = {"dna": (("y", "x"), truth)} | ({} if valid is None else {"valid": (("y", "x"), valid)})
    return xr.Dataset(variables)


@pytest.fixture
def truth():
    return np.random.default_rng(0).gamma(2, 100, (24, 30)).astype(np.uint16)


@pytest.fixture
def judged(truth):
    return reference(opened(truth), "dna", "f1", SCALE, METRICS)


def by_metric(values):
    return {value.metric: value for value in values}


def rich(truth, **changed):
    """A field with all that a metric can need."""
    cells = np.zeros(truth.shape, np.int32)
    cells[4:20, 4:24] = 70_001
    variables = {"dna": truth, "dna_repeat": truth + 1, "dna_clean": truth.astype(np.float32) - 0.5, "cells": cells}
    images = {name: (("y", "x"), image) for name, image in (variables | changed).items()}
    return xr.Dataset(images, attrs={"pixel_size": 0.5})


def test_the_truth_itself_is_perfect(truth):
    field = reference(rich(truth), "dna", "f1", SCALE, METRICS)
    found = by_metric(field.values(truth.astype(np.float32)))
    for metric in METRICS:
        if metric.perfect is not None:
            assert found[metric.id].status == "ok"
            assert found[metric.id].value == pytest.approx(metric.perfect, abs=1e-9)


def test_the_scale_is_that_of_the_training_truth_for_both(truth, judged):
    """Twice the counts are twice as bright: no prediction is normalised by itself."""
    found = by_metric(judged.values(truth.astype(np.float32) * 2))
    assert found["r"].value == pytest.approx(1)
    assert found["r2"].value == pytest.approx(1 - np.mean(truth.astype(float) ** 2) / truth.var())
    assert found["amplitude"].value == pytest.approx(2 * truth.std() / 200)
    assert found["truth-amplitude"].value == pytest.approx(truth.std() / 200)


def test_percentiles_mean_and_deviation_come_from_all_training_pixels():
    parts = [np.arange(0, 500, dtype=np.float32), np.arange(500, 1001, dtype=np.float32)]
    found = scales({"dna": parts}, "cells")["dna"]
    assert (found.low, found.high) == pytest.approx((10, 999))
    assert found.mean == 500.0
    assert found.sd == pytest.approx(np.arange(1001).std())
    assert found.applied(np.array([10.0, 999.0, 504.5])) == pytest.approx([0, 1, 0.5])


def test_a_flat_training_truth_is_refused():
    with pytest.raises(ZooError) as error:
        scales({"dna": [np.full(100, 7, np.float32)]}, "cells")
    assert error.value.message == (
        "dataset 'cells', label 'dna': percentiles 1 and 99.9 of the training truth are 7 and 7; "
        "expected two different numbers"
    )


@given(size=st.integers(1, 5000), fields=st.integers(1, 20000))
def test_thinning_keeps_the_training_pixels_under_the_limit(size, fields):
    kept = thinned(np.zeros(size, np.float32), fields)
    assert 1 <= len(kept) <= size
    assert len(kept) == size or len(kept) * fields <= 2**24 + fields


@pytest.mark.parametrize(
    ("spoil", "status", "note"),
    [
        (lambda image: image[1:], "wrong-shape", "prediction of 23 x 30 pixels, truth of 24 x 30"),
        (lambda image: image[None], "wrong-shape", "prediction of 1 x 24 x 30 pixels, truth of 24 x 30"),
        (
            lambda image: np.where(image == image.max(), np.nan, image),
            "not-finite",
            "1 of 720 recorded pixels are NaN or infinite",
        ),
        (lambda image: np.full_like(image, np.inf), "not-finite", "720 of 720 recorded pixels are NaN or infinite"),
        (lambda _: Failure("timeout", "took more than 5 s"), "timeout", "took more than 5 s"),
    ],
)
def test_what_was_not_delivered_scores_like_the_training_mean(truth, judged, spoil, status, note):
    spoilt = judged.values(spoil(truth.astype(np.float32)))
    mean = judged.values(np.full(truth.shape, SCALE.mean, np.float32))
    assert status in FAILURES
    assert [(value.metric, value.value) for value in spoilt] == [(value.metric, value.value) for value in mean]
    assert {(value.status, value.note) for value in spoilt} == {(status, note)}


def test_a_constant_prediction_is_named_and_scored_as_it_stands(truth, judged):
    values = judged.values(np.full(truth.shape, 5000, np.float32))
    found = by_metric(value for value in values if not value.note.startswith("this field lacks"))
    assert {value.status for value in found.values()} == {"constant"}
    assert found["r"].value == 0
    assert found["r2"].value == pytest.approx(1 - np.mean((5000.0 - truth) ** 2) / truth.var())
    assert found["r2"].value < by_metric(judged.floor)["r2"].value


def test_a_truth_that_is_flat_leaves_correlation_undefined_for_everybody(truth):
    flat = reference(opened(np.full((24, 30), 300, np.uint16)), "dna", "f1", SCALE, METRICS)
    found = by_metric(flat.values(truth.astype(np.float32)))
    assert (found["r"].value, found["r"].status) == (None, "undefined")
    assert found["r"].note == "the truth leaves this metric undefined"
    assert found["ssim"].value is not None
    assert found["amplitude"].status == "ok"


def test_only_recorded_pixels_count(truth):
    valid = np.ones(truth.shape, bool)
    valid[:5] = False
    spoilt = np.where(valid, truth, 0).astype(np.float32)
    masked = reference(opened(spoilt.astype(np.uint16), valid), "dna", "f1", SCALE, METRICS)
    prediction = np.where(valid, truth * 1.1 + 3, np.nan).astype(np.float32)
    cut = reference(opened(truth[5:]), "dna", "f1", SCALE, METRICS)
    found, expected = by_metric(masked.values(prediction)), by_metric(cut.values(prediction[5:]))
    for metric in ("r", "r2", "nmae", "amplitude"):
        assert found[metric].value == pytest.approx(expected[metric].value)


def test_a_field_without_a_recorded_pixel_scores_nothing(truth):
    empty = reference(opened(truth, np.zeros(truth.shape, bool)), "dna", "f1", SCALE, METRICS)
    for value in empty.values(truth.astype(np.float32)):
        assert (value.value, value.status) == (None, "undefined")
        assert value.note == "no pixel of this field was recorded"


def test_a_truth_with_holes_that_are_not_masked_is_an_error(truth):
    broken = truth.astype(np.float32)
    broken[2, 3:6] = np.nan
    with pytest.raises(ZooError) as error:
        reference(opened(broken), "dna", "f1", SCALE, METRICS)
    assert error.value.message == "field 'f1', label 'dna': 3 of 720 pixels of the truth are NaN or infinite"
    assert "mask" in error.value.hint


def test_a_metric_that_raises_is_named_and_the_rest_go_on(truth):
    broken = Metric(
        id="broken",
        version=1,
        title="Broken",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn=f"{__name__}:a_metric_that_raises",
    )
    values = reference(opened(truth), "dna", "f1", SCALE, [METRICS[0], broken]).values(truth.astype(np.float32))
    assert [value.status for value in values] == ["ok", "failed"]
    assert values[1].note == "metric broken raised ValueError: no such thing"


def test_time_series_are_refused():
    field = xr.Dataset({"dna": (("t", "z", "y", "x"), np.zeros((2, 3, 8, 9)))})
    with pytest.raises(ZooError) as error:
        reference(field, "dna", "f1", SCALE, METRICS)
    assert error.value.message == "field 'f1', channel 'dna': axes t 2, z 3, y 8, x 9; time series are not judged"


def test_axes_of_length_one_are_dropped(truth):
    field = xr.Dataset({"dna": (("t", "z", "y", "x"), truth[None, None])})
    assert reference(field, "dna", "f1", SCALE, METRICS).truth.image.shape == truth.shape


def test_a_volume_is_scored_with_the_mask_of_its_planes():
    rng = np.random.default_rng(1)
    volume = rng.gamma(2, 100, (12, 16, 18)).astype(np.float32)
    valid = np.ones((16, 18), bool)
    valid[:, :2] = False
    field = xr.Dataset({"dna": (("z", "y", "x"), volume), "valid": (("y", "x"), valid)})
    judged = reference(field, "dna", "f1", SCALE, METRICS)
    assert judged.truth.whole.values.size == 12 * 16 * 16
    assert by_metric(judged.values(volume))["r"].value == pytest.approx(1)


def needing(*needs):
    return Metric(
        id="needy",
        version=1,
        title="Needy",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn=f"{__name__}:a_metric_that_raises",
        needs=needs,
    )


@pytest.mark.parametrize(
    ("needs", "note"),
    [
        (("repeat",), "this field lacks a second recording of the label"),
        (("clean",), "this field lacks the label without noise"),
        (("pixel-size",), "this field lacks the size of a pixel"),
        (("instances",), "this field lacks an instance mask"),
        (
            ("repeat", "inside"),
            "this field lacks a second recording of the label and a mask of whole cells with the size of a pixel",
        ),
    ],
)
def test_a_metric_is_not_asked_where_a_field_lacks_what_it_needs(truth, needs, note):
    (value,) = reference(opened(truth), "dna", "f1", SCALE, [needing(*needs)]).values(truth.astype(np.float32))
    assert (value.value, value.status, value.note) == (None, "undefined", note)


def test_a_field_that_has_everything_is_known_by_it(truth):
    known = reference(rich(truth), "dna", "f1", SCALE, METRICS).truth
    assert known.known == {"inside", "repeat", "clean", "pixel-size", "instances"}
    assert known.repeat == pytest.approx(SCALE.applied(truth + 1))
    assert known.clean == pytest.approx(SCALE.applied(truth.astype(np.float32) - 0.5))
    assert known.instances["cells"].max() == 70_001
    assert known.inside[4, 2]
    assert not known.inside[4, 1]
    assert known.zero == pytest.approx(-0.1)
    assert reference(opened(truth), "dna", "f1", SCALE, METRICS).truth.known == frozenset()


def test_masks_are_taken_by_their_names(truth):
    drawn = reference(rich(truth), "dna", "f1", SCALE, METRICS, masks=("nuclei",)).truth
    assert drawn.known == {"repeat", "clean", "pixel-size"}


def test_a_repeat_with_holes_that_are_not_masked_is_an_error(truth):
    broken = truth.astype(np.float32)
    broken[0, 0] = np.inf
    with pytest.raises(ZooError) as error:
        reference(rich(truth, dna_repeat=broken), "dna", "f1", SCALE, METRICS)
    assert error.value.message == "field 'f1', label 'dna_repeat': 1 of 720 pixels of the truth are NaN or infinite"
