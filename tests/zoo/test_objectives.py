"""Losses against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from zoo.objectives import ANCHOR, NEARLY_FLAT, correlation, mean_absolute_error, mean_squared_error


def test_the_squared_error_is_averaged_over_what_was_recorded() -> None:
    prediction, target = torch.tensor([1.0, 2.0, 9.0]), torch.tensor([0.0, 4.0, 0.0])
    assert mean_squared_error(prediction, target, torch.tensor([1.0, 1.0, 0.0])).item() == (1 + 4) / 2
    assert mean_squared_error(prediction, target, torch.ones(3)).item() == pytest.approx((1 + 4 + 81) / 3)


def test_the_absolute_error_is_averaged_over_what_was_recorded() -> None:
    prediction, target = torch.tensor([1.0, 2.0, 9.0], requires_grad=True), torch.tensor([0.0, 4.0, 0.0])
    loss = mean_absolute_error(prediction, target, torch.tensor([1.0, 1.0, 0.0]))
    loss.backward()
    assert prediction.grad is not None
    assert (loss.item(), prediction.grad.tolist()) == ((1 + 2) / 2, [0.5, -0.5, 0])


def test_the_gradient_of_the_squared_error_is_twice_the_error_over_the_number_of_pixels() -> None:
    prediction = torch.tensor([1.0, 2.0, 9.0], requires_grad=True)
    mean_squared_error(prediction, torch.tensor([0.0, 4.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])).backward()
    assert prediction.grad is not None
    assert prediction.grad.tolist() == [2 * 1 / 2, 2 * -2 / 2, 0]


def test_a_batch_without_a_recorded_pixel_teaches_nothing() -> None:
    prediction = torch.ones(2, requires_grad=True)
    loss = mean_squared_error(prediction, torch.zeros(2), torch.zeros(2))
    loss.backward()
    assert prediction.grad is not None
    assert (loss.item(), prediction.grad.tolist()) == (0, [0, 0])


@given(
    padding=st.lists(st.booleans(), min_size=12, max_size=12),
    value=st.floats(-1e6, 1e6, width=32),
)
def test_masked_pixels_change_neither_loss_nor_gradient(padding: list[bool], value: float) -> None:
    torch.manual_seed(0)
    weight = 1 - torch.tensor(padding, dtype=torch.float32).reshape(1, 1, 3, 4)
    image, target = torch.randn(1, 1, 3, 4), torch.randn(1, 1, 3, 4)
    spoiled = torch.where(weight > 0, target, torch.tensor(value))
    results = []
    for truth in (target, spoiled):
        prediction = image.clone().requires_grad_()
        loss = mean_squared_error(prediction, truth, weight)
        loss.backward()
        assert prediction.grad is not None
        results.append((loss.item(), prediction.grad))
    assert results[0][0] == results[1][0]
    assert torch.equal(results[0][1], results[1][1])
    assert not results[0][1][weight == 0].any()


def _images(*rows: list[float]) -> torch.Tensor:
    """One patch a row, one label each: (patch, 1, 1, x)."""
    return torch.tensor(rows)[:, None, None, :]


def test_the_correlation_loss_is_one_minus_r_of_every_patch_and_a_little_squared_error() -> None:
    target = _images([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0])
    prediction = _images([-1.0, 0.0, 1.0], [1.0, 0.0, -1.0])  # r is 1 and -1, the squares have mean 2/3
    nearly = (2 / 3) / ((2 / 3) ** 2 + NEARLY_FLAT) ** 0.5
    squared = (0 + (4 + 0 + 4) / 3) / 2
    expected = ((1 - nearly) + (1 + nearly)) / 2 + ANCHOR * squared
    assert correlation(prediction, target, torch.ones_like(target)).item() == pytest.approx(expected, rel=1e-6)


@given(gain=st.floats(0.5, 20), offset=st.floats(-20, 20))
def test_a_gain_or_an_offset_costs_the_squared_error_alone(gain: float, offset: float) -> None:
    torch.manual_seed(0)
    target, weight = torch.randn(2, 3, 8, 8) * 5, torch.ones(2, 3, 8, 8)
    prediction = target * gain + offset
    rest = correlation(prediction, target, weight) - ANCHOR * mean_squared_error(prediction, target, weight)
    assert abs(rest.item()) < 1e-3


def test_a_label_that_a_patch_lacks_is_left_out_of_the_correlation() -> None:
    torch.manual_seed(0)
    prediction, target, weight = torch.randn(2, 1, 8, 8), torch.randn(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    weight[1] = 0
    alone = correlation(prediction[:1], target[:1], weight[:1]).item()
    assert correlation(prediction, target, weight).item() == pytest.approx(alone, rel=1e-6)
    assert correlation(prediction, target, torch.zeros_like(weight)).item() == 0


def test_a_flat_patch_has_correlation_nought_and_a_finite_gradient() -> None:
    prediction = torch.zeros(1, 1, 4, 4, requires_grad=True)
    loss = correlation(prediction, torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4))
    loss.backward()
    assert loss.item() == 1
    assert prediction.grad is not None
    assert torch.isfinite(prediction.grad).all()
