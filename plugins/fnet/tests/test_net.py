"""The net against its published description: counts, initialisation, reach and first step."""

from __future__ import annotations

import ast
import inspect
import math

import numpy as np
import pytest
import torch
from torch import nn

from unstained_fnet import net
from zoo.objectives import mean_squared_error

PER_LEVEL = {
    2: (50_016, 216_192, 862_464, 3_445_248, 3_542_016, 289),
    3: (136_608, 597_120, 2_386_176, 9_540_096, 10_619_904, 865),
}
"""Trainable parameters of the four levels, the bottom and the output convolution, counted by hand."""
BATCH_NORMS = (nn.BatchNorm2d, nn.BatchNorm3d)
CONVOLUTIONS = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


@pytest.mark.parametrize(
    ("spatial", "width", "parameters"),
    [
        (2, 32, 8_116_225),
        (2, 16, 2_032_129),
        (2, 64, 32_440_321),
        (3, 32, 23_280_769),
        (3, 16, 5_823_553),
        (3, 64, 93_096_193),
    ],
)
def test_parameters_are_those_of_the_published_net(spatial: int, width: int, parameters: int) -> None:
    with torch.device("meta"):
        assert count(net.build(1, 1, spatial=spatial, width=width)) == parameters


@pytest.mark.parametrize("spatial", [2, 3])
def test_every_level_has_the_published_share_of_parameters(spatial: int) -> None:
    with torch.device("meta"):
        built = net.build(1, 1, spatial=spatial)
    levels = [module for module in built.modules() if isinstance(module, net.Level)]
    below = [count(level) for level in levels[1:]] + [0]
    own = [count(level) - rest for level, rest in zip(levels, below, strict=True)]
    assert (*own, count(built.head)) == PER_LEVEL[spatial]


@pytest.mark.parametrize("spatial", [2, 3])
def test_it_normalises_3904_channels_in_26_layers(spatial: int) -> None:
    with torch.device("meta"):
        built = net.build(1, 1, spatial=spatial)
    norms = [module for module in built.modules() if isinstance(module, BATCH_NORMS)]
    assert (len(norms), sum(norm.num_features for norm in norms)) == (26, 3_904)


def test_more_channels_change_only_the_first_and_the_last_convolution() -> None:
    with torch.device("meta"):
        one, many = net.build(1, 1), net.build(13, 3)
    assert count(many) - count(one) == 12 * 9 * 32 + 2 * (9 * 32 + 1)
    assert many.features.encode[0][0].weight.shape == (32, 13, 3, 3)


def test_convolutions_start_at_002_and_norms_around_one() -> None:
    torch.manual_seed(0)
    for name, module in net.build(1, 1).named_modules():
        if isinstance(module, CONVOLUTIONS) and module.weight.numel() > 5_000:
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.05), name
            assert abs(module.weight.mean().item()) < 0.02 * 5 / math.sqrt(module.weight.numel()), name
            fan = module.weight[0].numel()
            assert 0 < module.bias.abs().max().item() <= 1 / math.sqrt(min(fan, module.weight[:, 0].numel())), name
        elif isinstance(module, BATCH_NORMS) and module.num_features >= 256:
            assert module.weight.mean().item() == pytest.approx(1.0, abs=0.01), name
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.2), name
            assert module.bias.abs().max().item() == 0.0, name


def positive(spatial: int) -> nn.Module:
    """Return a net in which every path counts: all weights positive, so that no gradient cancels or is cut."""
    built = net.build(1, 1, spatial=spatial, width=1).double().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.fill_(0.1)
    return built


def reach(spatial: int, edge: int, centre: int) -> tuple[int, int]:
    """First and last input pixel along the last axis that the output pixel ``centre`` depends on."""
    sizes = [16] * (spatial - 1) + [edge]
    x = torch.ones(1, 1, *sizes, dtype=torch.float64, requires_grad=True)
    positive(spatial)(x)[(0, 0, *[8] * (spatial - 1), centre)].backward()
    assert x.grad is not None
    seen = torch.nonzero(x.grad.reshape(-1, edge).abs().amax(0))
    return int(seen.min()), int(seen.max())


def reach_by_hand(low: int, high: int, depth: int = 4) -> tuple[int, int]:
    """Widen an interval of output pixels by each convolution on the longest way down and up again."""
    if depth == 0:
        return low - 2, high + 2
    low, high = low - 2, high + 2
    below = reach_by_hand(low // 2, high // 2, depth - 1)
    down = (2 * below[0], 2 * below[1] + 1)
    return down[0] - 2, down[1] + 2


@pytest.mark.parametrize("spatial", [2, 3])
@pytest.mark.parametrize("phase", [0, 7, 15])
def test_an_output_pixel_sees_what_the_convolutions_allow_and_no_more(spatial: int, phase: int) -> None:
    centre = 160 + phase
    low, high = reach(spatial, 320, centre)
    assert (low, high) == reach_by_hand(centre - 1, centre + 1)


def test_the_widest_reach_is_204_pixels_and_the_narrowest_188() -> None:
    spans = [high - low + 1 for low, high in (reach_by_hand(c - 1, c + 1) for c in range(160, 176))]
    assert (min(spans), max(spans)) == (188, 204)


@pytest.mark.parametrize(("spatial", "size"), [(2, (32, 48)), (3, (16, 32, 16))])
def test_it_keeps_the_size_of_its_input(spatial: int, size: tuple[int, ...]) -> None:
    built = net.build(2, 3, spatial=spatial, width=4)
    assert built(torch.zeros(2, 2, *size)).shape == (2, 3, *size)


def test_the_output_is_linear_in_the_last_layer_and_takes_negative_values() -> None:
    torch.manual_seed(1)
    built = net.build(1, 1, width=8).eval()
    x = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        before = built(x)
        built.head.weight.mul_(-3)
        built.head.bias.mul_(-3)
        torch.testing.assert_close(built(x), -3 * before)


def test_another_number_of_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match="spatial is 4, expected 2 or 3"):
        net.build(1, 1, spatial=4)


def test_the_source_imports_nothing_but_torch_and_the_standard_library() -> None:
    tree = ast.parse(inspect.getsource(net))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"__future__", "statistics", "torch"}


def test_one_training_step_moves_every_weight_as_computed_apart() -> None:
    torch.manual_seed(2)
    built = net.build(1, 1, width=4)
    x, y = torch.randn(4, 1, 32, 32), torch.randn(4, 1, 32, 32)
    before = {name: value.detach().double().numpy().copy() for name, value in built.named_parameters()}
    optimiser = torch.optim.Adam(built.parameters(), lr=1e-3, betas=(0.5, 0.999))
    mean_squared_error(built(x), y, torch.ones_like(y)).backward()
    gradients = {name: _gradient(value) for name, value in built.named_parameters()}
    optimiser.step()
    for name, value in built.named_parameters():
        mean, square = 0.5 * gradients[name], 0.001 * gradients[name] ** 2
        step = 1e-3 * (mean / (1 - 0.5)) / (np.sqrt(square / (1 - 0.999)) + 1e-8)
        np.testing.assert_allclose(value.detach().numpy(), before[name] - step, rtol=1e-5, atol=1e-7, err_msg=name)


def _gradient(parameter: nn.Parameter) -> np.ndarray:
    assert parameter.grad is not None
    return parameter.grad.double().numpy().copy()


def test_the_published_net_and_one_stacked_from_functions_agree_in_value_and_gradient() -> None:
    torch.manual_seed(3)
    built = net.build(1, 1, width=4, depth=1).double()
    x = torch.randn(2, 1, 8, 8, dtype=torch.float64)
    weights = {name: value.detach().clone().requires_grad_() for name, value in built.named_parameters()}
    expected = _by_functions(weights, x)
    torch.testing.assert_close(built(x), expected)
    built(x).square().mean().backward()
    expected.square().mean().backward()
    for name, value in built.named_parameters():
        torch.testing.assert_close(value.grad, weights[name].grad, msg=name)


def _by_functions(weights: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Stack the net of depth 1 from the formulas of the description, with batch statistics."""
    order = iter([name[: -len(".0.weight")] for name in weights if name.endswith(".0.weight")])

    def layer(x: torch.Tensor, *, stride: int = 1, up: bool = False) -> torch.Tensor:
        name = next(order)
        w, b = weights[f"{name}.0.weight"], weights[f"{name}.0.bias"]
        if up:
            x = nn.functional.conv_transpose2d(x, w, b, stride=2)
        else:
            x = nn.functional.conv2d(x, w, b, stride=stride, padding=1 if stride == 1 else 0)
        centred = x - x.mean((0, 2, 3), keepdim=True)
        x = centred / torch.sqrt(centred.square().mean((0, 2, 3), keepdim=True) + 1e-5)
        scale, shift = weights[f"{name}.1.weight"], weights[f"{name}.1.bias"]
        return torch.clamp(x * scale[:, None, None] + shift[:, None, None], min=0)

    skip = layer(layer(x))
    lower = layer(layer(layer(skip, stride=2)))
    upper = layer(lower, up=True)
    both = layer(layer(torch.cat([skip, upper], 1)))
    return nn.functional.conv2d(both, weights["head.weight"], weights["head.bias"], padding=1)


def test_it_learns_one_patch_by_heart() -> None:
    torch.manual_seed(4)
    built = net.build(1, 1, width=8)
    x, y = torch.randn(1, 1, 32, 32), torch.randn(1, 1, 32, 32)
    optimiser = torch.optim.Adam(built.parameters(), lr=3e-3, betas=(0.5, 0.999))
    losses = []
    for _ in range(250):
        optimiser.zero_grad()
        loss = mean_squared_error(built(x), y, torch.ones_like(y))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 0.9
    assert losses[-1] < 0.1
