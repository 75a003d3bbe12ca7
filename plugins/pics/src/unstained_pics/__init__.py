"""Nets of the group behind PICS: a quarter U-Net for stains from phase, and the E-U-Net for live and dead nuclei."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry

KANDEL = Citation(
    text=(
        "Kandel, M. E., He, Y. R., Lee, Y. J. et al. Phase imaging with computational specificity (PICS) for measuring "
        "dry mass changes in sub-cellular compartments. Nat. Commun. 11, 6256 (2020)."
    ),
    doi="10.1038/s41467-020-20062-x",
)
HU = Citation(
    text=(
        "Hu, C., He, S., Lee, Y. J., He, Y., Kong, E. M., Li, H., Anastasio, M. A. & Popescu, G. Live-dead assay on "
        "unlabeled cells using phase imaging with computational specificity. Nat. Commun. 13, 713 (2022)."
    ),
    doi="10.1038/s41467-022-28214-x",
)
ALIVE, DEAD = "nuclei:state!=dead", "nuclei:state=dead"
"""Classes of the E-U-Net, in the order of its labels."""
_LITE = Recipe(
    patch=(128, 128),
    batch=8,
    steps=20_000,
    schedule="cosine",
    sampling="foreground",
    clip=1.0,
    average=0.99,
    precision="bfloat16",
)
"""For minutes on two cores."""


@hooks.impl
def zoo_architectures() -> Iterable[Architecture]:
    """The U-Net for stains, and the E-U-Net for classes of nuclei."""
    yield Architecture(
        id="pics",
        title="Quarter U-Net in the manner of PICS, Kandel et al. 2020",
        framework=Framework.TORCH,
        build="unstained_pics.net:build",
        presets=_stains(),
        divisor=16,
        halo=48,
        cite=(KANDEL,),
    )
    yield Architecture(
        id="eunet",
        title="E-U-Net of Hu et al. 2022: live and dead nuclei from phase",
        framework=Framework.TORCH,
        build="unstained_pics.efficient:build",
        presets=_viability(),
        divisor=32,
        halo=64,
        cite=(HU, KANDEL),
    )


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")


def _stains() -> dict[str, Preset]:
    """Return the presets of the quarter U-Net."""
    options = {"width": 16, "depth": 4}
    paper = Recipe(patch=(256, 256), batch=16, steps=50_000, input_normalization="training", augment=True)
    lite = replace(_LITE, augment=True, input_normalization="training")
    return {
        "paper": Preset(
            options=options,
            recipe=paper,
            note="The described net; loss, optimiser, patches and steps are not published with it and are ours.",
        ),
        "lite": Preset(
            options=options,
            recipe=lite,
            note="The same net. A cosine schedule, half of the patches around bright pixels, clipped gradients, "
            "averaged weights and bfloat16.",
        ),
    }


def _viability() -> dict[str, Preset]:
    """Return the presets of the E-U-Net."""
    paper = Recipe(patch=(512, 512), batch=14, steps=12_857, learning_rate=5e-4)
    return {
        "paper": Preset(
            options={"width": 1.2, "depth": 1.4},
            recipe=_classes(paper),
            note="EfficientNet-B3 as for HeLa cells, 200 epochs of 900 crops; without weights from photographs, three "
            "classes instead of four, and flips and turns instead of all published augmentations.",
        ),
        "lite": Preset(
            options={"width": 0.5, "depth": 0.6, "decoder": (64, 48, 32, 24, 16)},
            recipe=_classes(_LITE),
            note="A tenth of the parameters of the paper's net, small patches and a cosine schedule.",
        ),
    }


def _classes(recipe: Recipe) -> Recipe:
    """Return the recipe with classes of nuclei, taught by masks; a label is predicted as the share of its class."""
    return replace(
        recipe,
        augment=True,
        input_normalization="training",
        target_normalization="unit",
        objective="",
        step="unstained_pics.steps:Classes",
        terms={"background": 0.5, "dice": 1.0, "focal": 1.0},
        masks=(ALIVE, DEAD),
    )
