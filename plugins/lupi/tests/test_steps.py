"""Losses, critic and updates against values worked out by hand."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

import unstained_lupi
from unstained_lupi import net, steps
from zoo.errors import ZooError
from zoo.training.steps import Given, Step

ARCHITECTURES = dict(zip((steps.Privileged, steps.Relativistic), unstained_lupi.zoo_architectures(), strict=True))


def tensor(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def log1p_exp(x: float) -> float:
    return math.log1p(math.exp(x))


class Told(nn.Module):
    """A net with fixed answers, each shifted by one number that learns."""

    def __init__(self, prediction: torch.Tensor, logits: torch.Tensor, early: list[torch.Tensor]) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.lean = nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.answers = prediction, logits, early

    def privileged(self, _x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        prediction, logits, early = self.answers
        return prediction + self.shift, logits + self.lean, early

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.privileged(x)[0]


def told() -> Told:
    """Two pixels: the first is nucleus and segmented so (logits -1 and 2), the second is not, but is taken for it."""
    logits = torch.cat([tensor([-1.0, -0.5]), tensor([2.0, 0.5])], dim=1)
    return Told(tensor([0.9, 0.4]), logits, [tensor([0.5])])


def given(weights: torch.Tensor | None = None) -> Given:
    targets = tensor([1.0, 0.0])
    return Given(targets, targets, torch.ones_like(targets) if weights is None else weights, tensor([1.0, 0.0]))


HARD = 1 + log1p_exp(0.5)
"""What the second pixel weighs: 1 and the cross-entropy of the background's logit, -0.5, where background is true."""


def test_a_pixel_weighs_more_where_the_segmentation_is_wrong() -> None:
    net_, batch = told(), given()
    truth = torch.cat([1 - batch.masks, batch.masks], 1)
    entropy = nn.functional.binary_cross_entropy_with_logits(net_.answers[1], truth, reduction="none")
    assert steps.hard(net_.answers[1], truth, entropy).flatten().tolist() == pytest.approx([1, HARD])


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((1.0, 0.0, 0.0), (0.1 + 0.4 * HARD) / 2),
        ((0.0, 1.0, 0.0), (log1p_exp(-1) + log1p_exp(0.5) + log1p_exp(-2) + log1p_exp(0.5)) / 4),
        ((0.0, 0.0, 1.0), 0.5),  # one early pixel, nearest to the first: |0.5 - 1| * 1
    ],
)
def test_each_of_the_three_losses_is_the_one_worked_out_by_hand(
    terms: tuple[float, float, float], expected: float
) -> None:
    prediction, segmentation, early = terms
    step = steps.Privileged(1, 1, prediction=prediction, segmentation=segmentation, early=early)
    assert isinstance(step, Step)
    ((_, loss),) = step(told(), given())
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_the_published_weights_join_them_and_one_update_is_the_one_worked_out_by_hand() -> None:
    """The prediction's shift has the slope (-1 + HARD) / 2; the logits' lean reaches the loss through the weight too.

    d HARD / d lean = sigmoid(-0.5); the cross-entropies have the slopes sigmoid(z) - truth.
    """
    step, learner = steps.Privileged(1, 1, prediction=1.0, segmentation=0.05, early=0.1), told()
    ((who, loss),) = step(learner, given())
    loss.backward()
    assert who is learner
    assert learner.shift.grad.item() == pytest.approx((-1 + HARD) / 2, rel=1e-6)
    s = [1 / (1 + math.exp(-z)) for z in (-1, -0.5, 2, 0.5)]
    by_hand = 0.4 * s[1] / 2 + 0.05 * (s[0] + (s[1] - 1) + (s[2] - 1) + s[3]) / 4
    assert learner.lean.grad.item() == pytest.approx(0.4 * (s[1] - 1) / 2 + by_hand - 0.4 * s[1] / 2, rel=1e-6)


def test_pixels_that_were_not_recorded_teach_nothing() -> None:
    step = steps.Privileged(1, 1, prediction=1.0, segmentation=1.0, early=0.0)
    ((_, loss),) = step(told(), given(tensor([1.0, 0.0])))
    assert loss.item() == pytest.approx(0.1 + (log1p_exp(-1) + log1p_exp(-2)) / 2, rel=1e-6)


def test_masks_and_classes_must_agree() -> None:
    step = steps.Privileged(1, 1, prediction=1.0, segmentation=1.0, early=1.0)
    batch = given()._replace(masks=torch.zeros(1, 2, 1, 2, dtype=torch.float64))
    with pytest.raises(ZooError) as error:
        list(step(told(), batch))
    assert str(error.value) == (
        "recipe: 2 masks for 2 classes, expected one less than classes\n"
        "  hint: give the net as many --option classes= as there are masks and background"
    )


def test_the_error_of_gradients_is_that_of_the_sizes_of_differences() -> None:
    """Along x: | |2-1| - |0-4| | = 3 and 0; along y: | |1-1| - |1-0| | = 1 and | |2-2| - |1-4| | = 3; eight pairs."""
    found, wanted = tensor([1.0, 2.0], [1.0, 2.0]), tensor([0.0, 4.0], [1.0, 1.0])
    everywhere = torch.ones_like(found)
    assert steps.gradient_error(found, wanted, everywhere).item() == pytest.approx((3 + 1 + 1 + 3) / 8)
    upper = tensor([1.0, 1.0], [0.0, 0.0])
    assert steps.gradient_error(found, wanted, upper).item() == pytest.approx(3 / 4)


def test_the_critic_has_the_published_parameters_and_sees_142_pixels() -> None:
    with torch.device("meta"):
        assert count(steps.Discriminator(8, width=32, layers=4)) == 1_746_337
    judge = steps.Discriminator(1, width=1, layers=4).double().eval()
    with torch.no_grad():
        for parameter in judge.parameters():
            parameter.fill_(0.1)
    x = torch.ones(1, 1, 256, 256, dtype=torch.float64, requires_grad=True)
    found = judge(x)
    found[0, 0, found.shape[2] // 2, found.shape[3] // 2].backward()
    columns = torch.nonzero(x.grad.abs().amax((0, 1, 2)))
    assert int(columns.max() - columns.min()) + 1 == 142


def test_the_pool_is_the_mean_of_the_last_fifty_images() -> None:
    pool = steps.Pool()
    assert pool.mean.item() == 0
    pool.add(torch.full((2, 1, 3, 3), 4.0))
    pool.add(torch.full((1, 1, 3, 3), 1.0))
    assert pool.mean.item() == pytest.approx(3.0)
    for value in range(60):
        pool.add(torch.full((1, 1, 3, 3), float(value)))
    assert pool.mean.item() == pytest.approx(sum(range(10, 60)) / 50)
    again = steps.Pool()
    again.load_state_dict(pool.state_dict())
    assert again.mean == pool.mean


class Line(nn.Module):
    """``scale * x``: the smallest net, and critic of the last channel."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x[:, -1:]


def critical(**changes: float) -> steps.Relativistic:
    terms = {"gradient": 5.0, "adversarial": 0.5, "alone": 1, "rate": 0.1, "width": 2, "layers": 1, **changes}
    step = steps.Relativistic(1, 1, **terms).double()
    step.discriminator = Line(0.5)
    return step


def pair() -> Given:
    x, y = tensor([1.0, 2.0]), tensor([3.0, 0.0])
    return Given(x, y, torch.ones_like(x), torch.zeros(1, 0, 1, 2))


def test_the_critic_joins_after_a_while() -> None:
    """Net 2 x against 3 and 0: |2 - 3| and |4 - 0|, and | |4 - 2| - |0 - 3| | over two pairs in each direction."""
    step, generator = critical(), Line(2.0)
    assert isinstance(step, Step)
    assert step.rates == {"discriminator": 0.1}
    ((learner, loss),) = step(generator, pair())
    assert learner is generator
    assert loss.item() == pytest.approx(2.5 + 5 * 1 / 4)
    assert [who for who, _ in step(generator, pair())] == [step.discriminator, generator]


def test_critic_and_net_learn_from_the_losses_worked_out_by_hand() -> None:
    """Judgements 1.5 and 0 of the recording, 1 and 2 of the prediction: their means are 0.75 and 1.5."""
    step, generator = critical(alone=0), Line(2.0)
    turns = step(generator, pair())
    learner, loss = next(turns)
    square = ((1.5 - 1.5 - 1) ** 2 + (0 - 1.5 - 1) ** 2) / 2, ((1 - 0.75 + 1) ** 2 + (2 - 0.75 + 1) ** 2) / 2
    assert learner is step.discriminator
    assert loss.item() == pytest.approx(sum(square) / 2)
    loss.backward()
    assert generator.scale.grad is None
    slope = ((3 * -1 + 0 * -2.5) + (2 * 1.25 + 4 * 2.25)) / 2  # pools are remembered numbers: no slope goes through
    assert learner.scale.grad.item() == pytest.approx(slope)
    learner, loss = next(turns)
    square = ((1.5 - 1.5 + 1) ** 2 + (0 - 1.5 + 1) ** 2) / 2, ((1 - 0.75 - 1) ** 2 + (2 - 0.75 - 1) ** 2) / 2
    assert learner is generator
    assert loss.item() == pytest.approx(2.5 + 5 * 1 / 4 + 0.5 * sum(square) / 2)
    loss.backward()
    fooled = (0.5 * 1 * (1 - 0.75 - 1) + 0.5 * 2 * (2 - 0.75 - 1)) / 2
    gradients = 5 * -1 / 4  # | |2s - s| - 3 |: a larger s is nearer
    assert generator.scale.grad.item() == pytest.approx((-1 + 2) / 2 + gradients + 0.5 * fooled)


@pytest.mark.parametrize("kind", [steps.Privileged, steps.Relativistic])
def test_one_patch_is_learnt_by_heart(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    inside = torch.zeros(1, 1, 16, 16)
    inside[..., 4:12, 4:12] = 1
    batch = Given(inside + 0.3 * torch.randn(1, 1, 16, 16), inside * 0.8, torch.ones(1, 1, 16, 16), inside)
    terms = ARCHITECTURES[kind].presets["paper"].recipe.terms
    step: Any = kind(1, 1, **terms | ({"alone": 5, "width": 4, "layers": 1} if kind is steps.Relativistic else {}))
    build = net.build_lupi if kind is steps.Privileged else partial(net.build, last="linear")
    learner = build(1, 1, first=8, growth=4, depth=2)
    for module in learner.modules():
        if isinstance(module, nn.Dropout | nn.Dropout2d):
            module.p = 0.0
    optimisers = {
        who: torch.optim.AdamW(who.parameters(), lr=1e-2)
        for who in (learner, *(getattr(step, name) for name in step.rates))
    }
    errors = []
    for _ in range(40):
        for who, loss in step(learner, batch):
            optimisers[who].zero_grad()
            loss.backward(inputs=list(who.parameters()))
            optimisers[who].step()
        errors.append((learner(batch.inputs) - batch.targets).abs().mean().item())
    assert errors[-1] < 0.3 * errors[0]
