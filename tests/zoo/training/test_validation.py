"""Pearson's r of whole fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from zoo.training.loop import whole
from zoo.training.recordings import Recording
from zoo.training.validation import correlation, judged, middle, pearson


def recording(inputs: Any, labels: Any, **changes: Any) -> Recording:
    images = np.asarray(labels, np.float32)
    size = images.shape[-2:]
    given = {"recorded": np.ones(len(images), bool), "valid": np.ones(size, bool), "masks": np.zeros((0, *size), bool)}
    return Recording(field="a", session="", inputs=np.asarray(inputs, np.float32), labels=images, **given | changes)


@given(st.integers(0, 2**32 - 1))
def test_r_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(5, 7)).astype(np.float32) + 1e4
    b = a + rng.normal(size=(5, 7))
    assert pearson(a, b) == pytest.approx(stats.pearsonr(a.ravel(), b.ravel()).statistic, abs=1e-6)


def test_r_of_a_constant_is_undefined() -> None:
    assert np.isnan(pearson(np.ones(4), np.arange(4)))


def test_padding_is_not_judged() -> None:
    valid = np.ones((8, 8), bool)
    valid[0] = False
    image = np.random.default_rng(0).normal(size=(1, 8, 8))
    spoiled = image.copy()
    spoiled[:, 0] = 1e6
    assert correlation(same, [recording(image, spoiled, valid=valid)]).r == pytest.approx(1)


def test_r_is_averaged_over_fields_and_recorded_labels() -> None:
    image = np.random.default_rng(0).normal(size=(1, 8, 8))
    both = np.concatenate([image, -image])
    twice = recording(np.concatenate([image, image]), both)
    once = recording(np.concatenate([image, image]), both, recorded=np.array([True, False]))
    found = correlation(same, [twice, once])
    assert found.r == pytest.approx((1 - 1 + 1) / 3)
    assert found.labels == pytest.approx((1, -1))
    assert np.isnan(correlation(same, [recording(image, np.ones((1, 8, 8)))]).r)


@pytest.mark.parametrize("size", [(16, 16), (13, 18), (3, 5)])
def test_any_size_is_predicted_whole(size: tuple[int, int]) -> None:
    net = torch.nn.Conv2d(1, 1, 1)
    image = np.random.default_rng(0).normal(size=(1, *size)).astype(np.float32)
    with torch.no_grad():
        expected = net(torch.from_numpy(image)[None])[0].numpy()
    np.testing.assert_allclose(whole(net, image, 16), expected, rtol=1e-6)


def test_judging_leaves_the_net_training_and_its_batch_statistics_alone() -> None:
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1))
    before = net[1].running_mean.clone()
    whole(net, np.ones((1, 8, 8), np.float32), 4)
    assert net.training
    assert torch.equal(net[1].running_mean, before)


def test_of_a_huge_field_the_middle_is_judged() -> None:
    box = middle((64, 2048, 2048))
    edges = [s.stop - s.start for s in box]
    assert np.prod(edges) <= 2**22 < 2 * np.prod(edges)
    assert [s.start for s in box] == [(n - e) // 2 for n, e in zip((64, 2048, 2048), edges, strict=True)]
    huge = judged(
        recording(np.zeros((2, 3000, 2000)), np.zeros((1, 3000, 2000)), masks=np.zeros((1, 3000, 2000), bool))
    )
    shapes = [part.shape for part in (huge.inputs, huge.labels, huge.masks)]
    assert {shape[1:] for shape in shapes} == {huge.valid.shape}
    assert [shape[0] for shape in shapes] == [2, 1, 1]
    assert huge.valid.size <= 2**22


def same(inputs: Any) -> Any:
    """Predicts its input."""
    return inputs
