"""The generator against the published one: counts, geometry, start, dropout and first step."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from unstained_pix2pix import net


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("channels", "labels", "parameters"), [(3, 3, 54_413_955), (1, 1, 54_407_809), (3, 1, 54_409_857)]
)
def test_parameters_are_those_of_unet_256(channels: int, labels: int, parameters: int) -> None:
    with torch.device("meta"):
        assert count(net.build(channels, labels)) == parameters


def test_every_level_has_its_share_of_the_parameters() -> None:
    """16 numbers for each pair of features, and two for each that is normalised; no biases but the last."""
    with torch.device("meta"):
        built = net.build(1, 1)
    levels = [module for module in built.modules() if isinstance(module, net.Level)]
    below = [count(level) for level in levels[1:]] + [0]
    own = [count(level) - rest for level, rest in zip(levels, below, strict=True)]
    widths = [64, 128, 256, 512, 512, 512, 512, 512]
    by_hand = [16 * up * low + 16 * up * 2 * low + 2 * up + 2 * low for up, low in itertools.pairwise(widths[:-1])]
    assert own == [*by_hand, 2 * 16 * 512 * 512 + 2 * 512]
    assert (count(built.first), count(built.head)) == (16 * 64, 16 * 128 + 1)


def test_features_are_doubled_up_to_a_limit() -> None:
    with torch.device("meta"):
        levels = [m for m in net.build(1, 1, width=16, depth=5, widest=4).modules() if isinstance(m, net.Level)]
    assert [level.down[1].out_channels for level in levels] == [32, 64, 64, 64]


def test_the_three_levels_above_the_lowest_drop_half_of_their_features() -> None:
    with torch.device("meta"):
        levels = [module for module in net.build(1, 1).modules() if isinstance(module, net.Level)]
    assert [level.up[3].p for level in levels] == [0, 0, 0, 0.5, 0.5, 0.5, 0]


@pytest.mark.parametrize(("last", "bounded"), [("tanh", True), ("linear", False)])
def test_it_keeps_the_size_of_its_input(last: str, *, bounded: bool) -> None:
    torch.manual_seed(0)
    built = net.build(2, 3, width=2, depth=4, last=last).eval()
    with torch.no_grad():
        built.head[1].weight.mul_(1e4)
        found = built(torch.randn(2, 2, 32, 48))
    assert found.shape == (2, 3, 32, 48)
    assert (found.abs().max().item() <= 1) == bounded


def test_a_patch_of_256_is_a_single_pixel_at_the_bottom() -> None:
    with torch.device("meta"):
        built = net.build(1, 1, width=2)
        lowest = [module for module in built.modules() if isinstance(module, net.Level)][-1]
        seen: list[torch.Size] = []
        lowest.down.register_forward_hook(lambda _m, _x, found: seen.append(found.shape))
        built(torch.zeros(1, 1, 256, 256))
    assert seen == [torch.Size([1, 16, 1, 1])]


def test_weights_start_at_002_and_norms_around_one() -> None:
    torch.manual_seed(1)
    for name, module in net.build(1, 1, depth=5).named_modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and module.weight.numel() > 5_000:
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.05), name
        if isinstance(module, nn.BatchNorm2d) and module.num_features >= 256:
            assert module.weight.mean().item() == pytest.approx(1.0, abs=0.01), name
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.2), name
            assert not module.bias.any(), name


def test_the_net_and_one_stacked_from_functions_agree_in_value_and_gradient() -> None:
    torch.manual_seed(2)
    built = net.build(1, 1, width=3, depth=3, last="tanh").double()
    for module in built.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    x = torch.randn(2, 1, 16, 16, dtype=torch.float64)
    weights = {name: value.detach().clone().requires_grad_() for name, value in built.named_parameters()}
    expected = _by_functions(weights, x)
    torch.testing.assert_close(built(x), expected)
    built(x).square().mean().backward()
    expected.square().mean().backward()
    for name, value in built.named_parameters():
        torch.testing.assert_close(value.grad, weights[name].grad, msg=name)


def _by_functions(w: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Stack three halvings and doublings from formulas, with batch statistics."""

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        centred = x - x.mean((0, 2, 3), keepdim=True)
        x = centred / torch.sqrt(centred.square().mean((0, 2, 3), keepdim=True) + 1e-5)
        return x * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]

    def down(x: torch.Tensor, name: str) -> torch.Tensor:
        return nn.functional.conv2d(torch.where(x > 0, x, 0.2 * x), w[f"{name}.weight"], stride=2, padding=1)

    def up(x: torch.Tensor, name: str, bias: torch.Tensor | None = None) -> torch.Tensor:
        return nn.functional.conv_transpose2d(x.clamp(min=0), w[f"{name}.weight"], bias, stride=2, padding=1)

    first = nn.functional.conv2d(x, w["first.weight"], stride=2, padding=1)
    second = normed(down(first, "levels.down.1"), "levels.down.2")
    third = down(second, "levels.below.down.1")
    inner = normed(up(third, "levels.below.up.1"), "levels.below.up.2")
    outer = normed(up(torch.cat([second, inner], 1), "levels.up.1"), "levels.up.2")
    return torch.tanh(up(torch.cat([first, outer], 1), "head.1", w["head.1.bias"]))


@pytest.mark.parametrize(
    ("options", "text"),
    [({"depth": 1}, "depth is 1, expected 2 or more"), ({"last": "relu"}, "last is 'relu', expected tanh or linear")],
)
def test_what_cannot_be_built_is_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        net.build(1, 1, **options)
