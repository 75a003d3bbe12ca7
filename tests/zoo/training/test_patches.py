"""Patches: the same for the same seed and step, paired, turned only where allowed, padding without weight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.training.patches import Patches, batches, cut, foreground
from zoo.training.recordings import Recording
from zoo.types import Recipe

RECIPE = Recipe(patch=(8, 8), batch=4, steps=10)


def recording(size: tuple[int, ...] = (20, 24), *, seed: int = 0, **changes: Any) -> Recording:
    image = np.random.default_rng(seed).normal(size=(1, *size)).astype(np.float32)
    made = Recording(
        field=f"f{seed}",
        session="",
        inputs=image,
        labels=image,
        recorded=np.ones(1, bool),
        valid=np.ones(size[-2:], bool),
        masks=np.zeros((0, *size[-2:]), bool),
    )
    return replace(made, **changes)


def patches(recipe: Recipe = RECIPE, *recordings: Recording, seed: int = 0, turn: bool = True) -> Patches:
    return Patches(recordings or (recording(), recording(seed=1)), recipe, seed=seed, turn=turn)


@pytest.mark.parametrize("sampling", ["uniform", "foreground"])
def test_a_batch_depends_on_seed_and_step_alone(sampling: Any) -> None:
    recipe = replace(RECIPE, augment=True, sampling=sampling, jitter=0.1, zoom=0.2)
    once, again = patches(recipe), patches(recipe)
    list(batches(again, 0, 7))
    for one, other in zip(once.batch(7), again.batch(7), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(once.batch(7).inputs, once.batch(8).inputs)
    assert not np.array_equal(once.batch(7).inputs, patches(recipe, seed=1).batch(7).inputs)


def test_going_on_at_a_step_gives_the_batches_that_would_have_come() -> None:
    whole, rest = list(batches(patches(), 0, 5)), list(batches(patches(), 3, 5))
    assert len(rest) == 2
    np.testing.assert_array_equal(whole[3].inputs, rest[0].inputs)
    np.testing.assert_array_equal(whole[4].inputs, rest[1].inputs)


@given(step=st.integers(0, 10_000), edges=st.tuples(st.integers(1, 30), st.integers(1, 30)))
@settings(max_examples=50, deadline=None)
def test_input_and_target_stay_paired_and_only_what_was_recorded_weighs(step: int, edges: tuple[int, int]) -> None:
    recipe = replace(RECIPE, patch=edges, augment=True, sampling="foreground")
    batch = patches(recipe).batch(step)
    assert batch.inputs.shape == batch.targets.shape == batch.weights.shape == (4, 1, *edges)
    np.testing.assert_array_equal(batch.inputs, batch.targets)
    inside = min(edges[0], 20) * min(edges[1], 24)
    turned = min(edges[1], 20) * min(edges[0], 24)
    assert {int(w.sum()) for w in batch.weights} <= {inside, turned}
    assert not batch.inputs[batch.weights == 0].any()


def test_patches_are_turned_and_flipped_in_all_eight_ways() -> None:
    image = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    one = recording((8, 8), inputs=image, labels=image)
    recipe = replace(RECIPE, batch=200, augment=True)
    seen = {patch.tobytes() for patch in patches(recipe, one).batch(0).inputs}
    ways = {np.ascontiguousarray(np.rot90(i, k, (1, 2))).tobytes() for k in range(4) for i in (image, image[..., ::-1])}
    assert len(ways) == 8
    assert seen == ways


@pytest.mark.parametrize("zoom", [0.0, 0.4])
def test_masks_go_wherever_the_image_goes(zoom: float) -> None:
    inside = np.zeros((1, 20, 24), np.float32)
    inside[:, 5:14, 6:19] = 1
    one = recording(inputs=inside, labels=inside, masks=inside > 0)
    batch = patches(replace(RECIPE, batch=50, augment=True, zoom=zoom), one).batch(3)
    assert batch.masks.shape == (50, 1, 8, 8)
    assert set(np.unique(batch.masks)) == {0, 1}
    np.testing.assert_array_equal(batch.masks, batch.targets > 0.5)


def test_a_mask_ends_where_the_image_does() -> None:
    small = recording((4, 4), masks=np.ones((2, 4, 4), bool))
    batch = patches(RECIPE, small).batch(0)
    assert batch.masks.shape == (4, 2, 8, 8)
    assert batch.masks.sum() == 4 * 2 * 16
    assert not batch.masks[:, :, 4:].any()


def test_stacks_are_turned_in_the_plane_alone() -> None:
    image = np.arange(4 * 64, dtype=np.float32).reshape(1, 4, 8, 8)
    one = recording((4, 8, 8), inputs=image, labels=image)
    recipe = replace(RECIPE, patch=(4, 8, 8), batch=50, augment=True)
    for patch in patches(recipe, one).batch(0).inputs:
        np.testing.assert_array_equal(patch.mean((0, 2, 3)), image.mean((0, 2, 3)))
        assert np.array_equal(np.sort(patch[0, 1].ravel()), image[0, 1].ravel())


def test_what_must_not_be_turned_is_not() -> None:
    image = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    one = recording((8, 8), inputs=image, labels=image)
    recipe = replace(RECIPE, batch=50, augment=True)
    assert {patch.tobytes() for patch in patches(recipe, one, turn=False).batch(0).inputs} == {image.tobytes()}


def test_oblong_patches_are_never_turned_by_a_quarter() -> None:
    recipe = replace(RECIPE, patch=(4, 8), augment=True, batch=50)
    assert patches(recipe).batch(0).inputs.shape == (50, 1, 4, 8)


def test_half_of_the_patches_hold_a_bright_pixel_however_rare() -> None:
    image = np.zeros((1, 64, 64), np.float32)
    image[0, 5, 60] = 1
    one = recording((64, 64), inputs=image, labels=image)
    recipe = replace(RECIPE, batch=200, sampling="foreground")
    bright = (patches(recipe, one).batch(0).targets.max((1, 2, 3)) > 0).mean()
    assert 0.5 <= bright < 0.6
    uniform = (patches(replace(recipe, sampling="uniform"), one).batch(0).targets.max((1, 2, 3)) > 0).mean()
    assert uniform < 0.1


def test_half_of_the_steps_are_dense_where_a_batch_is_one_patch() -> None:
    image = np.zeros((1, 64, 64), np.float32)
    image[0, 5, 60] = 1
    one = recording((64, 64), inputs=image, labels=image)
    found = patches(replace(RECIPE, batch=1, sampling="foreground"), one)
    bright = [found.batch(step).targets.max() > 0 for step in range(200)]
    assert all(bright[::2])
    assert np.mean(bright[1::2]) < 0.2


def test_padding_is_never_foreground() -> None:
    image = np.zeros((1, 16, 16), np.float32)
    image[0, 3, 3], image[0, 0, :] = 1, 50
    valid = np.ones((16, 16), bool)
    valid[0] = False
    (found,) = foreground([recording((16, 16), inputs=image, labels=image, valid=valid)])
    assert found.pixels.tolist() == [3 * 16 + 3]


def test_padding_and_missing_labels_weigh_nothing() -> None:
    valid = np.ones((20, 24), bool)
    valid[:5] = False
    one = recording(labels=np.ones((2, 20, 24), np.float32), valid=valid, recorded=np.array([True, False]))
    batch = cut(one, (slice(2, 10), slice(0, 8)))
    assert not batch.weights[1].any()
    assert not batch.weights[0, :3].any()
    assert batch.weights[0, 3:].all()


def test_jitter_changes_the_input_alone_and_by_one_gain_and_offset() -> None:
    recipe = replace(RECIPE, jitter=0.3)
    plain, jittered = patches().batch(0), patches(recipe).batch(0)
    np.testing.assert_array_equal(jittered.targets[0], plain.targets[0])
    gain, offset = np.polyfit(plain.inputs[0].ravel(), jittered.inputs[0].ravel(), 1)
    np.testing.assert_allclose(jittered.inputs[0], plain.inputs[0] * gain + offset, atol=1e-5)
    assert 0 < abs(np.log(gain)) < 0.3
    assert 0 < abs(offset) < 0.3


def test_zoom_magnifies_input_target_and_weight_alike() -> None:
    y, x = np.mgrid[:64, :64].astype(np.float32)
    valid = np.ones((64, 64), bool)
    valid[:, :20] = False
    one = recording((64, 64), inputs=np.stack([y, x]), labels=np.stack([x, y]), recorded=np.ones(2, bool), valid=valid)
    recipe = replace(RECIPE, patch=(32, 32), batch=40, zoom=0.4)
    batch = patches(recipe, one).batch(0)
    np.testing.assert_array_equal(batch.inputs[:, ::-1], batch.targets)
    inner = batch.inputs[:, 1, 16, 4:-4]
    steps = (inner[:, -1] - inner[:, 0]) / (inner.shape[1] - 1)
    assert steps.min() >= np.exp(-0.4) * 0.97
    assert steps.max() <= np.exp(0.4) * 1.03
    assert steps.std() > 0.1
    assert set(np.unique(batch.weights)) == {0, 1}
    assert (batch.inputs[:, 1][batch.weights[:, 0] == 1] >= 19.4).all()


def test_a_zoomed_stack_keeps_its_planes() -> None:
    image = np.broadcast_to(np.arange(4, dtype=np.float32)[:, None, None], (1, 4, 40, 40))
    one = recording((4, 40, 40), inputs=image, labels=image)
    batch = patches(replace(RECIPE, patch=(4, 16, 16), zoom=0.3), one).batch(1)
    np.testing.assert_allclose(batch.targets, np.broadcast_to(image[:, :, :16, :16], (4, 1, 4, 16, 16)), atol=1e-5)
