"""Losses against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from zoo.objectives import mean_squared_error


def test_the_squared_error_is_averaged_over_what_was_recorded() -> None:
    prediction, target = torch.tensor([1.0, 2.0, 9.0]), torch.tensor([0.0, 4.0, 0.0])
    assert mean_squared_error(prediction, target, torch.tensor([1.0, 1.0, 0.0])).item() == (1 + 4) / 2
    assert mean_squared_error(prediction, target, torch.ones(3)).item() == pytest.approx((1 + 4 + 81) / 3)


def test_its_gradient_is_twice_the_error_over_the_number_of_pixels() -> None:
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
