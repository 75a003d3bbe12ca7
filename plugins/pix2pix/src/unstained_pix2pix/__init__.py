"""A conditional GAN in the manner of Nguyen et al. 2020: the generator and discriminator of pix2pix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hooks
from zoo.types import Architecture, Citation, Framework, Preset, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry

NGUYEN = Citation(
    text=(
        "Nguyen, T., Bui, V., Thai, A., Lam, V., Raub, C. B., Chang, L.-C. & Nehmetallah, G. Virtual organelle "
        "self-coding for fluorescence imaging via adversarial learning. J. Biomed. Opt. 25, 096009 (2020)."
    ),
    doi="10.1117/1.JBO.25.9.096009",
)
ISOLA = Citation(
    text=(
        "Isola, P., Zhu, J.-Y., Zhou, T. & Efros, A. A. Image-to-image translation with conditional adversarial "
        "networks. CVPR 2017, 5967-5976."
    ),
    doi="10.1109/CVPR.2017.632",
)
_PAPER = Recipe(
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
"""The published training of pix2pix."""
_LITE = replace(
    _PAPER,
    batch=2,
    steps=20_000,
    learning_rate=2e-3,
    sampling="foreground",
    input_normalization="training",
    target_normalization="training",
    average=0.99,
    precision="bfloat16",
    terms={"l1": 100.0, "width": 8, "layers": 3},
)
"""For minutes on two cores."""


@hooks.impl
def zoo_architectures() -> Iterable[Architecture]:
    """UNet-256, which learns against a discriminator of patches of 70 pixels."""
    yield Architecture(
        id="pix2pix",
        title="pix2pix (Nguyen-style), a conditional GAN",
        framework=Framework.TORCH,
        build="unstained_pix2pix.net:build",
        presets={
            "paper": Preset(
                options={"width": 64, "depth": 8, "last": "tanh"},
                recipe=_PAPER,
                note="pix2pix as published; what Nguyen et al. changed in it could not be found out.",
            ),
            "lite": Preset(
                options={"width": 20, "depth": 8, "widest": 4, "last": "linear"},
                recipe=_LITE,
                note="Five sixteenths of the width, doubled twice instead of three times; an eighth of it in the "
                "discriminator; a higher learning rate, a linear output in deviations of the training counts instead "
                "of one between -1 and 1, half of the patches around bright pixels, averaged weights.",
            ),
        },
        divisor=256,
        halo=128,
        cite=(NGUYEN, ISOLA),
    )


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")
