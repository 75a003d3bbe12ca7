"""The dense U-Nets of Wieslander et al. 2021, written anew from the authors' description of them (MIT, 2021).

Nothing but torch is imported: this file travels inside state-dict packages.
"""

from __future__ import annotations

import torch
from torch import nn

LAYERS = 4
"""Convolutions of a dense block."""
DROPOUT = 0.2


class Dense(nn.Module):
    """Four layers, each of which sees the input and what all earlier layers found, and adds ``growth`` features.

    A layer normalises, rectifies, convolves 3-wide and drops a fifth of what it found while training.
    """

    def __init__(self, in_channels: int, growth: int, *, only_new: bool) -> None:
        """``only_new`` leaves the input out of the output."""
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(in_channels + index * growth),
                nn.ReLU(inplace=True),
                nn.Conv2d(in_channels + index * growth, growth, kernel_size=3, padding=1),
                nn.Dropout(DROPOUT),
            )
            for index in range(LAYERS)
        )
        self.only_new = only_new
        self.width = LAYERS * growth + (0 if only_new else in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b width y x``."""
        found = [x]
        for layer in self.layers:
            found.append(layer(torch.cat(found, dim=1)))
        return torch.cat(found[1:] if self.only_new else found, dim=1)


class Down(nn.Sequential):
    """Normalise, rectify, mix the features of each pixel, drop a fifth of the features, keep the largest of 2 x 2."""

    def __init__(self, width: int) -> None:
        """As many features leave as come in."""
        super().__init__(
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, kernel_size=1),
            nn.Dropout2d(DROPOUT),
            nn.MaxPool2d(2),
        )


class Up(nn.Sequential):
    """Four features for each, laid out as 2 x 2 pixels and blurred over 2 x 2: doubling without a chequerboard."""

    def __init__(self, width: int) -> None:
        """As many features leave as come in."""
        convolution = nn.Conv2d(width, 4 * width, kernel_size=3, padding=1)
        super().__init__(
            convolution,
            nn.ReLU(inplace=True),
            nn.PixelShuffle(2),
            nn.ReplicationPad2d((1, 0, 1, 0)),
            nn.AvgPool2d(2, 1),
        )
        with torch.no_grad():  # the four pixels of a feature start as the same (Aitken et al. 2017)
            alike = nn.init.kaiming_normal_(torch.empty_like(convolution.weight[:width]))
            convolution.weight.copy_(alike.repeat_interleave(4, dim=0))


class Encoder(nn.Module):
    """Dense blocks and halvings, and a dense block at the bottom."""

    def __init__(self, in_channels: int, *, first: int, growth: int, depth: int) -> None:
        """``first`` features out of the first convolution; ``depth`` halvings."""
        super().__init__()
        self.first = nn.Conv2d(in_channels, first, kernel_size=3, padding=1)
        widths = [first + LAYERS * growth * level for level in range(depth + 1)]
        self.blocks = nn.ModuleList(Dense(width, growth, only_new=False) for width in widths[:-1])
        self.downs = nn.ModuleList(Down(width) for width in widths[1:])
        self.bottom = Dense(widths[-1], growth, only_new=True)
        self.widths = tuple(widths[1:])

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Skips from the top down, then the new features of the bottom."""
        found = []
        x = self.first(x)
        for block, down in zip(self.blocks, self.downs, strict=True):
            found.append(block(x))
            x = down(found[-1])
        return [*found, self.bottom(x)]


class Decoder(nn.Module):
    """Doublings and dense blocks, from the bottom up; all blocks but the last hand on their new features alone."""

    def __init__(self, skips: tuple[int, ...], growth: int) -> None:
        """``skips`` are the widths of the skips, from the top down; zeros where there are none."""
        super().__init__()
        new = LAYERS * growth
        self.ups = nn.ModuleList(Up(new) for _ in skips)
        self.blocks = nn.ModuleList(
            Dense(new + skip, growth, only_new=level > 0) for level, skip in reversed(list(enumerate(skips)))
        )
        self.width = 2 * new + skips[0]

    def forward(
        self, bottom: torch.Tensor, skips: list[torch.Tensor], added: list[torch.Tensor] | None = None
    ) -> list[torch.Tensor]:
        """What every level found, from the bottom up; ``added`` joins what each but the lowest level is given."""
        found: list[torch.Tensor] = []
        x = bottom
        for level, (up, block) in enumerate(zip(self.ups, self.blocks, strict=True)):
            if level and added is not None:
                x = x + added[level - 1]
            x = up(x)
            x = block(torch.cat([skips[-1 - level], x], dim=1) if skips else x)
            found.append(x)
        return found


class DenseUNet(nn.Module):
    """One encoder and one decoder with skips; the output lies between 0 and 1, or is ``linear``."""

    def __init__(self, in_channels: int, out_channels: int, *, first: int, growth: int, depth: int, last: str) -> None:
        """``depth`` halvings."""
        super().__init__()
        self.encoder = Encoder(in_channels, first=first, growth=growth, depth=depth)
        self.decoder = Decoder(self.encoder.widths, growth)
        self.head = nn.Conv2d(self.decoder.width, out_channels, kernel_size=1)
        self.bounded = last == "tanh"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in y x`` to ``b out y x``; every edge a multiple of ``2 ** depth``."""
        *skips, bottom = self.encoder(x)
        found: torch.Tensor = self.head(self.decoder(bottom, skips)[-1])
        return (1 + torch.tanh(found)) / 2 if self.bounded else found


class Lupi(nn.Module):
    """One encoder and two decoders: where the nuclei are, without skips, and how bright they are, with skips.

    The second decoder adds what the first one found to what it hands on, level by level. So the masks that teach the
    first decoder help the second one, although no mask is ever an input.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, first: int, growth: int, depth: int, classes: int
    ) -> None:
        """``classes`` of the masks."""
        super().__init__()
        self.encoder = Encoder(in_channels, first=first, growth=growth, depth=depth)
        self.segmenting = Decoder((0,) * depth, growth)
        self.segmented = nn.Conv2d(self.segmenting.width, classes, kernel_size=1)
        self.predicting = Decoder(self.encoder.widths, growth)
        refined = Dense(self.predicting.width, growth, only_new=False)
        self.head = nn.Sequential(refined, nn.Conv2d(refined.width, out_channels, kernel_size=1))
        self.early = nn.ModuleList(nn.Conv2d(LAYERS * growth, out_channels, kernel_size=1) for _ in range(depth - 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in y x`` to ``b out y x``; every edge a multiple of ``2 ** depth``. Linear."""
        *skips, bottom = self.encoder(x)
        hints = self.segmenting(bottom, [])
        found: torch.Tensor = self.head(self.predicting(bottom, skips, hints)[-1])
        return found

    def privileged(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """Prediction, logits of the classes (b class y x), and early predictions from small to large; for training."""
        *skips, bottom = self.encoder(x)
        hints = self.segmenting(bottom, [])
        levels = self.predicting(bottom, skips, hints)
        early = [head(level) for head, level in zip(self.early, levels[:-1], strict=True)]
        return self.head(levels[-1]), self.segmented(hints[-1]), early


def build(
    in_channels: int, out_channels: int, *, first: int = 48, growth: int = 12, depth: int = 4, last: str = "tanh"
) -> DenseUNet:
    """Return the dense U-Net, freshly initialised: 1,230,913 parameters for seven planes in and one label out.

    Four layers of ``growth`` features in every dense block, ``first`` features before the first, ``depth`` halvings.
    ``last`` is ``tanh``, which is brought to 0 to 1 as published, or ``linear``.
    """
    if last not in ("tanh", "linear"):
        message = f"last is {last!r}, expected tanh or linear"
        raise ValueError(message)
    return DenseUNet(in_channels, out_channels, first=first, growth=growth, depth=depth, last=last)


def build_lupi(
    in_channels: int, out_channels: int, *, first: int = 48, growth: int = 12, depth: int = 5, classes: int = 2
) -> Lupi:
    """Return the net with a second decoder, freshly initialised: 2,342,359 parameters for seven planes and one label.

    196 of them, the early predictions, are used in training alone.
    """
    return Lupi(in_channels, out_channels, first=first, growth=growth, depth=depth, classes=classes)
