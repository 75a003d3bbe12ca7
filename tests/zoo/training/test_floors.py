"""What a linear model of single pixels makes of a label, fitted on training fields and asked on others."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from zoo.training.floors import floors
from zoo.training.recordings import Recording


def recording(seed: int, *, volume: bool = False, recorded: bool = True) -> Recording:
    """Two planes (or one stack); a label that a linear model knows, one that it does not, and one that is not there."""
    rng = np.random.default_rng(seed)
    grid = (6, 40, 44) if volume else (40, 44)
    inputs = rng.normal(size=((1, *grid) if volume else (2, *grid))).astype(np.float32)
    window = (*(0,) * (len(grid) - 2), 4, 4)
    known = 3 * inputs[-1] - 50 * ndimage.gaussian_filter(inputs[-1], window) + 7
    labels = np.stack([known, rng.normal(size=grid), np.zeros(grid)]).astype(np.float32)
    valid = np.ones(grid[-2:], np.bool_)
    valid[:5] = False
    labels[..., ~valid] = 0
    there = np.array([recorded, True, False])
    labels[~there] = 0
    return Recording(
        field=str(seed), session="", inputs=inputs, labels=labels, recorded=there, valid=valid,
        masks=np.zeros((0, *grid[-2:]), np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize("volume", [False, True])
def test_what_is_linear_is_found_and_chance_is_not(volume: bool) -> None:  # noqa: FBT001 - a parameter of the test
    training = [recording(seed, volume=volume, recorded=seed > 1) for seed in range(4)]
    known, chance, absent = floors(training, [recording(9, volume=volume)])
    assert known > 0.999
    assert abs(chance) < 0.1
    assert math.isnan(absent)


def test_a_net_that_loses_a_rim_and_its_floor_are_asked_for_the_same_pixels() -> None:
    training, field = [recording(seed) for seed in range(4)], recording(9)
    inner = (slice(6, -6), slice(6, -6))
    shown = replace(field, labels=field.labels[:, *inner], valid=field.valid[inner])
    assert floors(training, [shown], rim=6)[0] > 0.999


def test_a_label_that_no_training_field_has_is_not_told_of() -> None:
    known, chance, _ = floors([recording(1, recorded=False)], [recording(2)])
    assert math.isnan(known)
    assert not math.isnan(chance)
