"""The E-U-Net against its description: counts with and without statistics, geometry, start and output."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unstained_pics import efficient

B0, B3, B7 = (1.0, 1.0), (1.2, 1.4), (2.0, 3.1)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def statistics(module: nn.Module) -> int:
    return sum(2 * norm.num_features for norm in module.modules() if isinstance(norm, nn.BatchNorm2d))


@pytest.mark.parametrize(
    ("scale", "classes", "parameters", "with_statistics"),
    [
        (B0, 1, 10_071_501, 10_115_501),
        (B0, 3, 10_071_791, 10_115_791),
        (B0, 4, 10_071_936, 10_115_936),
        (B3, 1, 17_778_553, 17_867_833),
        (B3, 3, 17_778_843, 17_868_123),
        (B3, 4, 17_778_988, 17_868_268),
        (B7, 1, 74_735_393, 75_048_097),
        (B7, 3, 74_735_683, 75_048_387),
        (B7, 4, 74_735_828, 75_048_532),
    ],
)
def test_parameters_are_those_of_the_published_nets(
    scale: tuple[float, float], classes: int, parameters: int, with_statistics: int
) -> None:
    width, depth = scale
    labels, last = (classes - 1, "softmax") if classes > 1 else (1, "sigmoid")
    with torch.device("meta"):
        built = efficient.build(1, labels, width=width, depth=depth, last=last)
    assert count(built) == parameters
    assert count(built) + statistics(built) == with_statistics


def test_more_channels_change_only_the_first_convolution_and_one_is_seen_as_three() -> None:
    with torch.device("meta"):
        one, three, seven = (efficient.build(channels, 2, width=1.0, depth=1.0) for channels in (1, 3, 7))
    assert count(one) == count(three)
    assert count(seven) - count(three) == 4 * 9 * 32


def test_one_phase_image_is_given_three_times() -> None:
    torch.manual_seed(0)
    one, three = (efficient.build(n, 2, width=0.25, depth=0.5, decoder=(8, 8, 8, 8, 8)).eval() for n in (1, 3))
    three.load_state_dict(one.state_dict())
    x = torch.randn(1, 1, 32, 64)
    torch.testing.assert_close(one(x), three(torch.cat([x, x, x], 1)))


def test_skips_are_what_is_about_to_be_halved_in_six_times_the_width() -> None:
    torch.manual_seed(1)
    encoder = efficient.build(1, 1, width=1.0, depth=1.0).encoder
    assert encoder.widths == (96, 144, 240, 672)
    assert encoder.skips == (1, 3, 5, 11)  # the first blocks of stages 2, 3, 4 and 6
    found = encoder.eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(x.shape[1:]) for x in found] == [
        (96, 32, 48), (144, 16, 24), (240, 8, 12), (672, 4, 6), (1280, 2, 3)
    ]  # fmt: skip


def test_b3_has_the_published_widths_and_repeats() -> None:
    with torch.device("meta"):
        encoder = efficient.build(1, 1).encoder
    assert [encoder.stem[0].out_channels, encoder.top[0].out_channels] == [40, 1536]
    assert [block.filter[2][0].out_channels for block in encoder.blocks] == (
        [24] * 2 + [32] * 3 + [48] * 3 + [96] * 5 + [136] * 5 + [232] * 6 + [384] * 2
    )


def test_halving_pads_the_far_edges_as_keras_does() -> None:
    """Keras pads 0 and 1 for a 3-wide kernel over an even edge: the first output sees pixels 0 to 2."""
    convolution = efficient.Same(1, 1, 3, stride=2)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor([[0.0, 0, 0], [0, 0, 0], [1, 10, 100]])[None, None])
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    expected = [[8 + 90 + 1000, 10 + 110], [0, 0]]
    torch.testing.assert_close(convolution(x)[0, 0], torch.tensor(expected, dtype=torch.float32))
    assert efficient.Same(1, 1, 5, stride=2).border == (1, 2, 1, 2)
    assert efficient.Same(1, 1, 5).border == (2, 2, 2, 2)


def test_a_gate_scales_features_by_what_their_means_say() -> None:
    torch.manual_seed(2)
    gate = efficient.Gate(4, 2).double()
    x = torch.randn(2, 4, 3, 5, dtype=torch.float64)
    means = x.mean((2, 3))
    inner = means @ gate.squeeze.weight[..., 0, 0].T + gate.squeeze.bias
    outer = (inner / (1 + torch.exp(-inner))) @ gate.excite.weight[..., 0, 0].T + gate.excite.bias
    torch.testing.assert_close(gate(x), x / (1 + torch.exp(-outer))[..., None, None])


def test_gates_are_a_quarter_of_what_comes_into_a_block() -> None:
    with torch.device("meta"):
        blocks = efficient.build(1, 1, width=1.0, depth=1.0).encoder.blocks
    squeezed = [m.squeeze.out_channels for m in blocks.modules() if isinstance(m, efficient.Gate)]
    assert squeezed == [8, 4, 6, 6, 10, 10, 20, 20, 20, 28, 28, 28, 48, 48, 48, 48]


def test_blocks_are_skipped_at_random_while_training_and_never_after() -> None:
    torch.manual_seed(3)
    block = efficient.Inverted(8, efficient.Stage(1, 8, 1, 3, 1), stride=1, survival=0.5)
    x = torch.randn(64, 8, 4, 4)
    moved = (block(x, x) - x).abs().amax((1, 2, 3))
    assert 16 < int((moved == 0).sum()) < 48
    assert bool((block.eval()(x, x) != x).any(dim=3).any(dim=2).any(dim=1).all())
    with torch.device("meta"):
        blocks = efficient.build(1, 1, width=1.0, depth=1.0).encoder.blocks
    assert [round(b.survival, 4) for b in (blocks[0], blocks[8], blocks[15])] == [1.0, 0.9, 0.8125]


@pytest.mark.parametrize("last", ["softmax", "sigmoid", "relu", "linear"])
def test_the_output_has_the_size_of_the_input_and_the_range_of_its_activation(last: str) -> None:
    torch.manual_seed(4)
    built = efficient.build(1, 2, width=0.25, depth=0.5, decoder=(8, 8, 8, 8, 8), last=last).eval()
    x = torch.randn(1, 1, 64, 32)
    found, logits = built(x), built.logits(x)
    assert found.shape == (1, 2, 64, 32)
    assert logits.shape[1] == (3 if last == "softmax" else 2)
    exponents = logits.exp()
    expected = {
        "softmax": (exponents / exponents.sum(1, keepdim=True))[:, :2],
        "sigmoid": exponents / (1 + exponents),
        "relu": logits.clamp(min=0),
        "linear": logits,
    }
    torch.testing.assert_close(found, expected[last])


def test_weights_start_with_the_variance_that_keeps_gradients() -> None:
    torch.manual_seed(5)
    built = efficient.build(1, 1, width=1.0, depth=1.0)
    for name, module in built.named_modules():
        if isinstance(module, nn.Conv2d) and module.weight.numel() > 4_000:
            out = module.kernel_size[0] ** 2 * module.out_channels / module.groups
            assert module.weight.std().item() == pytest.approx(math.sqrt(2 / out), rel=0.06), name
            assert module.bias is None or not module.bias.any(), name
    norms = [m for m in built.modules() if isinstance(m, nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}


def test_another_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="last is 'tanh', expected softmax, sigmoid, relu or linear"):
        efficient.build(1, 1, last="tanh")
