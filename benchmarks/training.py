"""``zoo train`` against a bare torch loop on the same patches, already cut: at least 0.9 of its throughput.

Ours cuts and turns patches, sets the learning rate, clips, averages weights, counts and reports; the loop computes
loss, gradient and Adam's step. Validation and checkpoints are left out of both: they are work, not overhead.

Run: python benchmarks/training.py
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as zoo train does, before torch is loaded

import numpy as np
import torch
from ratios import paired, report

from zoo import registry
from zoo.objectives import mean_squared_error
from zoo.training.loop import Fit
from zoo.training.patches import Patches
from zoo.training.recordings import Recording
from zoo.training.trainer import precision, run
from zoo.training.validation import Verdict
from zoo.training.watch import Budget, Watch

ARCHITECTURE, PRESET, STEPS = "fnet2d", "lite", 20


def main() -> None:
    """Train the same net for a few steps both ways, in turn."""
    architecture = registry.load().architectures.get(ARCHITECTURE)
    preset = architecture.presets[PRESET]
    recipe = replace(preset.recipe, steps=STEPS)
    build = registry.resolve(architecture.build)
    patches = Patches([_noise(seed) for seed in range(4)], recipe, seed=0, turn=True)
    cut = [[torch.from_numpy(part) for part in patches.batch(step)] for step in range(STEPS)]
    mixed = precision(recipe) == "bf16-mixed"

    def ours() -> None:
        watch = Watch(Budget(steps=STEPS), recipe, lambda _: Verdict(0.0), lambda _: None)
        fit = Fit(build(1, 1, **preset.options), recipe, mean_squared_error, patches)
        with tempfile.TemporaryDirectory() as folder:
            run(fit, watch, Path(folder), {}, resume=False)

    def loop() -> None:
        net = build(1, 1, **preset.options).to(memory_format=torch.channels_last)
        optimiser = torch.optim.Adam(net.parameters(), lr=recipe.learning_rate, betas=recipe.betas)
        for inputs, targets, weights in cut:
            with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
                predicted = net(inputs.to(memory_format=torch.channels_last))
            loss = mean_squared_error(predicted.float(), targets, weights)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    note = f"{STEPS} steps of {ARCHITECTURE} ({PRESET}), {precision(recipe)}; start and end of the trainer included."
    report(paired("training", ours, loop, limit=1 / 0.9, pairs=7, note=note))


def _noise(seed: int) -> Recording:
    image = np.random.default_rng(seed).normal(size=(1, 512, 512)).astype(np.float32)
    valid = np.ones((512, 512), dtype=bool)
    return Recording(field=str(seed), session="", inputs=image, labels=image, recorded=np.array([True]), valid=valid)


if __name__ == "__main__":
    main()
