"""The dense U-Nets against their description: counts, geometry, start, and where masks can and cannot enter."""

from __future__ import annotations

import inspect
import math

import pytest
import torch
from torch import nn

from unstained_lupi import net


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameters_are_those_of_the_published_nets() -> None:
    with torch.device("meta"):
        single, double = net.build(7, 1), net.build_lupi(7, 1)
    assert count(single) == 1_230_913
    assert count(double) == 2_342_359
    assert count(double) - count(double.early) == 2_342_163


def test_every_part_of_the_net_with_two_decoders_has_its_share() -> None:
    with torch.device("meta"):
        built = net.build_lupi(7, 1)
    assert count(built.encoder) == 704_640
    assert count(built.segmenting) + count(built.segmented) == 561_314
    assert count(built.predicting) + count(built.head) == 1_076_209
    assert count(built.early) == 196


def test_skips_grow_by_what_a_dense_block_finds() -> None:
    with torch.device("meta"):
        built = net.build(7, 1)
    assert built.encoder.widths == (96, 144, 192, 240)
    assert (built.encoder.bottom.width, built.decoder.width) == (48, 192)
    assert [block.width for block in built.decoder.blocks] == [48, 48, 48, 192]


@pytest.mark.parametrize(("last", "bounded"), [("tanh", True), ("linear", False)])
def test_the_dense_u_net_keeps_the_size_and_its_range(last: str, *, bounded: bool) -> None:
    torch.manual_seed(0)
    built = net.build(7, 2, first=8, growth=2, last=last).eval()
    with torch.no_grad():
        built.head.weight.mul_(100)
        found = built(torch.randn(2, 7, 32, 48))
    assert found.shape == (2, 2, 32, 48)
    assert (0 <= found.min().item() <= found.max().item() <= 1) == bounded


def test_the_net_with_two_decoders_gives_prediction_classes_and_early_predictions() -> None:
    torch.manual_seed(1)
    built = net.build_lupi(7, 3, first=8, growth=2).eval()
    x = torch.randn(2, 7, 32, 64)
    prediction, classes, early = built.privileged(x)
    torch.testing.assert_close(prediction, built(x))
    assert classes.shape == (2, 2, 32, 64)
    assert [tuple(level.shape) for level in early] == [(2, 3, 2 * 2**k, 4 * 2**k) for k in range(4)]


def test_nothing_but_the_unstained_image_goes_into_the_net() -> None:
    """Masks are privileged: the net that is packaged has no place where one could enter."""
    for build in (net.build, net.build_lupi):
        built = build(7, 1, first=8, growth=2)
        assert list(inspect.signature(built.forward).parameters) == ["x"]
        taking = [m for m in built.modules() if isinstance(m, nn.Conv2d) and m.in_channels == 7]
        assert taking == [built.encoder.first]
        with pytest.raises(RuntimeError, match="expected input"):
            built(torch.zeros(1, 8, 32, 32))


def test_what_the_segmenting_decoder_finds_reaches_the_prediction() -> None:
    torch.manual_seed(2)
    built = net.build_lupi(1, 1, first=4, growth=2, depth=2).eval()
    x = torch.randn(1, 1, 16, 16)
    before = built(x)
    with torch.no_grad():
        for parameter in built.segmenting.blocks[0].parameters():
            parameter.zero_()
    assert not torch.allclose(built(x), before)


def test_the_segmenting_decoder_sees_no_skip() -> None:
    """Only the bottom reaches it: new features at the top of the encoder change nothing else."""
    with torch.device("meta"):
        built = net.build_lupi(7, 1)
    assert [up[0].in_channels for up in built.segmenting.ups] == [48] * 5
    assert [block.layers[0][0].num_features for block in built.segmenting.blocks] == [48] * 5
    assert [block.layers[0][0].num_features for block in built.predicting.blocks] == [336, 288, 240, 192, 144]


def test_a_doubling_starts_without_a_chequerboard() -> None:
    torch.manual_seed(3)
    up = net.Up(8)
    weight = up[0].weight
    assert weight.shape == (32, 8, 3, 3)
    for first in range(0, 32, 4):
        assert bool((weight[first] == weight[first : first + 4]).all())
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 72), rel=0.2)


def test_a_doubling_lays_out_and_blurs_as_described() -> None:
    torch.manual_seed(4)
    up = net.Up(2).double()
    x = torch.randn(1, 2, 3, 3, dtype=torch.float64)
    features = nn.functional.conv2d(x, up[0].weight, up[0].bias, padding=1).clamp(min=0)
    large = torch.zeros(1, 2, 6, 6, dtype=torch.float64)
    for index in range(8):
        large[:, index // 4, (index % 4) // 2 :: 2, index % 2 :: 2] = features[:, index]
    expected = torch.zeros_like(large)
    for dy in (0, 1):
        for dx in (0, 1):
            rows, columns = (torch.tensor([max(0, n - d) for n in range(6)]) for d in (dy, dx))
            expected += large[:, :, rows][..., columns] / 4
    torch.testing.assert_close(up(x), expected)


def test_a_dense_block_and_a_halving_are_what_the_formulas_say() -> None:
    torch.manual_seed(5)
    dense, down = net.Dense(3, 2, only_new=True).double().eval(), net.Down(3).double().eval()
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    eps = 1 / math.sqrt(1 + 1e-5)  # fresh statistics: mean 0, variance 1
    found = [x]
    for layer in dense.layers:
        seen = (torch.cat(found, 1) * eps).clamp(min=0)
        found.append(nn.functional.conv2d(seen, layer[2].weight, layer[2].bias, padding=1))
    torch.testing.assert_close(dense(x), torch.cat(found[1:], 1))
    mixed = (
        torch.einsum("bcyx,dc->bdyx", (x * eps).clamp(min=0), down[2].weight[..., 0, 0]) + down[2].bias[:, None, None]
    )
    torch.testing.assert_close(down(x), mixed.reshape(2, 3, 2, 2, 2, 2).amax((3, 5)))


def test_a_fifth_is_dropped_while_training() -> None:
    with torch.device("meta"):
        built = net.build(7, 1)
    dropped = {type(m).__name__: m.p for m in built.modules() if isinstance(m, nn.Dropout | nn.Dropout2d)}
    assert dropped == {"Dropout": 0.2, "Dropout2d": 0.2}


def test_an_output_pixel_sees_nearly_a_thousand_pixels() -> None:
    """Weights are positive and the largest of 2 x 2 is their mean, so that no path is hidden."""
    built = net.build_lupi(1, 1, first=2, growth=1).double().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.fill_(0.1)
    for down in built.encoder.downs:
        down[-1] = nn.AvgPool2d(2)
    x = torch.ones(1, 1, 32, 1024, dtype=torch.float64, requires_grad=True)
    built(x)[0, 0, 16, 512].backward()
    columns = torch.nonzero(x.grad.abs().amax((0, 1, 2)))
    assert (int(columns.min()), int(columns.max())) == reach_by_hand(512)


def reach_by_hand(pixel: int, depth: int = 5) -> tuple[int, int]:
    """First and last column: four 3-wide convolutions in each dense block, one in each doubling, and the first."""
    low, high = pixel - 8, pixel + 8  # the refining block and that of the top
    for level in range(depth):
        low, high = (low - 1) // 2 - 1, high // 2 + 1  # blurred with the pixel before, laid out, convolved
        if level < depth - 1:
            low, high = low - 4, high + 4
    low, high = low - 4, high + 4  # the bottom
    for _ in range(depth):
        low, high = 2 * low - 4, 2 * high + 1 + 4
    return low - 1, high + 1


def test_another_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="last is 'relu', expected tanh or linear"):
        net.build(1, 1, last="relu")
