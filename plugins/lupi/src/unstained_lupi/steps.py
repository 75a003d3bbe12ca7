"""How the dense U-Nets of Wieslander et al. 2021 learn: with masks as privileged information, and from a critic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from zoo.errors import ZooError
from zoo.objectives import mean_absolute_error

if TYPE_CHECKING:
    from unstained_lupi.net import Lupi
    from zoo.training.steps import Given

REMEMBERED = 50
"""Judgements of earlier images that the relativistic average is taken over."""
WIDEST = 8
"""Deeper features of the discriminator are at most this many times as wide as those of its first layer."""
SLOPE = 0.2
"""Of the leaky rectifiers."""


class Privileged(nn.Module):
    """Absolute error where pixels weigh more that the segmenting decoder gets wrong, segmentation, and early errors.

    Masks enter here alone: as the target of one decoder and in the weight of pixels.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, prediction: float, segmentation: float, early: float
    ) -> None:
        """Weights of the three losses: 1, 0.05 and 0.1 as published."""
        super().__init__()
        del in_channels, out_channels
        self.rates: Mapping[str, float] = {}
        self.prediction, self.segmentation, self.early = prediction, segmentation, early

    def forward(self, net: Lupi, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """The net learns all three at once."""
        found, logits, early = net.privileged(given.inputs)
        truth = torch.cat([1 - given.masks.amax(dim=1, keepdim=True), given.masks], dim=1)
        if logits.shape[1] != truth.shape[1]:
            raise ZooError(
                f"recipe: {given.masks.shape[1]} masks for {logits.shape[1]} classes, expected one less than classes",
                hint="give the net as many --option classes= as there are masks and background",
            )
        recorded = given.weights.amax(dim=1, keepdim=True)
        entropy = functional.binary_cross_entropy_with_logits(logits.float(), truth, reduction="none")
        segmentation = (entropy * recorded).sum() / (recorded.sum().clamp(min=1.0) * truth.shape[1])
        weights = given.weights * hard(logits, truth, entropy)
        count = given.weights.sum().clamp(min=1.0)
        prediction = ((found.float() - given.targets).abs() * weights).sum() / count
        losses = self.prediction * prediction + self.segmentation * segmentation
        yield net, losses + self.early * sum(missed(level.float(), given, weights) for level in early)


def hard(logits: torch.Tensor, truth: torch.Tensor, entropy: torch.Tensor) -> torch.Tensor:
    """What a pixel weighs, (patch, 1, y, x): 1 where it is segmented right, else 1 more than its cross-entropy.

    The cross-entropy is that of the background's logit, as in the authors' code, and gradients flow through it.
    """
    wrong = logits.argmax(dim=1, keepdim=True) != truth.argmax(dim=1, keepdim=True)
    return torch.where(wrong, 1 + entropy[:, :1], 1.0)


def missed(early: torch.Tensor, given: Given, weights: torch.Tensor) -> torch.Tensor:
    """Weighted absolute error of an early, small prediction against the nearest pixels of the target."""
    size = list(early.shape[-2:])
    target, weight, recorded = (functional.interpolate(x, size) for x in (given.targets, weights, given.weights))
    return ((early - target).abs() * weight).sum() / recorded.sum().clamp(min=1.0)


class Relativistic(nn.Module):
    """Absolute error, error of the gradients and, after a while, a critic that compares with what it saw before."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        gradient: float,
        adversarial: float,
        alone: int,
        rate: float,
        width: int,
        layers: int,
    ) -> None:
        """Weights of two losses beside the absolute error, and how the critic is made and learns.

        ``alone`` steps go by before it joins; its learning rate is ``rate`` times that of the recipe.
        """
        super().__init__()
        self.gradient, self.adversarial, self.alone = gradient, adversarial, alone
        self.discriminator = Discriminator(in_channels + out_channels, width=width, layers=layers)
        self.real, self.fake = Pool(), Pool()
        self.rates: Mapping[str, float] = {"discriminator": rate}
        self.steps: torch.Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, net: nn.Module, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """First the critic learns, then the net."""
        found = net(given.inputs).float()
        errors = mean_absolute_error(found, given.targets, given.weights)
        errors = errors + self.gradient * gradient_error(found, given.targets, given.weights)
        self.steps += 1
        if self.steps <= self.alone:
            yield net, errors
            return
        real, fake = (self._judged(given, image) for image in (given.targets, found.detach()))
        self.real.add(real)
        self.fake.add(fake)
        yield self.discriminator, self._compared(real, fake, 1.0)
        with torch.no_grad():
            real = self._judged(given, given.targets)
        yield net, errors + self.adversarial * self._compared(real, self._judged(given, found), -1.0)

    def _judged(self, given: Given, image: torch.Tensor) -> torch.Tensor:
        """Where nothing was recorded, prediction and recording are both 0, so that it says nothing."""
        judged: torch.Tensor = self.discriminator(torch.cat([given.inputs, image * given.weights], dim=1)).float()
        return judged

    def _compared(self, real: torch.Tensor, fake: torch.Tensor, above: float) -> torch.Tensor:
        """Least squares from being ``above`` what the other kind was judged so far, and as far below."""
        return ((real - self.fake.mean - above).square().mean() + (fake - self.real.mean + above).square().mean()) / 2


class Discriminator(nn.Sequential):
    """Judges every patch of an image beside its input.

    4-wide convolutions, ``layers`` of them of stride 2 and two of stride 1. With 4 layers a number is about 142 pixels;
    32 features then make 1,746,337 parameters for seven planes in and one label.
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


class Pool(nn.Module):
    """The mean judgement of the last images; part of a checkpoint, so that a run goes on as it was."""

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        super().__init__()
        self.means: torch.Tensor
        self.seen: torch.Tensor
        self.register_buffer("means", torch.zeros(REMEMBERED))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def add(self, judged: torch.Tensor) -> None:
        """Remember the judgement of each image, (patch, 1, y, x), in place of the oldest."""
        for mean in judged.detach().mean(dim=(1, 2, 3)):
            self.means[self.seen % REMEMBERED] = mean
            self.seen += 1

    @property
    def mean(self) -> torch.Tensor:
        """Over all that is remembered: all judgements are of one size, so the mean of means is the mean."""
        return self.means.sum() / self.seen.clamp(1, REMEMBERED)


def gradient_error(prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of the sizes of forward differences along y and x, over recorded pairs of pixels.

    As published the last row and column count as pairs without difference. Arguments as in ``zoo.objectives``.
    """
    total: torch.Tensor = prediction.new_zeros(())
    for axis in (-2, -1):
        found, wanted = (image.diff(dim=axis).abs() for image in (prediction, target))
        edges = [weight.narrow(axis, start, weight.shape[axis] - 1) for start in (0, 1)]
        total = total + ((found - wanted).abs() * edges[0] * edges[1]).sum()
    return total / (2 * weight.sum()).clamp(min=1.0)
