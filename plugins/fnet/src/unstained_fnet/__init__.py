"""The label-free U-Net of Ounkomol et al. 2018, in 2-D and 3-D, and the entries trained with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe
from zoo.types.statistics import LEVELS, quantile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry

OUNKOMOL = Citation(
    text=(
        "Ounkomol, C., Seshamani, S., Maleckar, M. M., Collman, F. & Johnson, G. R. Label-free prediction of "
        "three-dimensional fluorescence images from transmitted-light microscopy. Nat. Methods 15, 917-920 (2018)."
    ),
    doi="10.1038/s41592-018-0111-2",
)
_BETAS = (0.5, 0.999)
"""The published decay rates of Adam."""
_DEPARTURES = (
    "another recipe: flips and quarter turns, half of the patches around bright pixels, targets scaled with constants "
    "of the training fields so that counts can be recovered, a cosine schedule, clipped gradients, averaged weights"
)


@hooks.impl
def zoo_architectures() -> Iterable[Architecture]:
    """The net over single planes (or planes as channels), and over stacks."""
    yield _architecture(
        2,
        paper=Recipe(patch=(256, 256), batch=32, steps=50_000, betas=_BETAS, target_normalization="per-image"),
        lite=_lite((128, 128), batch=8, precision="bfloat16"),
        width=16,
        departures=f"Half the width of the paper (a quarter of the parameters), and {_DEPARTURES} and bfloat16.",
        note="The published 2-D training (electron to light microscopy): no augmentation, uniform patches.",
    )
    yield _architecture(
        3,
        paper=Recipe(patch=(32, 64, 64), batch=24, steps=50_000, betas=_BETAS, target_normalization="per-image"),
        lite=_lite((16, 64, 64), batch=4, precision="float32"),
        width=8,
        departures=f"A quarter of the width of the paper (a sixteenth of the parameters), and {_DEPARTURES}. In"
        " bfloat16 it diverged within 70 steps.",
        note="The published 3-D training; its buffer of 30 images is not kept: every training field is used.",
    )


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")


def _architecture(spatial: int, *, paper: Recipe, lite: Recipe, width: int, departures: str, note: str) -> Architecture:
    return Architecture(
        id=f"fnet{spatial}d",
        title=f"Label-free U-Net of Ounkomol et al. 2018, {spatial}-D",
        framework=Framework.TORCH,
        build="unstained_fnet.net:build",
        presets={
            "paper": Preset(options=_options(spatial, width=32), recipe=paper, note=note),
            "lite": Preset(options=_options(spatial, width=width), recipe=lite, note=departures),
            "spread": Preset(
                options={**_options(spatial, width=width), "spread": True},
                recipe=replace(lite, objective="", step="unstained_fnet.steps:Heteroscedastic", terms={"squared": 1.0}),
                statistics=("sd", *(quantile(level) for level in LEVELS)),
                note="lite with the heteroscedastic head of the published code: it also says how far the stain may lie "
                "from its mean. The squared error stands beside the likelihood, so that dim background does not decide "
                "the means alone.",
            ),
        },
        spatial=2 if spatial == 2 else 3,  # noqa: PLR2004 - the literals that the type knows
        divisor=16,
        halo=48,  # with less, tiles differ from a whole pass by more than 0.3 % of the deviation (measured, 2-D)
        cite=(OUNKOMOL,),
    )


def _options(spatial: int, *, width: int) -> dict[str, object]:
    return {"spatial": spatial, "width": width, "depth": 4}


def _lite(patch: tuple[int, ...], *, batch: int, precision: Literal["float32", "bfloat16"]) -> Recipe:
    """Return a recipe for minutes on two cores; chosen on the ``val`` fields of the datasets that are shipped."""
    return Recipe(
        patch=patch,
        batch=batch,
        steps=20_000,
        betas=_BETAS,
        schedule="cosine",
        augment=True,
        sampling="foreground",
        clip=1.0,
        average=0.99,
        precision=precision,
    )
