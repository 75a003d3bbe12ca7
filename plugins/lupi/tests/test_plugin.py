"""What the plugin registers: the published recipes to the letter, and nothing heavy to list it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

import unstained_lupi
from zoo.training import steps
from zoo.types import Architecture, Framework, Preset, Recipe

ARCHITECTURES = {architecture.id: architecture for architecture in unstained_lupi.zoo_architectures()}
PRESETS = [(a, name, preset) for a in ARCHITECTURES.values() for name, preset in a.presets.items()]
PUBLISHED = Recipe(
    patch=(512, 512),
    batch=4,
    steps=42_000,
    learning_rate=1e-4,
    weight_decay=0.01,
    augment=True,
    input_normalization="unit",
    target_normalization="unit",
    objective="",
    step="unstained_lupi.steps:Relativistic",
    terms={"gradient": 5.0, "adversarial": 0.0005, "alone": 2_100, "rate": 0.1, "width": 32, "layers": 4},
)


def test_the_paper_preset_for_lipid_droplets_is_the_published_training() -> None:
    preset = ARCHITECTURES["denseunet"].presets["paper"]
    assert preset.options == {"first": 48, "growth": 12, "depth": 4, "last": "tanh"}
    assert preset.recipe == PUBLISHED
    epoch = 84 // 4
    assert (2_000 * epoch, 100 * epoch) == (preset.recipe.steps, preset.recipe.terms["alone"])


def test_that_for_cytoplasm_is_the_absolute_error_alone() -> None:
    assert ARCHITECTURES["denseunet"].presets["cytoplasm"].recipe == replace(
        PUBLISHED, steps=105_000, objective="zoo.objectives:mean_absolute_error", step="", terms={}
    )


def test_that_for_nuclei_learns_from_masks() -> None:
    preset = ARCHITECTURES["lupi"].presets["paper"]
    assert preset.options == {"first": 48, "growth": 12, "depth": 5}
    assert preset.recipe == replace(
        PUBLISHED,
        batch=12,
        steps=20_000,
        learning_rate=1e-3,
        sampling="foreground",
        step="unstained_lupi.steps:Privileged",
        terms={"prediction": 1.0, "segmentation": 0.05, "early": 0.1},
        masks=("nuclei",),
    )


def test_the_plain_preset_is_lite_without_privilege() -> None:
    lite, plain = (ARCHITECTURES["lupi"].presets[name] for name in ("lite", "plain"))
    assert plain.options == lite.options
    assert plain.recipe.masks == ()
    objective = "zoo.objectives:mean_absolute_error"
    assert plain.recipe == replace(lite.recipe, step="", terms={}, masks=(), objective=objective)


@pytest.mark.parametrize(("architecture", "name", "preset"), PRESETS, ids=[f"{a.id}-{name}" for a, name, _ in PRESETS])
def test_every_recipe_has_a_step_and_says_how_it_departs(architecture: Architecture, name: str, preset: Preset) -> None:
    assert isinstance(steps.make(preset.recipe, 7, 1), steps.Step)
    assert all(edge % architecture.divisor == 0 for edge in preset.recipe.patch)
    assert preset.note


def test_every_architecture_cites_its_paper_and_runs_on_torch() -> None:
    for architecture in ARCHITECTURES.values():
        assert architecture.framework is Framework.TORCH
        assert [citation.doi for citation in architecture.cite] == ["10.1371/journal.pone.0258546"]


def test_listing_loads_no_framework() -> None:
    program = (
        "import sys, unstained_lupi as f; list(f.zoo_architectures()); list(f.zoo_models()); "
        "print([m for m in ('torch', 'numpy', 'xarray', 'lightning') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
