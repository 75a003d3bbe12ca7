"""Real fields become recordings and samples; needs local copies of the images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo.data import find
from zoo.training.crop import sample
from zoo.training.pairs import seen, units
from zoo.training.recordings import ask, read
from zoo.types import Recipe

RECIPE = Recipe(patch=(128, 128), batch=8, steps=1)


def test_bacteria_are_read_normalised_and_sampled(registry, real_data: Path) -> None:
    dataset, scheme = find(registry, "ecoli-yfp", data_dir=real_data)
    asked = ask(dataset, scheme, spatial=2)
    found = read(asked, "val")
    assert [r.inputs.shape for r in found] == [(1, 512, 512)] * 3
    for one in seen(found, units(found, asked.names, RECIPE, comparable=True)):
        assert abs(float(one.inputs.mean())) < 1e-3
        assert abs(float(one.inputs.std()) - 1) < 1e-3
    crops = sample(asked, found, divisor=16)
    assert {name: crop.shape for name, crop in crops.items()} == {"phase": (128, 128), "yfp": (128, 128)}
    assert all(crop.dtype == np.uint16 for crop in crops.values())


def test_sessions_whose_counts_cannot_be_compared_are_scaled_apart(registry, real_data: Path) -> None:
    dataset, scheme = find(registry, "mcf7-nk", data_dir=real_data)
    asked = ask(dataset, scheme, spatial=2, labels=("hoechst", "cfse"))
    found = read(asked, "val")
    assert {r.session for r in found} == {"april28", "march21", "may21", "october26"}
    assert [r.recorded.tolist() for r in found if r.session == "april28"] == [[True, False]]
    assert not all(r.valid.all() for r in found)
    unit = units(found, asked.names, RECIPE, comparable=dataset.intensity == "comparable")
    assert unit.scaling == "session"
    assert unit.targets.invertible
