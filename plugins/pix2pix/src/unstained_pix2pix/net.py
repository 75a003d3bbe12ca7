"""The generator of pix2pix (Isola et al. 2017), UNet-256, written anew from its published description.

Nothing but torch is imported: this file travels inside state-dict packages.
"""

from __future__ import annotations

import torch
from torch import nn

DROPPED = 3
"""Levels above the lowest that drop half of their features while training: the noise of the published GAN."""
SLOPE = 0.2
"""Of the leaky rectifier on the way down."""


class Level(nn.Module):
    """One halving, everything below it, and one doubling; what came in and what was found leave side by side.

    4-wide convolutions of stride 2. A leaky rectifier comes before the halving and a rectifier before the doubling;
    both are normalised, but for the halving at the bottom, which leaves a single pixel of a patch of 256.
    """

    def __init__(self, in_channels: int, width: int, below: nn.Module | None, *, drop: bool) -> None:
        """``width`` features below the halving; ``below`` doubles them, the bottom has none."""
        super().__init__()
        self.down = nn.Sequential(
            nn.LeakyReLU(SLOPE), nn.Conv2d(in_channels, width, kernel_size=4, stride=2, padding=1, bias=False)
        )
        if below is not None:
            self.down.append(nn.BatchNorm2d(width))
        self.below = below
        self.up = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(
                width if below is None else 2 * width, in_channels, kernel_size=4, stride=2, padding=1, bias=False
            ),
            nn.BatchNorm2d(in_channels),
            nn.Dropout(0.5 if drop else 0.0),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b 2c y x``."""
        found = self.down(x)
        found = self.up(found if self.below is None else self.below(found))
        return torch.cat([x, found], dim=1)


class Net(nn.Module):
    """The outermost halving and doubling, which are neither normalised nor skipped, around the levels."""

    def __init__(self, in_channels: int, out_channels: int, *, width: int, depth: int, widest: int, last: str) -> None:
        """``depth`` halvings, ``widest`` as in ``build``; initialised as published: see ``_initialise``."""
        super().__init__()
        widths = [min(2**level, widest) * width for level in range(depth)]
        below: Level | None = None
        for level in reversed(range(1, depth)):
            above = depth - 1 - level  # how far the level is from the bottom
            below = Level(widths[level - 1], widths[level], below, drop=0 < above <= DROPPED)
        self.first = nn.Conv2d(in_channels, width, kernel_size=4, stride=2, padding=1, bias=False)
        self.levels = below
        self.head = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(2 * width, out_channels, kernel_size=4, stride=2, padding=1)
        )
        self.last = nn.Tanh() if last == "tanh" else nn.Identity()
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in y x`` to ``b out y x``; every edge a multiple of ``2 ** depth``."""
        found = self.first(x)
        if self.levels is not None:
            found = self.levels(found)
        prediction: torch.Tensor = self.last(self.head(found))
        return prediction


def build(
    in_channels: int, out_channels: int, *, width: int = 64, depth: int = 8, widest: int = 8, last: str = "tanh"
) -> Net:
    """Return the net, freshly initialised.

    ``width`` features at the top are doubled at each of ``depth`` halvings, up to ``widest`` times as many: 64, 8 and 8
    give 54,407,809 parameters for one channel in and one out. ``last`` is ``tanh``, as published, or ``linear``.
    """
    if depth < 2:  # noqa: PLR2004 - the skip of the outermost level has to come from somewhere
        message = f"depth is {depth}, expected 2 or more"
        raise ValueError(message)
    if last not in ("tanh", "linear"):
        message = f"last is {last!r}, expected tanh or linear"
        raise ValueError(message)
    return Net(in_channels, out_channels, width=width, depth=depth, widest=widest, last=last)


def _initialise(module: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), batch-normalisation scales from N(1, 0.02); biases and shifts are 0."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
