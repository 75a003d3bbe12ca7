"""In silico labelling, Christiansen et al. 2018: a distribution over intensities for each pixel of each label."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe
from zoo.types.statistics import LEVELS, quantile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry

CHRISTIANSEN = Citation(
    text=(
        "Christiansen, E. M., Yang, S. J., Ando, D. M. et al. In silico labeling: predicting fluorescent labels in "
        "unlabeled images. Cell 173, 792-803.e19 (2018)."
    ),
    doi="10.1016/j.cell.2018.03.040",
)
STATISTICS = ("sd", "entropy", "mode", "nonzero", *(quantile(level) for level in LEVELS))
"""What the net says of each label beside its mean, in the order of its output."""
_PAPER = Recipe(
    patch=(250, 250),
    batch=16,
    steps=500_000,
    learning_rate=1e-4,
    augment=True,
    input_normalization="unit",
    target_normalization="unit",
    objective="",
    step="unstained_isl.steps:Distributions",
    terms={"reconstruction": 0.0},
)


_LITE = Preset(
    options={"projection": 8, "base": 64, "up_base": 140, "bins": 64, "momentum": 0.97},
    recipe=replace(
        _PAPER,
        patch=(314, 314),
        batch=1,
        steps=20_000,
        learning_rate=2e-3,
        schedule="cosine",
        clip=1.0,
        average=0.99,
        terms={"reconstruction": 0.0, "settle": 600},
    ),
    statistics=STATISTICS,
    note="About a quarter of the paper's width, 64 bins instead of 256, planes mixed into 8 features, one "
    "larger patch a step (72 pixels come of 314); a higher learning rate that falls along a cosine, "
    "clipped gradients, averaged weights. With one patch a step, statistics of batch normalisation are those of "
    "the patch; after 600 steps the running ones are kept, and the net learns with what it will predict with.",
)
"""For minutes on two cores."""


@hooks.impl
def zoo_architectures() -> Iterable[Architecture]:
    """The net as the paper describes it, as it was released, and one for minutes."""
    yield Architecture(
        id="isl",
        title="In silico labelling, Christiansen et al. 2018",
        framework=Framework.TENSORFLOW,
        build="unstained_isl.net:build",
        presets=_presets(),
        divisor=16,
        smallest=250,
        tile=506,
        cite=(CHRISTIANSEN,),
    )


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")


def _presets() -> dict[str, Preset]:
    """The net at three sizes."""
    return {
        "paper": Preset(
            options={},
            recipe=_PAPER,
            statistics=STATISTICS,
            note="All planes go into the towers as they are, as in the paper: 8,084,250 parameters for 13 planes "
            "and 8 labels. The number of steps is ours: how long the paper trained could not be verified.",
        ),
        "released": Preset(
            options={"projection": 16, "masks": True},
            recipe=replace(_PAPER, terms={"reconstruction": 0.5}),
            statistics=STATISTICS,
            note="As the authors published it in code: planes and their masks are mixed into 16 features, and the "
            "planes are to be seen again by heads that no package keeps. 9,273,708 parameters for 26 planes and 9 "
            "labels with those heads.",
        ),
        "lite": _LITE,
    }
