"""How two nets learn against each other: the objective of pix2pix (Isola et al. 2017, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

from zoo.objectives import mean_absolute_error

if TYPE_CHECKING:
    from zoo.training.steps import Given

WIDEST = 8
"""Deeper features are at most this many times as wide as those of the first layer."""
SLOPE = 0.2
"""Of the leaky rectifiers."""


class Discriminator(nn.Sequential):
    """Judges every patch of an image beside its input: above 0 it takes it for recorded.

    4-wide convolutions, ``layers`` of them of stride 2 and two of stride 1. With 3 layers a number is about 70 pixels;
    64 features then make 2,764,609 parameters for one channel in and one label.
    """

    def __init__(self, channels: int, *, width: int, layers: int) -> None:
        """``channels`` of input and labels together."""
        super().__init__(nn.Conv2d(channels, width, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE))
        for index in range(1, layers + 1):
            narrow, wide = (min(2**step, WIDEST) * width for step in (index - 1, index))
            stride = 2 if index < layers else 1
            self.append(nn.Conv2d(narrow, wide, 4, stride=stride, padding=1, bias=False))
            self.append(nn.BatchNorm2d(wide))
            self.append(nn.LeakyReLU(SLOPE))
        self.append(nn.Conv2d(wide, 1, 4, padding=1))
        self.apply(_initialise)


class Adversarial(nn.Module):
    """First the discriminator learns to tell predictions from recordings, then the generator to be taken for one."""

    rates: ClassVar[Mapping[str, float]] = {"discriminator": 1.0}

    def __init__(self, in_channels: int, out_channels: int, *, l1: float, width: int, layers: int) -> None:
        """``l1`` weighs the absolute error of each label beside the adversarial loss; the rest is the discriminator's.

        So a label of ten keeps the weight that it has in a net of its own. With the error's mean over ten labels the
        generator would be paid ten times as much for what the discriminator takes for detail.
        """
        super().__init__()
        self.l1 = l1 * out_channels
        self.discriminator = Discriminator(in_channels + out_channels, width=width, layers=layers)

    def forward(self, net: nn.Module, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """Where nothing was recorded, prediction and recording are both 0, so that it says nothing."""
        found = net(given.inputs).float() * given.weights
        real, fake = given.targets * given.weights, found.detach()
        told = (said(self._judged(given, real), truth=True) + said(self._judged(given, fake), truth=False)) / 2
        yield self.discriminator, told
        missed = mean_absolute_error(found, given.targets, given.weights)
        yield net, said(self._judged(given, found), truth=True) + self.l1 * missed

    def _judged(self, given: Given, image: torch.Tensor) -> torch.Tensor:
        judged: torch.Tensor = self.discriminator(torch.cat([given.inputs, image], dim=1)).float()
        return judged


def said(judged: torch.Tensor, *, truth: bool) -> torch.Tensor:
    """Mean cross-entropy of calling every patch recorded (``truth``) or predicted."""
    return nn.functional.softplus(-judged if truth else judged).mean()


def _initialise(module: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), batch-normalisation scales from N(1, 0.02); biases and shifts are 0."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
