"""The nets of Wieslander et al. 2021: a dense U-Net, and one that learns with masks as privileged information."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry

WIESLANDER = Citation(
    text=(
        "Wieslander, H., Gupta, A., Bergman, E., Hallström, E. & Harrison, P. J. Learning to see colours: biologically "
        "relevant virtual staining for adipocyte cell images. PLoS ONE 16, e0258546 (2021)."
    ),
    doi="10.1371/journal.pone.0258546",
)
_L1 = "zoo.objectives:mean_absolute_error"
_PAPER = Recipe(
    patch=(512, 512),
    batch=4,
    steps=105_000,
    learning_rate=1e-4,
    weight_decay=0.01,
    augment=True,
    input_normalization="unit",
    target_normalization="unit",
    objective=_L1,
)
"""The published training for cytoplasm: 5,000 epochs of 84 fields, which are 21 steps each."""
_LITE = Recipe(
    patch=(128, 128),
    batch=4,
    steps=20_000,
    weight_decay=0.01,
    schedule="cosine",
    augment=True,
    sampling="foreground",
    clip=1.0,
    average=0.99,
    precision="bfloat16",
    input_normalization="training",
    objective=_L1,
)
"""For minutes on two cores. Inputs are scaled by constants: by its own spread an empty dish looks full of cells."""
_NARROW = {"first": 32, "growth": 8}
"""Two thirds of the width of the paper's nets."""


@hooks.impl
def zoo_architectures() -> Iterable[Architecture]:
    """The net with two decoders for nuclei, and the one with a single decoder for lipid droplets and cytoplasm."""
    yield Architecture(
        id="lupi",
        title="Dense U-Net of Wieslander et al. 2021 that learns with masks as privileged information",
        framework=Framework.TORCH,
        build="unstained_lupi.net:build_lupi",
        presets=_privileged(),
        divisor=32,
        halo=64,
        cite=(WIESLANDER,),
    )
    yield Architecture(
        id="denseunet",
        title="Dense U-Net of Wieslander et al. 2021",
        framework=Framework.TORCH,
        build="unstained_lupi.net:build",
        presets=_critical(),
        divisor=16,
        halo=48,
        cite=(WIESLANDER,),
    )


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")


def _privileged() -> dict[str, Preset]:
    """Return the presets of the net for nuclei."""
    paper = replace(_PAPER, batch=12, steps=20_000, learning_rate=1e-3, sampling="foreground")
    return {
        "paper": Preset(
            options={"first": 48, "growth": 12, "depth": 5},
            recipe=_taught(paper, segmentation=0.05),
            note="Half of the patches lie around bright pixels instead of four fifths around nuclei, quarter turns "
            "stand for all angles, and how many steps the published 200 epochs are is not known.",
        ),
        "lite": Preset(
            options={**_NARROW, "depth": 5},
            recipe=_taught(_LITE, segmentation=0.5),
            note="Two thirds of the width; targets in deviations, which are about ten times larger numbers than in the "
            "paper, and so the segmentation weighs ten times as much.",
        ),
        "plain": Preset(
            options={**_NARROW, "depth": 5},
            recipe=_LITE,
            note="What privilege is measured against: the net and recipe of lite, with the absolute error alone.",
        ),
    }


def _taught(recipe: Recipe, *, segmentation: float) -> Recipe:
    """Return the recipe with masks of nuclei as privileged targets."""
    terms = {"prediction": 1.0, "segmentation": segmentation, "early": 0.1}
    return replace(recipe, objective="", step="unstained_lupi.steps:Privileged", terms=terms, masks=("nuclei",))


def _critical() -> dict[str, Preset]:
    """Return the presets of the net for lipid droplets and cytoplasm."""
    wide = {"first": 48, "growth": 12, "depth": 4, "last": "tanh"}
    return {
        "paper": Preset(
            options=wide,
            recipe=_judged(replace(_PAPER, steps=42_000), alone=2_100, width=32),
            note="The published training for lipid droplets: the critic joins after 100 of 2,000 epochs.",
        ),
        "cytoplasm": Preset(
            options=wide, recipe=_PAPER, note="The published training for cytoplasm: the absolute error alone."
        ),
        "lite": Preset(
            options={**_NARROW, "depth": 4, "last": "linear"},
            recipe=_judged(_LITE, alone=500, width=16),
            note="Two thirds of the width, half of the critic's, a linear output in deviations of the training counts.",
        ),
    }


def _judged(recipe: Recipe, *, alone: int, width: int) -> Recipe:
    """Return the recipe with the error of gradients, and a critic that joins after some steps."""
    terms = {"gradient": 5.0, "adversarial": 0.0005, "alone": alone, "rate": 0.1, "width": width, "layers": 4}
    return replace(recipe, objective="", step="unstained_lupi.steps:Relativistic", terms=terms)
