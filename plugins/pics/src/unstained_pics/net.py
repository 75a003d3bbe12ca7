"""A U-Net with a quarter of the usual features, as PICS is described; written anew, no code of the authors is public.

Nothing but torch is imported: this file travels inside state-dict packages.
"""

from __future__ import annotations

import torch
from torch import nn


class Block(nn.Module):
    """Two 3-wide convolutions, each normalised and rectified; ``residual`` adds the block's input to its output."""

    def __init__(self, in_channels: int, width: int, *, residual: bool, normed: bool) -> None:
        """Where the block changes the number of features, its input is brought to ``width`` by a 1-wide convolution."""
        super().__init__()
        self.first = _layer(in_channels, width, normed=normed)
        self.second = _layer(width, width, normed=normed)
        self.short: nn.Module | None = None
        if residual:
            same = in_channels == width
            self.short = nn.Identity() if same else nn.Conv2d(in_channels, width, kernel_size=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b width y x``."""
        found: torch.Tensor = self.second(self.first(x))
        return found if self.short is None else found + self.short(x)


class Level(nn.Module):
    """One level of the U and everything below it.

    A block, halving by the largest of 2 x 2, the next level, a learned doubling, and a block over skip and doubled
    features side by side. The lowest level (``depth`` 0) is its first block alone.
    """

    def __init__(self, in_channels: int, width: int, *, depth: int, residual: bool, normed: bool) -> None:
        """Features of this level are ``width`` wide, those below twice as wide."""
        super().__init__()
        self.encode = Block(in_channels, width, residual=residual, normed=normed)
        self.below: nn.Sequential | None = None
        if depth > 0:
            self.below = nn.Sequential(
                nn.MaxPool2d(2),
                Level(width, 2 * width, depth=depth - 1, residual=residual, normed=normed),
                nn.ConvTranspose2d(2 * width, width, kernel_size=2, stride=2),
            )
            self.decode = Block(2 * width, width, residual=residual, normed=normed)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b width y x``."""
        skip: torch.Tensor = self.encode(x)
        if self.below is None:
            return skip
        decoded: torch.Tensor = self.decode(torch.cat([skip, self.below(skip)], dim=1))
        return decoded


class Net(nn.Module):
    """The U, and a 1-wide convolution that turns its features into the predicted labels."""

    def __init__(
        self, in_channels: int, out_channels: int, *, width: int, depth: int, residual: bool, normed: bool
    ) -> None:
        """Initialise as the first U-Net was: see ``_initialise``."""
        super().__init__()
        self.features = Level(in_channels, width, depth=depth, residual=residual, normed=normed)
        self.head = nn.Conv2d(width, out_channels, kernel_size=1)
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in y x`` to ``b out y x``; every spatial edge a multiple of ``2 ** depth``. Linear."""
        prediction: torch.Tensor = self.head(self.features(x))
        return prediction


def build(
    in_channels: int,
    out_channels: int,
    *,
    width: int = 16,
    depth: int = 4,
    residual: bool = False,
    normed: bool = True,
) -> Net:
    """Return the net, freshly initialised.

    ``width`` features at the top are doubled at each of ``depth`` halvings: 16 and 4 give 1,943,761 parameters for one
    channel in and one out (1,940,817 without batch normalisation, ``normed``), 64 and 4 the usual 31,042,369.
    ``residual`` adds the input of every block to its output.
    """
    return Net(in_channels, out_channels, width=width, depth=depth, residual=residual, normed=normed)


def _layer(in_channels: int, width: int, *, normed: bool) -> nn.Sequential:
    """Convolve 3-wide with zero padding, normalise and rectify."""
    convolution = nn.Conv2d(in_channels, width, kernel_size=3, padding=1)
    norm: list[nn.Module] = [nn.BatchNorm2d(width)] if normed else []
    return nn.Sequential(convolution, *norm, nn.ReLU(inplace=True))


def _initialise(module: nn.Module) -> None:
    """Draw weights from N(0, 2 / n) with n the numbers that one output sums, as Ronneberger et al. 2015; biases are 0.

    A doubled pixel sums over the features alone: stride and kernel of the doubling are equal.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    elif isinstance(module, nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, (2 / module.in_channels) ** 0.5)
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and module.bias is not None:
        nn.init.zeros_(module.bias)
