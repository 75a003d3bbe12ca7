"""How the E-U-Net learns classes: from masks of instances, by overlap and by focal cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

from zoo.errors import ZooError

if TYPE_CHECKING:
    from unstained_pics.efficient import Net
    from zoo.training.steps import Given

SMOOTH = 1e-5
"""Pixels added to both sides of an overlap: a class that is neither there nor predicted is right."""
ALPHA, GAMMA = 0.25, 2.0
"""Scale of the focal loss, and how much less a pixel counts that is nearly right."""
TINY = 1e-7
"""Probabilities are kept this far from 0 and 1."""


class Classes(nn.Module):
    """Classes in the order of the masks, and the background: the nets of Hu et al. 2022."""

    rates: ClassVar[Mapping[str, float]] = {}

    def __init__(self, in_channels: int, out_channels: int, *, background: float, dice: float, focal: float) -> None:
        """``background`` is the weight of that class in the overlap, ``dice`` and ``focal`` those of the two losses."""
        super().__init__()
        del in_channels
        self.out_channels, self.background, self.dice, self.focal = out_channels, background, dice, focal

    def forward(self, net: Net, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """The net learns which class each recorded pixel belongs to."""
        if given.masks.shape[1] != self.out_channels:
            raise ZooError(
                f"recipe: {given.masks.shape[1]} masks for {self.out_channels} labels, expected one for each label",
                hint="choose labels with --labels, in the order of the masks of the recipe",
            )
        outside = 1 - given.masks.amax(dim=1, keepdim=True)
        truth = torch.cat([given.masks, outside], dim=1)
        found = net.logits(given.inputs).float().softmax(dim=1)
        recorded = given.weights.amax(dim=1, keepdim=True)
        weights = truth.new_tensor([1.0] * self.out_channels + [self.background])
        losses = self.dice * dice(found, truth, recorded, weights) + self.focal * focal(found, truth, recorded)
        yield net, losses


def dice(found: torch.Tensor, truth: torch.Tensor, recorded: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """One minus the mean over classes of weight times overlap, ``2 sum(p t) / (sum p + sum t)`` over the batch.

    ``found`` and ``truth`` are (patch, class, y, x), ``recorded`` (patch, 1, y, x), ``weights`` (class,). As in the
    authors' code the mean is over the number of classes, so that weights below 1 leave a loss above 0.
    """
    axes = (0, 2, 3)
    both = (found * truth * recorded).sum(axes)
    either = (found * recorded).sum(axes) + (truth * recorded).sum(axes)
    return 1 - (weights * (2 * both + SMOOTH) / (either + SMOOTH)).mean()


def focal(found: torch.Tensor, truth: torch.Tensor, recorded: torch.Tensor) -> torch.Tensor:
    """Mean over classes and recorded pixels of ``-t a (1 - p)^g log p`` (Lin et al. 2017); arguments as in ``dice``."""
    probable = found.clamp(TINY, 1 - TINY)
    missed = -truth * ALPHA * (1 - probable) ** GAMMA * probable.log()
    return (missed * recorded).sum() / (recorded.sum().clamp(min=1.0) * found.shape[1])
