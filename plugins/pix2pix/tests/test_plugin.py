"""What the plugin registers: the published recipe to the letter, and nothing heavy to list it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import unstained_pix2pix
from zoo.training import steps
from zoo.types import Framework, Recipe

(ARCHITECTURE,) = unstained_pix2pix.zoo_architectures()


def test_the_paper_preset_is_the_published_training() -> None:
    preset = ARCHITECTURE.presets["paper"]
    assert preset.options == {"width": 64, "depth": 8, "last": "tanh"}
    assert preset.recipe == Recipe(
        patch=(256, 256),
        batch=1,
        steps=80_000,
        learning_rate=2e-4,
        betas=(0.5, 0.999),
        schedule="linear",
        augment=True,
        input_normalization="signed",
        target_normalization="signed",
        objective="",
        step="unstained_pix2pix.steps:Adversarial",
        terms={"l1": 100.0, "width": 64, "layers": 3},
    )


def test_the_lite_preset_can_be_led_back_to_counts_and_says_how_it_departs() -> None:
    preset = ARCHITECTURE.presets["lite"]
    assert preset.recipe.target_normalization == "training"
    assert preset.options["last"] == "linear"
    assert "Five sixteenths of the width, doubled twice instead of three times; an eighth of it in" in preset.note
    assert (preset.options["width"], preset.options["widest"], preset.recipe.terms["width"]) == (
        64 * 5 // 16,
        4,
        64 // 8,
    )


@pytest.mark.parametrize("name", ["paper", "lite"])
def test_every_recipe_has_a_discriminator_of_its_own_rate(name: str) -> None:
    step = steps.make(ARCHITECTURE.presets[name].recipe, 1, 2)
    assert step.rates == {"discriminator": 1.0}
    assert step.discriminator[0].in_channels == 3


def test_it_cites_paper_and_method_and_runs_on_torch() -> None:
    assert ARCHITECTURE.framework is Framework.TORCH
    assert [citation.doi for citation in ARCHITECTURE.cite] == ["10.1117/1.JBO.25.9.096009", "10.1109/CVPR.2017.632"]
    assert "Nguyen-style" in ARCHITECTURE.title


def test_listing_loads_no_framework() -> None:
    program = (
        "import sys, unstained_pix2pix as f; list(f.zoo_architectures()); list(f.zoo_models()); "
        "print([m for m in ('torch', 'numpy', 'xarray', 'lightning') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
