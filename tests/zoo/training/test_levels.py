"""From which count on a pixel is stained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from zoo.training.levels import levels
from zoo.training.recordings import Recording


def recording(seed: int, *, stained: float = 0.1, recorded: bool = True) -> Recording:
    """A stain at 500 on a background at 100, a label that is the same everywhere, and one that is not there."""
    rng = np.random.default_rng(seed)
    stain = np.where(rng.random((40, 50)) < stained, 500.0, 100.0) + rng.normal(0, 10, (40, 50))
    valid = np.ones((40, 50), np.bool_)
    valid[:4] = False
    labels = np.stack([stain, np.full((40, 50), 7.0), np.zeros((40, 50))]).astype(np.float32)
    labels[:, ~valid] = 60000
    return Recording(
        field=str(seed), session="", inputs=labels[:1], labels=labels, recorded=np.array([recorded, True, False]),
        valid=valid, masks=np.zeros((0, 40, 50), np.bool_),
    )  # fmt: skip


def test_it_lies_halfway_between_background_and_stain() -> None:
    for stained in (0.01, 0.1, 0.5):
        found, _, _ = levels([recording(seed, stained=stained) for seed in range(3)])
        assert found == pytest.approx(300, abs=5)


def test_a_speck_of_dirt_decides_nothing() -> None:
    clean, dirty = recording(1), recording(1)
    speck = dirty.labels.copy()
    speck[0, 20, 20] = 60000
    assert levels([replace(dirty, labels=speck)])[0] == pytest.approx(levels([clean])[0], rel=0.1)


def test_a_label_with_one_level_or_without_fields_has_none() -> None:
    assert [math.isnan(level) for level in levels([recording(1)])] == [False, True, True]
    assert math.isnan(levels([recording(1, recorded=False)])[0])
