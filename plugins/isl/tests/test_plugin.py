"""What the plugin registers: recipes that fit the net, and nothing heavy to list it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import unstained_isl
from zoo.training import plan
from zoo.types import Framework

(ISL,) = unstained_isl.zoo_architectures()


def test_it_is_a_keras_net_that_cites_its_paper() -> None:
    assert (ISL.id, ISL.framework) == ("isl", Framework.TENSORFLOW)
    assert (ISL.smallest, ISL.divisor) == (250, 16)
    assert [citation.doi for citation in ISL.cite] == ["10.1016/j.cell.2018.03.040"]


def test_the_paper_preset_is_the_published_training() -> None:
    recipe = ISL.presets["paper"].recipe
    assert (recipe.patch, recipe.batch, recipe.learning_rate, recipe.betas) == ((250, 250), 16, 1e-4, (0.9, 0.999))
    assert (recipe.schedule, recipe.weight_decay, recipe.augment) == ("constant", 0, True)
    assert (recipe.input_normalization, recipe.target_normalization) == ("unit", "unit")


def test_the_released_net_mixes_planes_and_masks_and_sees_them_again() -> None:
    preset = ISL.presets["released"]
    assert preset.options == {"projection": 16, "masks": True}
    assert preset.recipe.terms == {"reconstruction": 0.5}


@pytest.mark.parametrize("name", ISL.presets)
def test_every_preset_can_be_planned_and_says_how_it_departs(name: str) -> None:
    assert plan(ISL, name).recipe == ISL.presets[name].recipe
    assert ISL.presets[name].note
    assert ISL.presets[name].statistics == unstained_isl.STATISTICS


def test_listing_loads_no_framework() -> None:
    program = (
        "import sys, unstained_isl as f; list(f.zoo_architectures()); list(f.zoo_models()); "
        "print([m for m in ('torch', 'tensorflow', 'keras', 'numpy', 'xarray') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
