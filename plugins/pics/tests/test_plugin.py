"""What the plugin registers: recipes that can be made, and nothing heavy to list it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import unstained_pics
from zoo.training import steps
from zoo.types import Architecture, Framework, Preset

ARCHITECTURES = {architecture.id: architecture for architecture in unstained_pics.zoo_architectures()}
PRESETS = [(a, name, preset) for a in ARCHITECTURES.values() for name, preset in a.presets.items()]


def test_it_brings_a_net_for_stains_and_one_for_live_and_dead() -> None:
    assert set(ARCHITECTURES) == {"pics", "eunet"}
    assert all(set(architecture.presets) >= {"paper", "lite"} for architecture in ARCHITECTURES.values())


def test_lite_pics_is_the_whole_net() -> None:
    presets = ARCHITECTURES["pics"].presets
    assert presets["paper"].options == presets["lite"].options == {"width": 16, "depth": 4}


def test_the_paper_recipe_of_the_e_u_net_is_the_published_one() -> None:
    preset = ARCHITECTURES["eunet"].presets["paper"]
    assert preset.options == {"width": 1.2, "depth": 1.4}
    recipe = preset.recipe
    assert (recipe.patch, recipe.batch, recipe.learning_rate) == ((512, 512), 14, 5e-4)
    assert recipe.steps == 200 * 900 // 14
    assert recipe.terms == {"background": 0.5, "dice": 1.0, "focal": 1.0}
    assert recipe.masks == ("nuclei:state!=dead", "nuclei:state=dead")


@pytest.mark.parametrize(("architecture", "name", "preset"), PRESETS, ids=[f"{a.id}-{name}" for a, name, _ in PRESETS])
def test_every_recipe_has_a_step_and_says_how_it_departs(architecture: Architecture, name: str, preset: Preset) -> None:
    assert isinstance(steps.make(preset.recipe, 1, 2), steps.Step)
    assert all(edge % architecture.divisor == 0 for edge in preset.recipe.patch)
    assert preset.note


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_every_architecture_cites_its_paper_and_runs_on_torch(architecture: Architecture) -> None:
    assert architecture.framework is Framework.TORCH
    assert architecture.cite[-1].doi == "10.1038/s41467-020-20062-x"


def test_listing_loads_no_framework() -> None:
    program = (
        "import sys, unstained_pics as f; list(f.zoo_architectures()); list(f.zoo_models()); "
        "print([m for m in ('torch', 'numpy', 'xarray', 'lightning') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
