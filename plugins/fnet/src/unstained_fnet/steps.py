"""How the net with spread learns: the likelihood of what was recorded under a normal distribution for each pixel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

if TYPE_CHECKING:
    from unstained_fnet.net import Spread
    from zoo.training.steps import Given


class Heteroscedastic(nn.Module):
    """The loss of the published code's heteroscedastic head (after Kendall & Gal 2017), and a share of squared errors.

    The likelihood alone learns means slowly where it has given up on them: an error counts for less, the wider the
    distribution. The squared error keeps its hold on the mean.
    """

    rates: ClassVar[Mapping[str, float]] = {}

    def __init__(self, in_channels: int, out_channels: int, *, squared: float) -> None:
        """``squared`` weighs the squared error beside the likelihood; 0 as published."""
        super().__init__()
        del in_channels, out_channels
        self.squared = squared

    def forward(self, net: Spread, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """The net learns mean and spread at once."""
        means, log_variances = (part.float() for part in net.means_and_log_variances(given.inputs))
        loss = likelihood(means, log_variances, given.targets, given.weights)
        if self.squared:
            squares = (means - given.targets).square() * given.weights
            loss = loss + self.squared * squares.sum() / given.weights.sum().clamp(min=1.0)
        yield net, loss


def likelihood(
    means: torch.Tensor, log_variances: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Mean over recorded pixels of ``0.5 exp(-s) (mu - y)^2 + 0.5 s``, with s the logarithm of the variance.

    The negative logarithm of a normal density less a constant. All are (patch, label, [z,] y, x).
    """
    losses = 0.5 * (-log_variances).exp() * (means - targets).square() + 0.5 * log_variances
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)
