"""The quarter U-Net against its description: counts, shapes, reach, initialisation and first step."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from unstained_pics import net
from zoo.objectives import mean_squared_error


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("width", "normed", "parameters"),
    [(16, True, 1_943_761), (16, False, 1_940_817), (64, True, 31_042_369), (64, False, 31_030_593)],
)
def test_parameters_are_those_of_a_quarter_and_of_a_whole_u_net(width: int, *, normed: bool, parameters: int) -> None:
    with torch.device("meta"):
        assert count(net.build(1, 1, width=width, normed=normed)) == parameters


def test_every_level_has_its_share_of_the_parameters() -> None:
    """Two convolutions down, one doubling, two convolutions up; biases and two numbers for each normalised feature."""
    with torch.device("meta"):
        built = net.build(1, 1)
    levels = [module for module in built.modules() if isinstance(module, net.Level)]
    below = [count(level) for level in levels[1:]] + [0]
    own = [count(level) - rest for level, rest in zip(levels, below, strict=True)]
    by_hand = []
    for level in range(5):
        wide, narrow = 16 * 2**level, 1 if level == 0 else 8 * 2**level
        down = 9 * narrow * wide + 9 * wide * wide + 2 * 3 * wide
        up = 4 * 2 * wide * wide + wide + 9 * 2 * wide * wide + 9 * wide * wide + 2 * 3 * wide
        by_hand.append(down + (up if level < 4 else 0))
    assert own == by_hand
    assert count(built.head) == 17


def test_adding_the_input_of_a_block_costs_a_narrow_convolution_where_widths_differ() -> None:
    with torch.device("meta"):
        extra = count(net.build(1, 1, residual=True)) - count(net.build(1, 1))
    widths = [1, 16, 32, 64, 128, 256]
    down = sum(narrow * wide for narrow, wide in itertools.pairwise(widths))
    assert extra == down + sum(2 * wide * wide for wide in widths[1:5])


def test_a_residual_block_adds_its_input() -> None:
    torch.manual_seed(0)
    block = net.Block(3, 3, residual=True, normed=True).eval()
    x = torch.randn(1, 3, 8, 8)
    torch.testing.assert_close(block(x), x + block.second(block.first(x)))


def test_it_keeps_the_size_of_its_input_and_takes_negative_values() -> None:
    torch.manual_seed(1)
    found = net.build(2, 3, width=4)(torch.randn(2, 2, 32, 48))
    assert found.shape == (2, 3, 32, 48)
    assert found.min() < 0 < found.max()


def test_weights_start_as_those_of_the_first_u_net() -> None:
    torch.manual_seed(2)
    for name, module in net.build(1, 1).named_modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            assert module.bias is not None
            assert module.bias.abs().max() == 0, name
            if module.weight.numel() > 4_000:
                summed = module.in_channels * (9 if isinstance(module, nn.Conv2d) else 1)
                assert module.weight.std().item() == pytest.approx(math.sqrt(2 / summed), rel=0.05), name


def test_variance_goes_through_the_net_unchanged() -> None:
    torch.manual_seed(3)
    built = net.build(1, 1, normed=False).eval()
    found = built(torch.randn(2, 1, 64, 64))
    assert 0.2 < found.std().item() < 5


def reach(centre: int, edge: int = 320) -> tuple[int, int]:
    """First and last input column that an output pixel depends on.

    Weights are positive and the largest of 2 x 2 is their mean, so that no path is hidden.
    """
    built = net.build(1, 1, width=1).double().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.fill_(0.1)
    for level in built.modules():
        if isinstance(level, net.Level) and level.below is not None:
            level.below[0] = nn.AvgPool2d(2)
    x = torch.ones(1, 1, 16, edge, dtype=torch.float64, requires_grad=True)
    built(x)[0, 0, 8, centre].backward()
    assert x.grad is not None
    columns = torch.nonzero(x.grad.abs().amax((0, 1, 2)))
    return int(columns.min()), int(columns.max())


def reach_by_hand(low: int, high: int, depth: int = 4) -> tuple[int, int]:
    """Widen an interval of output pixels by what every level sees; a level halves by pairs and doubles into pairs."""
    low, high = low - 2, high + 2
    if depth == 0:
        return low, high
    below = reach_by_hand(low // 2, high // 2, depth - 1)
    return min(low, 2 * below[0]) - 2, max(high, 2 * below[1] + 1) + 2


@pytest.mark.parametrize("centre", [160, 167])
def test_an_output_pixel_sees_what_the_description_implies(centre: int) -> None:
    low, high = reach_by_hand(centre, centre)
    found = reach(centre)
    assert (low, high) == found


def test_one_training_step_moves_every_weight_as_computed_apart() -> None:
    torch.manual_seed(4)
    built = net.build(1, 1, width=2, depth=2)
    x, y = torch.randn(4, 1, 16, 16), torch.randn(4, 1, 16, 16)
    before = {name: value.detach().double().numpy().copy() for name, value in built.named_parameters()}
    optimiser = torch.optim.Adam(built.parameters(), lr=1e-3)
    mean_squared_error(built(x), y, torch.ones_like(y)).backward()
    gradients = {name: value.grad.double().numpy().copy() for name, value in built.named_parameters()}
    optimiser.step()
    for name, value in built.named_parameters():
        step = 1e-3 * gradients[name] / (np.abs(gradients[name]) + 1e-8)
        np.testing.assert_allclose(value.detach().numpy(), before[name] - step, rtol=1e-5, atol=1e-7, err_msg=name)


def test_the_net_and_one_stacked_from_functions_agree_in_value_and_gradient() -> None:
    torch.manual_seed(5)
    built = net.build(1, 1, width=3, depth=1).double()
    x = torch.randn(2, 1, 8, 8, dtype=torch.float64)
    weights = {name: value.detach().clone().requires_grad_() for name, value in built.named_parameters()}
    expected = _by_functions(weights, x)
    torch.testing.assert_close(built(x), expected)
    built(x).square().mean().backward()
    expected.square().mean().backward()
    for name, value in built.named_parameters():
        torch.testing.assert_close(value.grad, weights[name].grad, msg=name)


def _by_functions(weights: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Stack the net of depth 1 from formulas, with batch statistics."""

    def block(x: torch.Tensor, name: str) -> torch.Tensor:
        for part in (f"{name}.first", f"{name}.second"):
            x = nn.functional.conv2d(x, weights[f"{part}.0.weight"], weights[f"{part}.0.bias"], padding=1)
            centred = x - x.mean((0, 2, 3), keepdim=True)
            x = centred / torch.sqrt(centred.square().mean((0, 2, 3), keepdim=True) + 1e-5)
            scale, shift = weights[f"{part}.1.weight"], weights[f"{part}.1.bias"]
            x = torch.clamp(x * scale[:, None, None] + shift[:, None, None], min=0)
        return x

    skip = block(x, "features.encode")
    half = skip.reshape(*skip.shape[:2], skip.shape[2] // 2, 2, skip.shape[3] // 2, 2).amax((3, 5))
    lower = block(half, "features.below.1.encode")
    kernel, bias = weights["features.below.2.weight"], weights["features.below.2.bias"]
    upper = torch.einsum("bcyx,cdij->bdyixj", lower, kernel).reshape(*skip.shape) + bias[:, None, None]
    both = block(torch.cat([skip, upper], 1), "features.decode")
    return torch.einsum("bcyx,dc->bdyx", both, weights["head.weight"][..., 0, 0]) + weights["head.bias"][:, None, None]


def test_it_learns_one_patch_by_heart() -> None:
    torch.manual_seed(6)
    built = net.build(1, 1, width=8, depth=3)
    x, y = torch.randn(1, 1, 16, 16), torch.randn(1, 1, 16, 16)
    optimiser = torch.optim.Adam(built.parameters(), lr=1e-2)
    losses = []
    for _ in range(150):
        optimiser.zero_grad()
        loss = mean_squared_error(built(x), y, torch.ones_like(y))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 0.9
    assert losses[-1] < 0.1
