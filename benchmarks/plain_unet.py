"""A peer in accuracy: a plain U-Net, trained by a bare loop for the same minutes, judged through the same door.

The net is the textbook one (two 3-wide convolutions with batch normalisation at each of five levels of 16 to 256
channels, max-pooling down, 2-wide transposed convolutions up; 1,943,761 parameters), the recipe what most people would
write: uniform 256 x 256 patches, flips, Adam at 1e-3, mean squared error on z-scores. Nothing is chosen: the last
weights are kept. Predictions are written as TIFF for `zoo score`.

Run: python benchmarks/plain_unet.py --dataset ID --label NAME --minutes 8 OUT
     zoo score OUT --dataset ID --name plain-unet
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as zoo train does, before torch is loaded

import numpy as np
import tifffile
import torch
from torch import nn

from zoo import registry
from zoo.data import find
from zoo.types import inputs_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from zoo.types import Field

PATCH, BATCH, LEARNING_RATE = 256, 4, 1e-3
WIDTHS = (16, 32, 64, 128, 256)
PARAMETERS = 1_943_761
Image = Any  # an array of float32, (y, x)


class UNet(nn.Module):
    """The textbook net, one channel in and out."""

    def __init__(self) -> None:
        """Build it."""
        super().__init__()
        self.down = nn.ModuleList(_double(i, o) for i, o in zip((1, *WIDTHS), WIDTHS, strict=False))
        pairs = list(zip(WIDTHS[:0:-1], WIDTHS[-2::-1], strict=True))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, 2) for i, o in pairs)
        self.up = nn.ModuleList(_double(i, o) for i, o in pairs)
        self.last = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, 1, y, x) to the same; edges are multiples of 16."""
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for grow, block, skip in zip(self.grow, self.up, skips[-2::-1], strict=True):
            x = block(torch.cat([skip, grow(x)], dim=1))
        return self.last(x)


def main() -> None:
    """Train on split train, predict split test, write one TIFF for each field."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--label", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    dataset, scheme = find(registry.load(), asked.dataset)
    (channel,) = inputs_of(dataset.channels)
    train = [_pair(field, channel.name, asked.label) for field in dataset.fields("train", scheme=scheme.name)]
    mean, sd = (float(f([y for _, y in train])) for f in (np.mean, np.std))
    net, steps = _trained([(x, (y - mean) / sd) for x, y in train], asked.minutes * 60)
    folder = asked.out / asked.label
    folder.mkdir(parents=True, exist_ok=True)
    for field in dataset.fields("test", scheme=scheme.name):
        x = torch.from_numpy(_normalised(field.open()[channel.name].to_numpy()))
        with torch.inference_mode():
            tifffile.imwrite(folder / f"{field.id}.tif", net(x[None, None])[0, 0].numpy() * sd + mean)
    print(f"{steps} steps in {asked.minutes:g} min; predictions in {asked.out}")


def _trained(pairs: list[tuple[Image, Image]], seconds: float) -> tuple[UNet, int]:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    net = UNet().to(memory_format=torch.channels_last)
    found = sum(weight.numel() for weight in net.parameters())
    if found != PARAMETERS:
        raise SystemExit(f"{found} parameters, expected {PARAMETERS}")
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    steps, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        x, y = (torch.from_numpy(part) for part in _batch(pairs, rng))
        loss = (net(x.to(memory_format=torch.channels_last)) - y).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps += 1
    return net.eval(), steps


def _batch(pairs: list[tuple[Image, Image]], rng: np.random.Generator) -> tuple[Image, Image]:
    patches = []
    for _ in range(BATCH):
        both = np.stack(pairs[rng.integers(len(pairs))])
        row, column = (int(rng.integers(edge - PATCH + 1)) for edge in both.shape[1:])
        patch = both[:, row : row + PATCH, column : column + PATCH]
        patches.append(patch[:, :: rng.choice([-1, 1]), :: rng.choice([-1, 1])])
    x, y = np.stack(patches, axis=1)[:, :, None]
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def _pair(field: Field, given: str, label: str) -> tuple[Image, Image]:
    opened = field.open()
    return _normalised(opened[given].to_numpy()), opened[label].to_numpy().astype(np.float32)


def _normalised(image: npt.NDArray[np.generic]) -> Image:
    counts = image.astype(np.float32)
    return (counts - counts.mean()) / counts.std()


def _double(given: int, made: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (given, made):
        layers += [nn.Conv2d(channels, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


if __name__ == "__main__":
    main()
