"""What judging costs beside predicting: the pixel tier against one forward pass of the textbook U-Net.

One field of 512 x 512 pixels and one label that has everything a metric can need: cells, a repeat, a clean truth, the
size of a pixel. *Pixels* is what each further model costs, the truth being ready; *first* is the first model on a
field, with the truth's half, which is worked out once for all of them. The peer is the net of ``plain_unet.py``
(1,943,761 parameters) on as many threads and in the memory layout that is fastest for it.

Run: python benchmarks/judging.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as zoo predict does, before torch is loaded

import numpy as np
import torch
import xarray as xr
from plain_unet import UNet
from ratios import paired, report
from scipy import ndimage

from harness.metrics import METRICS
from harness.scoring import Reference, Scale, reference
from zoo.runtime.threads import available

EDGE = 512
PIXEL = 0.325
"""µm: a 20x objective on a usual camera."""


def main() -> None:
    """Time both, and say whether the limit holds."""
    field, prediction = _field()
    ready = _judge(field)
    net = UNet().eval().to(memory_format=torch.channels_last)
    seen = torch.rand(1, 1, EDGE, EDGE)
    torch.set_num_threads(available())

    def forward() -> torch.Tensor:
        with torch.inference_mode():
            return net(seen)

    undefined = [value.metric for value in ready.values(prediction) if value.status != "ok"]
    note = f"{len(METRICS)} metrics, undefined: {', '.join(undefined) or 'none'}; {available()} threads for the net."
    report(
        paired("judging-pixels", lambda: ready.values(prediction), forward, limit=0.25, pairs=25, note=note),
        paired("judging-pixels-first", lambda: _judge(field).values(prediction), forward, limit=0.75, note=note),
    )


def _judge(field: xr.Dataset) -> Reference:
    return reference(field, "dna", "field", Scale(low=100, high=1100, mean=250, sd=180), METRICS)


def _field() -> tuple[xr.Dataset, np.ndarray]:
    """Cells with detail down to the resolution of the objective, and an honest guess at them."""
    rng = np.random.default_rng(0)
    ground = ndimage.gaussian_filter(rng.normal(0, 1, (EDGE, EDGE)), 18)
    cells, _ = ndimage.label(ground > np.quantile(ground, 0.6))
    texture = np.maximum(ndimage.gaussian_filter(rng.normal(0, 1, (EDGE, EDGE)), 1.2), 0)
    clean = 100 + 900 * ndimage.gaussian_filter((cells > 0) * texture / texture.max(), 1)
    images = {
        "dna": rng.poisson(clean).astype(np.uint16),
        "dna_repeat": rng.poisson(clean).astype(np.uint16),
        "dna_clean": clean.astype(np.float32),
        "cells": cells.astype(np.int32),
    }
    guess = ndimage.gaussian_filter(clean, 1.5).astype(np.float32)
    return xr.Dataset({name: (("y", "x"), image) for name, image in images.items()}, attrs={"pixel_size": PIXEL}), guess


if __name__ == "__main__":
    main()
