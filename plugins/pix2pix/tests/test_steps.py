"""The discriminator, and both losses and updates against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unstained_pix2pix import net, steps
from zoo.training.steps import Given, Step


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("channels", "parameters"), [(6, 2_768_705), (2, 2_764_609)])
def test_the_discriminator_has_the_published_parameters(channels: int, parameters: int) -> None:
    with torch.device("meta"):
        assert count(steps.Discriminator(channels, width=64, layers=3)) == parameters


@pytest.mark.parametrize(("layers", "sees"), [(1, 16), (2, 34), (3, 70)])
def test_a_judgement_is_about_70_pixels(layers: int, sees: int) -> None:
    judge = steps.Discriminator(1, width=1, layers=layers).double().eval()
    with torch.no_grad():
        for parameter in judge.parameters():
            parameter.fill_(0.1)
    x = torch.ones(1, 1, 160, 160, dtype=torch.float64, requires_grad=True)
    found = judge(x)
    found[0, 0, found.shape[2] // 2, found.shape[3] // 2].backward()
    columns = torch.nonzero(x.grad.abs().amax((0, 1, 2)))
    assert int(columns.max() - columns.min()) + 1 == sees


def test_a_patch_of_256_gets_30_by_30_judgements() -> None:
    with torch.device("meta"):
        assert steps.Discriminator(2, width=4, layers=3)(torch.zeros(1, 2, 256, 256)).shape == (1, 1, 30, 30)


def test_the_discriminator_starts_as_published() -> None:
    torch.manual_seed(0)
    for module in steps.Discriminator(2, width=64, layers=3):
        if isinstance(module, nn.Conv2d) and module.weight.numel() > 5_000:
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.05)
            assert module.bias is None or not module.bias.any()
        if isinstance(module, nn.BatchNorm2d):
            assert module.weight.mean().item() == pytest.approx(1.0, abs=0.02)
            assert not module.bias.any()


def test_cross_entropy_of_saying_recorded_or_predicted() -> None:
    judged = torch.tensor([0.0, math.log(3)], dtype=torch.float64)
    assert steps.said(judged, truth=True).item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert steps.said(judged, truth=False).item() == pytest.approx((math.log(2) + math.log(4)) / 2)


class Line(nn.Module):
    """``scale * x``: the smallest generator, and judge of the last channel."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x[:, -1:]


def given(weight: float = 1.0) -> Given:
    """Two pixels: inputs 1 and 2, targets 3 and 0."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64).reshape(1, 1, 1, 2)
    y = torch.tensor([3.0, 0.0], dtype=torch.float64).reshape(1, 1, 1, 2)
    return Given(x, y * weight, torch.full_like(x, weight), torch.zeros(1, 0, 1, 2))


def duel(judge: float = 0.5) -> steps.Adversarial:
    step = steps.Adversarial(1, 1, l1=100.0, width=2, layers=1)
    step.discriminator = Line(judge)
    return step


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_both_losses_and_both_updates_are_those_worked_out_by_hand() -> None:
    """Generator g x, judge d y; g = 2 and d = 0.5, so predictions are 2 and 4 and recordings 3 and 0.

    Judge: ((ln(1 + e^-1.5) + ln 2) / 2 + (ln(1 + e^1) + ln(1 + e^2)) / 2) / 2. Then, with the judge updated, the
    generator: (ln(1 + e^-2d) + ln(1 + e^-4d)) / 2 + 100 (|2 - 3| + |4 - 0|) / 2.
    """
    step, generator = duel(), Line(2.0)
    assert isinstance(step, Step)
    turns = step(generator, given())
    learner, loss = next(turns)
    told = ((math.log1p(math.exp(-1.5)) + math.log(2)) / 2 + (math.log1p(math.e) + math.log1p(math.exp(2))) / 2) / 2
    assert learner is step.discriminator
    assert loss.item() == pytest.approx(told, rel=1e-6)
    slope = ((-3 * sigmoid(-1.5) + 0) / 2 + (2 * sigmoid(1) + 4 * sigmoid(2)) / 2) / 2
    loss.backward()
    assert generator.scale.grad is None
    assert step.discriminator.scale.grad.item() == pytest.approx(slope, rel=1e-6)
    with torch.no_grad():
        step.discriminator.scale -= 0.1 * step.discriminator.scale.grad
    d = 0.5 - 0.1 * slope
    learner, loss = next(turns)
    fooled = (math.log1p(math.exp(-2 * d)) + math.log1p(math.exp(-4 * d))) / 2
    assert learner is generator
    assert loss.item() == pytest.approx(fooled + 100 * 2.5, rel=1e-6)
    loss.backward()
    by_hand = (-d * sigmoid(-2 * d) - 2 * d * sigmoid(-4 * d)) / 2 + 100 * (-1 + 2) / 2
    assert generator.scale.grad.item() == pytest.approx(by_hand, rel=1e-6)
    assert next(turns, None) is None


def test_every_label_keeps_the_weight_that_it_has_alone() -> None:
    """Two labels that are both missed by 3: 100 x (3 + 3) beside the adversarial loss, as if each had its own net."""
    step = steps.Adversarial(1, 2, l1=100.0, width=2, layers=1)
    step.discriminator = Line(0.0)
    missed = torch.full((1, 2, 1, 2), 3.0, dtype=torch.float64)
    both = Given(torch.zeros(1, 1, 1, 2, dtype=torch.float64), missed, torch.ones_like(missed), torch.zeros(1, 0, 1, 2))
    generator = nn.Conv2d(1, 2, 1, bias=False).double()
    *_, (learner, loss) = step(generator, both)
    assert learner is generator
    assert loss.item() == pytest.approx(math.log(2) + 100 * 6)


def test_what_was_not_recorded_tells_neither_net_anything() -> None:
    step, generator = duel(), Line(2.0)
    for learner, loss in step(generator, given(weight=0.0)):
        loss.backward(inputs=list(learner.parameters()))
        assert learner.scale.grad.item() == 0


def test_one_patch_is_learnt_by_heart_against_the_discriminator() -> None:
    torch.manual_seed(3)
    generator = net.build(1, 1, width=8, depth=3, last="linear")
    step = steps.Adversarial(1, 1, l1=100.0, width=4, layers=2)
    batch = Given(
        torch.randn(1, 1, 16, 16), torch.randn(1, 1, 16, 16), torch.ones(1, 1, 16, 16), torch.zeros(1, 0, 16, 16)
    )
    optimisers = {
        learner: torch.optim.Adam(learner.parameters(), lr=5e-3, betas=(0.5, 0.999))
        for learner in (generator, step.discriminator)
    }
    for _ in range(150):
        for learner, loss in step(generator, batch):
            optimisers[learner].zero_grad()
            loss.backward(inputs=list(learner.parameters()))
            optimisers[learner].step()
    assert (generator.eval()(batch.inputs) - batch.targets).abs().mean() < 0.3
