"""What is fitted to training truth: the segmenter's numbers, and when drawn objects are not believed."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from pydantic import TypeAdapter

from harness.objects.fitting import MOST_PIXELS, ObjectFit, _affordable, fitted
from harness.objects.matching import overlaps
from harness.objects.scores import Detection, detection
from harness.objects.truths import ObjectTruth, Shown
from zoo.errors import ZooError


def quality(fields, fit):
    found = (detection(overlaps(field.drawn, ObjectTruth(field, fit).regions.labels)) for field in fields)
    return sum(found, Detection()).panoptic


def test_drawn_objects_are_found_again_in_fields_that_were_not_fitted(shown, fit):
    assert quality([shown(seed) for seed in range(30, 36)], fit) > 0.85


def test_without_drawn_objects_the_truth_itself_says_how_large_they_are(shown):
    fields = [shown(seed, objects=None) for seed in range(4)]
    made = fitted(fields)
    assert quality([shown(seed) for seed in range(30, 36)], made) > 0.8
    assert 4 < made.segmenter.spacing < 9
    assert made.segmenter.smoothing == 1


def test_lengths_follow_the_pixel_size(shown):
    made = [fitted([shown(seed, pixel_size=size, objects=None) for seed in range(3)]) for size in (1.0, 0.25)]
    one, quarter = (fit.segmenter for fit in made)
    assert quarter.spacing == pytest.approx(one.spacing / 4)
    assert quarter.smallest == pytest.approx(one.smallest / 16)
    assert quarter.level == pytest.approx(one.level)


def test_drawn_objects_that_the_truth_does_not_show_are_not_believed(shown):
    other = [shown(seed, objects=shown(seed + 50).objects) for seed in range(2)]
    undrawn = [shown(seed, objects=None) for seed in range(2)]
    assert fitted(other).segmenter == fitted(undrawn).segmenter


def test_counts_that_cannot_be_compared_have_no_training_level(shown):
    gains = (1.0, 300.0)
    fields = []
    for seed, gain in enumerate(gains):
        field = shown(seed)
        fields.append(Shown(gain * field.image, field.valid, objects=field.objects))
    made = fitted(fields, comparable=False)
    assert made.segmenter.level is None
    assert quality(fields, made) > 0.85
    assert fitted(fields, comparable=True).segmenter.level is not None


def test_a_fit_is_kept_as_json(fit):
    assert TypeAdapter(ObjectFit).validate_json(json.dumps(asdict(fit))) == fit
    assert {"mean", "contrast"} <= set(fit.stain.features)
    assert "area" in fit.features.features
    assert fit.stain.lines["mean"][0] > 0.3


def test_the_same_fields_give_the_same_fit(shown, fit):
    assert fitted([shown(seed) for seed in range(4)]) == fit


@pytest.mark.parametrize("valid", [None, False])
def test_a_label_that_no_training_field_shows_cannot_be_fitted(valid):
    fields = [] if valid is None else [Shown(np.zeros((8, 8)), np.zeros((8, 8), bool))]
    with pytest.raises(ZooError) as raised:
        fitted(fields)
    assert str(raised.value) == (
        "no training field has a recorded pixel of this label, so that no segmenter can be fitted to it\n"
        "  hint: judge this label without objects"
    )


def test_a_constant_training_truth_shows_no_objects():
    flat = Shown(np.full((32, 32), 0.4), np.ones((32, 32), bool))
    made = fitted([flat])
    assert ObjectTruth(flat, made).regions.count == 0
    assert made.stain.features == made.features.features == ()


def test_stacks_are_fitted_too():
    z, y, x = np.mgrid[:16, :32, :32]
    labels = np.zeros(z.shape, np.int32)
    for number, (a, b, c) in enumerate([(8, 8, 8), (8, 22, 10), (8, 12, 24)], start=1):
        labels[(z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < 30] = number
    image = 0.1 + 0.8 * (labels > 0) + np.random.default_rng(0).normal(0, 0.02, z.shape)
    for objects in (labels, None):
        field = Shown(image, np.ones(z.shape, bool), objects=objects)
        assert ObjectTruth(field, fitted([field])).regions.count == 3


def test_many_fields_are_thinned_evenly():
    field = Shown(np.broadcast_to(0.0, (512, 512)), np.broadcast_to(np.True_, (512, 512)))
    assert len(_affordable([field] * 4)) == 4
    assert len(_affordable([field] * 40)) == MOST_PIXELS // 512**2
    assert len(_affordable([field])) == 1
