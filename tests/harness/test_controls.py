"""The floors are as strong as they claim, and only the ceilings see what they may."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.controls import CONTROLS
from harness.controls.features import features, standardised
from harness.controls.fitting import Fitting, predict

SHAPE = (30, 36)
YX, ZYX = ("y", "x"), ("z", "y", "x")


def fitted(fields, inputs=("light",), labels=("dna",)):
    fitting = Fitting(list(inputs), list(labels))
    for index, one in enumerate(fields):
        fitting.add(one, f"f{index}")
    return fitting.fits()


def field(light, dna, **more):
    dims = {2: YX, 3: ZYX}
    variables = {"light": (dims[light.ndim], light), "dna": (dims[dna.ndim], dna)}
    return xr.Dataset({**variables, **{name: (dims[image.ndim], image) for name, image in more.items()}})


def said(control, fits, opened, inputs=("light",)):
    return predict(control, fits, opened, "f", list(inputs)).get("dna")


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_the_training_mean_is_the_mean_of_all_recorded_pixels(rng):
    fields = [field(rng.random(SHAPE), rng.random(SHAPE) * level) for level in (100, 700)]
    expected = np.mean([one["dna"].to_numpy() for one in fields])
    assert said("training-mean", fitted(fields), fields[0]) == pytest.approx(np.full(SHAPE, expected))


@pytest.mark.parametrize("gain", [3.0, -3.0])
def test_the_input_as_stain_takes_the_sign_and_the_gain_that_fit(rng, gain):
    light = rng.normal(500, 40, SHAPE)
    shown = field(light, 100 + gain * light)
    assert said("input-as-stain", fitted([shown]), shown) == pytest.approx(100 + gain * light, rel=1e-4)


def test_the_input_as_stain_is_the_input_that_follows_the_label_most_closely(rng):
    dark, light = rng.normal(0, 1, SHAPE), rng.normal(0, 1, SHAPE)
    shown = field(light, 10 - 5 * dark, dark=dark)
    fits = fitted([shown], inputs=("light", "dark"))
    assert said("input-as-stain", fits, shown, ("light", "dark")) == pytest.approx(10 - 5 * dark, rel=1e-3, abs=1e-3)


def test_the_input_as_stain_of_a_stack_is_its_middle_plane(rng):
    stack = rng.normal(0, 1, (5, *SHAPE))
    stack = (stack - stack.mean()) / stack.std()
    shown = field(stack, 2 * stack[2] + 1)
    assert said("input-as-stain", fitted([shown]), shown) == pytest.approx(2 * stack[2] + 1, abs=0.02)


def test_the_linear_model_finds_a_sum_of_planes(rng):
    stack = rng.normal(0, 1, (3, *SHAPE))
    stack = (stack - stack.mean()) / stack.std()
    shown = field(stack, 7 + 2 * stack[0] - stack[2])
    assert said("linear-pixel", fitted([shown]), shown) == pytest.approx(7 + 2 * stack[0] - stack[2], abs=1e-3)


def test_the_linear_model_sees_where_the_input_is_rough(rng):
    rough = np.where(np.arange(SHAPE[1]) < 18, 1.0, 5.0)
    train, test = (rng.normal(0, 1, SHAPE) * rough for _ in range(2))
    dna = np.broadcast_to(100 * rough, SHAPE)
    found = said("linear-pixel", fitted([field(train, dna)]), field(test, dna))
    flat = said("input-as-stain", fitted([field(train, dna)]), field(test, dna))
    assert np.corrcoef(found.ravel(), dna.ravel())[0, 1] > 0.9
    assert abs(np.corrcoef(flat.ravel(), dna.ravel())[0, 1]) < 0.3


def test_lamps_that_differ_from_day_to_day_do_not_matter(rng):
    light = rng.normal(100, 10, SHAPE)
    train, brighter = field(light, light), field(light * 50 + 900, light)
    for control in ("input-as-stain", "linear-pixel"):
        assert said(control, fitted([train]), brighter) == pytest.approx(
            said(control, fitted([train]), train), abs=0.05
        )


def test_where_counts_cannot_be_compared_every_field_weighs_the_same(rng):
    """One bright field whose stain runs against the light must not outvote three dim ones that follow it."""
    fields = []
    for gain in (-500.0, 1.0, 1.0, 1.0):
        light = rng.normal(0, 1, SHAPE)
        fields.append(field(light, 1000 + gain * light))
    fitting = Fitting(["light"], ["dna"], comparable=False)
    for index, one in enumerate(fields):
        fitting.add(one, f"f{index}")
    assert fitted(fields)["dna"].gain < 0 < fitting.fits()["dna"].gain


def test_a_volume_is_predicted_voxel_by_voxel(rng):
    stack = rng.normal(0, 1, (4, *SHAPE))
    shown = field(stack, 3 * stack)
    for control in ("input-as-stain", "linear-pixel"):
        assert said(control, fitted([shown]), shown) == pytest.approx(3 * stack, abs=0.02)


@pytest.mark.parametrize(("control", "variable"), [("repeat", "dna_repeat"), ("clean-truth", "dna_clean")])
def test_a_ceiling_is_what_the_field_shows_beside_the_truth_where_it_does(control, variable, rng):
    dna, other = rng.random(SHAPE), rng.random(SHAPE)
    shown, without = field(dna, dna, **{variable: other}), field(dna, dna)
    fits = fitted([without])
    assert said(control, fits, shown) == pytest.approx(other)
    assert said(control, fits, without) is None


def test_controls_are_the_same_in_every_run(rng):
    fields = [field(rng.random((130, 140)), rng.random((130, 140))) for _ in range(2)]
    assert fitted(fields) == fitted(fields)


def test_pixels_that_were_not_recorded_are_not_learnt_from(rng):
    light, dna = rng.normal(0, 1, SHAPE), rng.normal(50, 1, SHAPE)
    valid = np.ones(SHAPE, bool)
    valid[:10] = False
    spoilt = field(np.where(valid, light, 1e4), np.where(valid, dna, -1e6), valid=valid)
    assert fitted([spoilt])["dna"].mean == pytest.approx(dna[10:].mean())
    assert abs(fitted([spoilt])["dna"].gain) < 10


def test_a_label_that_no_training_field_shows_has_no_fit(rng):
    shown = field(rng.random(SHAPE), rng.random(SHAPE))
    assert set(fitted([shown], labels=("dna", "rna"))) == {"dna"}


def test_a_flat_or_unrecorded_input_is_no_trouble():
    flat = field(np.full(SHAPE, 7.0), np.full(SHAPE, 3.0), valid=np.zeros(SHAPE, bool))
    fits = fitted([flat, field(np.full(SHAPE, 7.0), np.full(SHAPE, 3.0))])
    for control in ("training-mean", "input-as-stain", "linear-pixel"):
        assert said(control, fits, flat) == pytest.approx(np.full(SHAPE, 3.0))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), planes=st.integers(1, 4))
def test_features_are_finite_and_one_for_every_plane_and_window(seed, planes):
    stack = np.random.default_rng(seed).gamma(1, 100, (planes, *SHAPE)).astype(np.float32)
    found = features([stack], np.ones(SHAPE, bool))
    assert found.shape == (planes + 6, *SHAPE)
    assert np.isfinite(found).all()
    assert standardised(stack, np.ones(SHAPE, bool)).std() == pytest.approx(1, abs=1e-3)


def test_every_control_predicts():
    assert [control.id for control in CONTROLS if control.kind == "ceiling"] == ["repeat", "clean-truth"]
    assert len({control.id for control in CONTROLS}) == len(CONTROLS)
    for control in CONTROLS:
        assert predict(control.id, {}, xr.Dataset(), "f", []) == {}
