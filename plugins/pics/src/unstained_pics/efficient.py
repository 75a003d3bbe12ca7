"""The E-U-Net of Hu et al. 2022: a U-Net whose encoder is an EfficientNet. Written anew from its description.

Nothing but torch is imported: this file travels inside state-dict packages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import nn


class Stage(NamedTuple):
    """One row of table 1 of Tan & Le 2019, for the net that is scaled by nothing."""

    repeats: int
    width: int
    expansion: int
    kernel: int
    stride: int


STAGES = (
    Stage(1, 16, 1, 3, 1),
    Stage(2, 24, 6, 3, 2),
    Stage(2, 40, 6, 5, 2),
    Stage(3, 80, 6, 3, 2),
    Stage(3, 112, 6, 5, 1),
    Stage(4, 192, 6, 5, 2),
    Stage(1, 320, 6, 3, 1),
)
STEM, TOP = 32, 1280
"""Features of the first convolution and of the last one of the encoder."""
EPSILON, MOMENTUM = 1e-3, 0.01
"""Of batch normalisation in the encoder and the decoder: the defaults of Keras, in torch's words."""
SQUEEZE = 0.25
"""Features of the gate of a block, as a share of the block's input."""
SURVIVAL = 0.8
"""How often the last block of the encoder is kept while training; earlier ones are kept more often, in proportion."""
RGB = 3
"""The published input: one phase image three times, since the encoder was made for photographs."""


class Same(nn.Conv2d):
    """A convolution that pads as Keras does: where it halves, one pixel more at the far edges. Edges must be even."""

    def __init__(self, in_channels: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        """Without bias: a normalisation follows."""
        super().__init__(in_channels, width, kernel, stride=stride, groups=groups, bias=False)
        near, far = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.border = (near, far, near, far)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b width y/stride x/stride``."""
        return super().forward(nn.functional.pad(x, self.border))


class Gate(nn.Module):
    """Squeeze and excitation: every feature is scaled by what the means of all features over the image say."""

    def __init__(self, width: int, squeezed: int) -> None:
        """``squeezed`` numbers describe the image."""
        super().__init__()
        self.squeeze = nn.Conv2d(width, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Keep the shape."""
        means = x.mean((2, 3), keepdim=True)
        scale: torch.Tensor = torch.sigmoid(self.excite(nn.functional.silu(self.squeeze(means))))
        return x * scale


class Inverted(nn.Module):
    """Widen, convolve every feature on its own, gate, narrow; the input is added where nothing changes its shape."""

    def __init__(self, in_channels: int, stage: Stage, *, stride: int, survival: float) -> None:
        """``survival`` is how often the block is kept while training."""
        super().__init__()
        wide = in_channels * stage.expansion
        self.expand = _normed(Same(in_channels, wide, 1), wide, nn.SiLU()) if stage.expansion > 1 else nn.Identity()
        self.filter = nn.Sequential(
            _normed(Same(wide, wide, stage.kernel, stride=stride, groups=wide), wide, nn.SiLU()),
            Gate(wide, max(1, int(in_channels * SQUEEZE))),
            _normed(Same(wide, stage.width, 1), stage.width, nn.Identity()),
        )
        self.adds = stride == 1 and in_channels == stage.width
        self.survival = survival

    def forward(self, x: torch.Tensor, wide: torch.Tensor) -> torch.Tensor:
        """Map ``b c y x`` to ``b width y/stride x/stride``; ``wide`` is ``expand(x)``, which may be a skip as well."""
        found: torch.Tensor = self.filter(wide)
        if not self.adds:
            return found
        if self.training and self.survival < 1:
            kept = torch.rand(len(found), 1, 1, 1, device=found.device) < self.survival
            found = found * kept / self.survival
        return x + found


class Encoder(nn.Module):
    """An EfficientNet without its classifier."""

    def __init__(self, in_channels: int, stages: Sequence[Stage], *, stem: int, top: int) -> None:
        """Features halve the image five times; four of those times what is about to be halved becomes a skip."""
        super().__init__()
        self.stem = _normed(Same(in_channels, stem, 3, stride=2), stem, nn.SiLU())
        self.blocks = nn.ModuleList(_blocks(stem, stages))
        last = stages[-1].width
        self.top = _normed(Same(last, top, 1), top, nn.SiLU())
        starts = [sum(stage.repeats for stage in stages[:index]) for index in range(len(stages))]
        halving = [index for index, stage in zip(starts, stages, strict=True) if stage.stride > 1]
        self.skips = tuple(halving)
        self.widths = tuple(_expanded(self.blocks[index]) for index in halving)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Skips at a half, a quarter, an eighth and a sixteenth of the size, and the features at a thirty-second."""
        found: list[torch.Tensor] = []
        x = self.stem(x)
        for index, block in enumerate(self.blocks):
            wide = block.expand(x)  # type: ignore[operator] # a list of modules forgets what they are
            if index in self.skips:
                found.append(wide)
            x = block(x, wide)
        return [*found, self.top(x)]


class Net(nn.Module):
    """Encoder, five doublings with two convolutions each, and a 3-wide convolution to the classes or labels."""

    def __init__(
        self, in_channels: int, out_channels: int, encoder: Encoder, decoder: Sequence[int], last: str
    ) -> None:
        """``last`` is the activation of the output."""
        super().__init__()
        self.in_channels, self.out_channels, self.last = in_channels, out_channels, last
        self.encoder = encoder
        skips = (*reversed(encoder.widths), 0)
        below = (int(encoder.top[0].out_channels), *decoder[:-1])  # type: ignore[arg-type] # modules have any attribute
        self.decoder = nn.ModuleList(
            nn.Sequential(_rectified(under + skip, width), _rectified(width, width))
            for under, skip, width in zip(below, skips, decoder, strict=True)
        )
        self.head = nn.Conv2d(decoder[-1], out_channels + (last == "softmax"), 3, padding=1)
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in y x`` to ``b out y x``; edges are multiples of 32. ``softmax`` keeps the background to itself."""
        return self.activated(self.logits(x))[:, : self.out_channels]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """What the activation is given: one map for each label and, for ``softmax``, one for the background, last."""
        *skips, features = self.encoder(x.expand(-1, RGB, -1, -1) if self.in_channels == 1 else x)
        for block in self.decoder:
            features = nn.functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = block(torch.cat([features, skips.pop()], dim=1) if skips else features)
        found: torch.Tensor = self.head(features)
        return found

    def activated(self, logits: torch.Tensor) -> torch.Tensor:
        """Bring logits to the range of the output."""
        if self.last == "softmax":
            return logits.softmax(dim=1)
        if self.last == "sigmoid":
            return logits.sigmoid()
        return logits.relu() if self.last == "relu" else logits


def build(
    in_channels: int,
    out_channels: int,
    *,
    width: float = 1.2,
    depth: float = 1.4,
    decoder: Sequence[int] = (256, 128, 64, 32, 16),
    last: str = "softmax",
) -> Net:
    """Return the net, freshly initialised.

    ``width`` and ``depth`` scale the encoder: 1 and 1 are EfficientNet-B0, 1.2 and 1.4 B3, 2 and 3.1 B7. ``decoder``
    are the features of its five levels, the deepest first. ``last`` is ``softmax`` (over the labels and a background
    that is not returned), ``sigmoid``, ``relu`` or ``linear``. One input channel is repeated three times, as published.
    """
    if last not in ("softmax", "sigmoid", "relu", "linear"):
        message = f"last is {last!r}, expected softmax, sigmoid, relu or linear"
        raise ValueError(message)
    stages = [
        stage._replace(repeats=math.ceil(depth * stage.repeats), width=rounded(width * stage.width)) for stage in STAGES
    ]
    seen = RGB if in_channels == 1 else in_channels
    encoder = Encoder(seen, stages, stem=rounded(width * STEM), top=rounded(width * TOP))
    return Net(in_channels, out_channels, encoder, decoder, last)


def rounded(width: float) -> int:
    """Return the nearest multiple of 8, but not below nine tenths of what is asked for.

    >>> rounded(1.2 * 32), rounded(1.2 * 16), rounded(3.0)
    (40, 24, 8)
    """
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


def _blocks(in_channels: int, stages: Sequence[Stage]) -> Iterator[Inverted]:
    """Blocks of all stages; only the first of a stage halves and widens."""
    count = sum(stage.repeats for stage in stages)
    index = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            survival = 1 - (1 - SURVIVAL) * index / count
            yield Inverted(in_channels, stage, stride=stage.stride if repeat == 0 else 1, survival=survival)
            in_channels, index = stage.width, index + 1


def _expanded(block: nn.Module) -> int:
    """How many features a block works on."""
    return next(module for module in block.modules() if isinstance(module, Gate)).excite.out_channels


def _normed(convolution: nn.Module, width: int, activation: nn.Module) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(width, eps=EPSILON, momentum=MOMENTUM), activation)


def _rectified(in_channels: int, width: int) -> nn.Sequential:
    """Convolve 3-wide without bias, normalise and rectify."""
    return _normed(Same(in_channels, width, 3), width, nn.ReLU(inplace=True))


def _initialise(module: nn.Module) -> None:
    """Draw from N(0, 2 / fan out) as EfficientNet does; biases are 0.

    The fan out of a convolution that treats every feature on its own is its kernel alone.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, (2 * module.groups / module.weight[:, 0].numel()) ** 0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
