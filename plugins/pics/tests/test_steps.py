"""Losses over classes against values worked out by hand, and one update."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unstained_pics import efficient, steps
from zoo.errors import ZooError
from zoo.training.steps import Given, Step

FOUND = torch.tensor([[0.6, 0.2], [0.1, 0.3], [0.3, 0.5]], dtype=torch.float64).reshape(1, 3, 1, 2)
TRUTH = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]], dtype=torch.float64).reshape(1, 3, 1, 2)
EVERYWHERE = torch.ones(1, 1, 1, 2, dtype=torch.float64)


def test_overlap_is_the_mean_over_classes_of_what_is_shared() -> None:
    """Class 0: 2 * 0.6 / (0.8 + 1); class 1: nothing there, 0.4 predicted; class 2: 2 * 0.5 / (0.8 + 1), halved."""
    weights = torch.tensor([1.0, 1.0, 0.5], dtype=torch.float64)
    expected = 1 - (1.2 / 1.8 + 1e-5 / 0.4 + 0.5 * 1.0 / 1.8) / 3
    assert steps.dice(FOUND, TRUTH, EVERYWHERE, weights).item() == pytest.approx(expected, rel=1e-4)


def test_a_perfect_prediction_leaves_what_the_weights_lack() -> None:
    weights = torch.tensor([1.0, 1.0, 0.5], dtype=torch.float64)
    assert steps.dice(TRUTH, TRUTH, EVERYWHERE, weights).item() == pytest.approx(1 - 2.5 / 3)


def test_focal_loss_counts_what_is_nearly_right_less() -> None:
    """0.25 (0.4^2 ln(1/0.6) + 0.5^2 ln 2) over six numbers."""
    expected = 0.25 * (0.16 * math.log(1 / 0.6) + 0.25 * math.log(2)) / 6
    assert steps.focal(FOUND, TRUTH, EVERYWHERE).item() == pytest.approx(expected)


def test_pixels_that_were_not_recorded_count_for_nothing() -> None:
    first = torch.tensor([1.0, 0.0], dtype=torch.float64).reshape(1, 1, 1, 2)
    weights = torch.ones(3, dtype=torch.float64)
    cut = (FOUND[..., :1], TRUTH[..., :1], first[..., :1])
    assert steps.dice(FOUND, TRUTH, first, weights) == steps.dice(*cut, weights)
    assert steps.focal(FOUND, TRUTH, first) == steps.focal(*cut)


def given(masks: int = 2) -> Given:
    torch.manual_seed(0)
    inside = torch.zeros(2, masks, 32, 32)
    inside[:, 0, :16] = 1
    inside[:, -1, 16:, :8] = 1
    return Given(torch.randn(2, 1, 32, 32), torch.zeros(2, 2, 32, 32), torch.ones(2, 2, 32, 32), inside)


def small() -> efficient.Net:
    return efficient.build(1, 2, width=0.25, depth=0.5, decoder=(8, 8, 8, 8, 8))


def made() -> steps.Classes:
    return steps.Classes(1, 2, background=0.5, dice=1.0, focal=1.0)


def test_the_net_learns_both_losses_of_its_classes_and_the_background() -> None:
    step, net, batch = made(), small().eval(), given()
    assert isinstance(step, Step)
    ((learner, loss),) = step(net, batch)
    assert learner is net
    found = net.logits(batch.inputs).softmax(1)
    truth = torch.cat([batch.masks, 1 - batch.masks.sum(1, keepdim=True)], 1)
    everywhere, weights = torch.ones(2, 1, 32, 32), torch.tensor([1.0, 1.0, 0.5])
    expected = steps.dice(found, truth, everywhere, weights) + steps.focal(found, truth, everywhere)
    torch.testing.assert_close(loss, expected)


def test_one_update_of_the_head_is_the_one_worked_out_by_hand() -> None:
    """Of the bias of class k, the focal loss has the slope mean of sum over classes of dL/dp dp/dz_k."""
    torch.manual_seed(1)
    net, batch = small().eval(), given()
    step = steps.Classes(1, 2, background=0.5, dice=0.0, focal=1.0)
    before = net.head.bias.detach().double().clone()
    p = net.logits(batch.inputs).double().softmax(1).detach()
    truth = torch.cat([batch.masks, 1 - batch.masks.sum(1, keepdim=True)], 1).double()
    slope = truth * 0.25 * (2 * (1 - p) * p.log() - (1 - p) ** 2 / p) / (3 * 2 * 32 * 32)
    by_hand = (p * (slope - (slope * p).sum(1, keepdim=True))).sum((0, 2, 3))
    ((_, loss),) = step(net, batch)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
    loss.backward()
    optimiser.step()
    torch.testing.assert_close(net.head.bias.detach().double(), before - 0.5 * by_hand, rtol=1e-4, atol=1e-7)


def test_it_learns_one_patch_by_heart() -> None:
    torch.manual_seed(2)
    net, batch, step = small(), given(), made()
    for block in net.encoder.blocks:
        block.survival = 1.0
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        ((_, loss),) = step(net, batch)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 0.5
    assert losses[-1] < 1 - 2.5 / 3 + 0.03


def test_as_many_masks_as_labels_are_needed() -> None:
    with pytest.raises(ZooError) as error:
        list(made()(small(), given(1)))
    assert str(error.value) == (
        "recipe: 1 masks for 2 labels, expected one for each label\n"
        "  hint: choose labels with --labels, in the order of the masks of the recipe"
    )


def test_what_it_needs_for_training_is_no_part_of_the_net() -> None:
    assert not list(made().parameters())
    assert isinstance(made(), nn.Module)
