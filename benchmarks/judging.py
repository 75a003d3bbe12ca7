"""What judging costs beside predicting: the pixel tier against one forward pass of the textbook U-Net.

One field of 512 x 512 pixels and one label that has everything a metric can need: cells, a repeat, a clean truth, the
size of a pixel. *Pixels* is what each further model costs, the truth being ready; *first* is the first model on a
field, with the truth's half, which is worked out once for all of them. The peer is the net of ``plain_unet.py``
(1,943,761 parameters) on as many threads and in the memory layout that is fastest for it.

*Tiers* is everything that the suite core asks of three labels of such a field: pixels, objects, and what gates measure
of every label meanwhile, the truth being ready. It runs on one thread and its limit is one of processor time, so that a
machine that has other things to do is no reproach.

Run: python benchmarks/judging.py
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as zoo predict does, before torch is loaded

import numpy as np
import torch
import xarray as xr
from plain_unet import UNet
from ratios import Ratio, paired, report
from scipy import ndimage

from harness.gates import said
from harness.gates.subjects import Subject
from harness.metrics import METRICS
from harness.objects import METRICS as OBJECTS
from harness.objects.drawings import Drawings
from harness.objects.fitting import ObjectFit, fitted
from harness.scoring import Reference, Scale, reference
from zoo.runtime.threads import available
from zoo.types import Structure

EDGE = 512
LABELS = 3
SECONDS = 1.5
"""Allowed for all tiers of that many labels."""
ROUNDS = 5
SCALE = Scale(low=100, high=1100, mean=250, sd=180)
DRAWINGS = Drawings(structures={"dna": Structure.NUCLEUS}, outlines={"cells": (Structure.NUCLEUS,)})
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
        _tiers(),
    )


def _tiers() -> Ratio:
    """Everything that is asked of a model about one field, in processor time."""
    drawn = [_field(seed) for seed in range(LABELS)]
    fit = _fit()
    ready = [_judge(field, fit) for field, _ in drawn]

    def judged() -> int:
        count = 0
        for one, (_, prediction) in zip(ready, drawn, strict=True):
            values = one.values(prediction)
            measured = list(said.measured(_subject(one, prediction)))
            count += sum(value.status == "ok" for value in values) + len(measured)
        return count

    judged()  # the truth's half
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        count = judged()
        seconds.append((time.process_time() - started) / SECONDS)
    low, middle, high = statistics.quantiles(seconds, n=4)
    asked = LABELS * (len(METRICS) + len(OBJECTS))
    note = (
        f"{LABELS} labels: {asked} scores of pixels and objects, {count} defined with what gates measure; one thread."
    )
    return Ratio(
        name="judging-tiers",
        ours=middle * SECONDS,
        peer=SECONDS,
        ratio=middle,
        quartiles=(low, high),
        limit=1.0,
        pairs=ROUNDS,
        note=note,
    )


def _fit() -> ObjectFit:
    """What another field says of the label's objects."""
    field, _ = _field(LABELS)
    truth = _judge(field).truth
    return fitted([DRAWINGS.shown("dna", truth.image, truth.valid, truth.pixel_size, truth.instances)])


def _subject(one: Reference, prediction: np.ndarray) -> Subject:
    return Subject(label="dna", said=SCALE.applied(prediction), valid=one.truth.valid, truths={"dna": one.truth})


def _judge(field: xr.Dataset, fit: ObjectFit | None = None) -> Reference:
    if fit is None:
        return reference(field, "dna", "field", SCALE, METRICS)
    return reference(field, "dna", "field", SCALE, (*METRICS, *OBJECTS), found=(fit, DRAWINGS))


def _field(seed: int = 0) -> tuple[xr.Dataset, np.ndarray]:
    """Cells with detail down to the resolution of the objective, and an honest guess at them."""
    rng = np.random.default_rng(seed)
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
