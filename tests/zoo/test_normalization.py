from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo.errors import ZooError
from zoo.normalization import EPSILON, Affine, Normalization

counts = hnp.arrays(np.uint16, hnp.array_shapes(min_dims=3, max_dims=4, min_side=2, max_side=6))


@given(counts)
def test_per_image_gives_each_channel_mean_zero_and_deviation_one(image: np.ndarray) -> None:
    y = Normalization("per-image").fit(image).apply(image)
    for before, after in zip(image, y, strict=True):
        assert abs(after.mean(dtype=np.float64)) < 1e-5
        spread = before.std(dtype=np.float64)
        assert after.std(dtype=np.float64) == pytest.approx(spread / (spread + EPSILON), abs=1e-5)
    assert y.dtype == np.float32


@given(counts)
def test_the_way_back_returns_the_counts(image: np.ndarray) -> None:
    normalization = Normalization("training", (1000.0,), (250.0,))
    affine = normalization.fit(image)
    back = affine.inverse().apply(affine.apply(image))
    np.testing.assert_allclose(back, image, rtol=1e-5, atol=1e-2)


def test_training_constants_do_not_depend_on_the_image() -> None:
    normalization = Normalization("training", (100.0, 10.0), (20.0, 2.0))
    dark, bright = np.zeros((2, 3, 3), np.uint16), np.full((2, 3, 3), 60000, np.uint16)
    assert normalization.fit(dark) == normalization.fit(bright)
    np.testing.assert_allclose(normalization.fit(dark).apply(dark)[:, 0, 0], [-5, -5], rtol=1e-6)


def test_pixels_outside_the_mask_do_not_count() -> None:
    image = np.arange(32, dtype=np.float32).reshape(2, 4, 4)
    padded = image.copy()
    valid = np.ones((4, 4), bool)
    valid[0] = False
    padded[:, 0] = 9999
    assert Normalization("per-image").fit(padded, valid) == Normalization("per-image").fit(image, valid)


def test_small_spreads_on_large_counts_survive() -> None:
    image = (60000 + np.arange(64).reshape(1, 8, 8) % 2).astype(np.uint16)
    y = Normalization("per-image").fit(image).apply(image)
    np.testing.assert_allclose(np.unique(y), [-1, 1], atol=1e-5)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_dictionary_restores_the_object(mean: float, std: float) -> None:
    normalization = Normalization("training", (mean,), (std,))
    assert Normalization.from_dict(normalization.as_dict()) == normalization


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normalization("training"), "normalisation 'training': 0 means and 0 deviations"),
        (lambda: Normalization("training", (1.0,), (0.0,)), "standard deviation (0.0,), expected positive numbers"),
        (lambda: Normalization("training", (1.0,), (float("nan"),)), "expected positive numbers"),
        (lambda: Normalization.from_dict({"method": "minmax"}), "method 'minmax', expected 'per-image' or 'training'"),
        (
            lambda: Normalization.from_dict({"method": "training", "mean": ["a"], "std": [1]}),
            "mean is ['a'], expected a list of numbers",
        ),
        (
            lambda: Normalization("training", (1.0, 2.0), (1.0, 1.0)).fit(np.zeros((3, 4, 4))),
            "an image of 3 channels (shape (3, 4, 4)), expected 2",
        ),
        (
            lambda: Normalization("per-image").fit(np.zeros((1, 4, 4)), np.zeros((4, 4), bool)),
            "no valid pixel in the image",
        ),
    ],
)
def test_what_cannot_be_normalised_is_named(make: object, message: str) -> None:
    with pytest.raises(ZooError) as caught:
        make()  # type: ignore[operator]
    assert message in caught.value.message


def test_a_map_without_a_way_back_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be inverted"):
        Affine((0.0,), (1.0,))
    with pytest.raises(ValueError, match="2 scales and 1 offsets"):
        Affine((1.0, 1.0), (1.0,))
