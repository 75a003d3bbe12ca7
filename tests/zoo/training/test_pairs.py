"""Counts into units and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.training.pairs import scaled, seen, units
from zoo.training.recordings import Recording
from zoo.types import Recipe

RECIPE = Recipe(patch=(16, 16), batch=1, steps=1)


def recording(labels: Any, *, session: str = "", field: str = "a", inputs: Any = None) -> Recording:
    image = np.asarray(labels, np.float32)[None]
    return Recording(
        field=field,
        session=session,
        inputs=image if inputs is None else np.asarray(inputs, np.float32)[None],
        labels=image,
        recorded=np.array([True]),
        valid=np.ones(image.shape[1:], bool),
        masks=np.zeros((0, *image.shape[1:]), bool),
    )


LOW, HIGH = recording([[10, 30]], session="monday"), recording([[100, 500]], session="tuesday", field="b")


def test_comparable_counts_share_the_constants_of_all_training_pixels() -> None:
    found = units([LOW, HIGH], ["dna"], RECIPE, comparable=True)
    pixels = [10, 30, 100, 500]
    assert found.scaling == "dataset"
    assert found.targets.mean == pytest.approx((np.mean(pixels),))
    assert found.targets.std == pytest.approx((np.std(pixels),))
    both = np.concatenate([r.labels.ravel() for r in scaled([LOW, HIGH], found)])
    np.testing.assert_allclose(both, (np.array(pixels) - np.mean(pixels)) / np.std(pixels), rtol=1e-5)


@pytest.mark.parametrize(("span", "low", "high"), [("unit", 0, 1), ("signed", -1, 1)])
def test_the_smallest_and_largest_count_can_become_the_ends_of_a_range(span: str, low: float, high: float) -> None:
    recipe = replace(RECIPE, input_normalization=span, target_normalization=span)
    found = units([LOW, HIGH], ["dna"], recipe, comparable=True)
    one, other = scaled([LOW, HIGH], found)
    for images in ((one.labels, other.labels), (one.inputs, other.inputs)):
        both = np.concatenate([image.ravel() for image in images])
        np.testing.assert_allclose(both, low + (high - low) * (np.array([10, 30, 100, 500]) - 10) / 490, atol=1e-5)
    back = found.targets.fit(other.labels).inverse().apply(other.labels)
    np.testing.assert_allclose(back, HIGH.labels, rtol=1e-4)


def test_a_range_of_arbitrary_counts_is_that_of_a_session() -> None:
    found = units([LOW, HIGH], ["dna"], replace(RECIPE, target_normalization="unit"), comparable=False)
    assert [r.labels.ravel().tolist() for r in scaled([LOW, HIGH], found)] == [pytest.approx([0, 1], abs=1e-5)] * 2
    assert (found.targets.mean, found.targets.std) == (((10 + 100) / 2,), ((20 + 400) / 2,))


def test_arbitrary_counts_are_scaled_by_session_and_led_back_to_a_typical_one() -> None:
    other = recording([[50, 50]], session="monday", field="c")
    found = units([LOW, other, HIGH], ["dna"], RECIPE, comparable=False)
    monday = np.array([10, 30, 50, 50])
    assert found.scaling == "session"
    assert found.targets.mean == pytest.approx(((monday.mean() + 300) / 2,))
    assert found.targets.std == pytest.approx(((monday.std() + 200) / 2,))
    low, middle, high = (r.labels.ravel() for r in scaled([LOW, other, HIGH], found))
    np.testing.assert_allclose([*low, *middle], (monday - monday.mean()) / monday.std(), rtol=1e-5)
    np.testing.assert_allclose(high, [-1, 1], rtol=1e-5)


def test_without_sessions_every_field_stands_for_itself() -> None:
    found = units([replace(LOW, session=""), replace(HIGH, session="")], ["dna"], RECIPE, comparable=False)
    assert found.targets.mean == pytest.approx(((20 + 300) / 2,))


def test_per_image_targets_are_z_scores_that_cannot_be_led_back() -> None:
    recipe = replace(RECIPE, target_normalization="per-image")
    found = units([LOW, HIGH], ["dna"], recipe, comparable=True)
    assert (found.scaling, found.targets.invertible) == ("image", False)
    for one in scaled([LOW, HIGH], found):
        np.testing.assert_allclose(one.labels.ravel(), [-1, 1], rtol=1e-5)


def test_inputs_are_normalised_per_image_or_by_constants() -> None:
    per_image = units([LOW, HIGH], ["dna"], RECIPE, comparable=True)
    for one in seen([LOW, HIGH], per_image):
        np.testing.assert_allclose(one.inputs.ravel(), [-1, 1], rtol=1e-5)
    constants = units([LOW, HIGH], ["dna"], replace(RECIPE, input_normalization="training"), comparable=True)
    both = np.concatenate([r.inputs.ravel() for r in seen([LOW, HIGH], constants)])
    np.testing.assert_allclose(both, (np.array([10, 30, 100, 500]) - 160) / np.std([10, 30, 100, 500]), rtol=1e-5)


def test_validation_keeps_labels_in_counts() -> None:
    (one,) = seen([HIGH], units([LOW], ["dna"], RECIPE, comparable=True))
    assert one.labels.ravel().tolist() == [100, 500]


def test_padding_counts_in_no_constant_of_a_label_and_becomes_zero() -> None:
    padded = replace(recording([[10, 30, 60000]]), valid=np.array([[True, True, False]]))
    found = units([padded], ["dna"], RECIPE, comparable=True)
    assert found.targets.mean == pytest.approx((20,))
    assert scaled([padded], found)[0].labels.ravel()[2] == 0


def test_a_field_without_the_label_stays_out_of_its_constants() -> None:
    absent = replace(HIGH, recorded=np.array([False]))
    found = units([LOW, absent], ["dna"], RECIPE, comparable=True)
    assert found.targets.mean == pytest.approx((20,))
    assert not scaled([LOW, absent], found)[1].labels.any()


def test_a_flat_label_is_refused_by_name() -> None:
    with pytest.raises(ZooError) as error:
        units([recording([[7, 7]])], ["dna"], RECIPE, comparable=True)
    assert str(error.value) == (
        "label 'dna' has the same count (7) in every training pixel\n"
        "  hint: a label without spread cannot be learnt: leave it out with --labels"
    )


def test_a_flat_image_among_others_is_scaled_to_zero() -> None:
    flat = recording([[7, 7]], session="wednesday")
    found = units([LOW, flat], ["dna"], RECIPE, comparable=False)
    assert scaled([LOW, flat], found)[1].labels.ravel().tolist() == [0, 0]


def test_a_label_that_was_never_recorded_is_refused_by_name() -> None:
    with pytest.raises(ZooError) as error:
        units([replace(LOW, recorded=np.array([False]))], ["dna"], RECIPE, comparable=True)
    assert str(error.value) == (
        "label 'dna' was recorded in no training field\n"
        "  hint: leave it out: --labels takes the names of the labels to train on"
    )
