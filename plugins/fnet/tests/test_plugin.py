"""What the plugin registers: the published recipe to the letter, and nothing heavy to list it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import unstained_fnet
from zoo.types import Architecture, Framework, Recipe

ARCHITECTURES = {architecture.id: architecture for architecture in unstained_fnet.zoo_architectures()}


def test_it_brings_a_net_over_planes_and_one_over_stacks() -> None:
    assert {name: net.spatial for name, net in ARCHITECTURES.items()} == {"fnet2d": 2, "fnet3d": 3}


@pytest.mark.parametrize(("name", "patch", "batch"), [("fnet2d", (256, 256), 32), ("fnet3d", (32, 64, 64), 24)])
def test_the_paper_preset_is_the_published_training(name: str, patch: tuple[int, ...], batch: int) -> None:
    preset = ARCHITECTURES[name].presets["paper"]
    assert preset.recipe == Recipe(
        patch=patch,
        batch=batch,
        steps=50_000,
        learning_rate=1e-3,
        betas=(0.5, 0.999),
        schedule="constant",
        augment=False,
        sampling="uniform",
        input_normalization="per-image",
        target_normalization="per-image",
        jitter=0,
        zoom=0,
        clip=0,
        average=0,
        precision="float32",
        objective="zoo.objectives:mean_squared_error",
    )
    assert preset.options["width"] == 32


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_the_lite_preset_is_narrower_and_says_how_it_departs(architecture: Architecture) -> None:
    preset = architecture.presets["lite"]
    width, share = {2: (16, "Half the width"), 3: (8, "A quarter of the width")}[architecture.spatial]
    assert preset.options["width"] == width
    assert preset.recipe.target_normalization == "training"
    assert f"{share} of the paper" in preset.note
    assert all(edge % architecture.divisor == 0 for edge in preset.recipe.patch)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_every_architecture_cites_its_paper_and_runs_on_torch(architecture: Architecture) -> None:
    assert architecture.framework is Framework.TORCH
    assert [citation.doi for citation in architecture.cite] == ["10.1038/s41592-018-0111-2"]
    assert architecture.licence == "BSD-3-Clause"


def test_listing_loads_no_framework() -> None:
    program = (
        "import sys, unstained_fnet as f; list(f.zoo_architectures()); list(f.zoo_models()); "
        "print([m for m in ('torch', 'numpy', 'xarray', 'lightning') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
