"""How many numbers the presets of an architecture learn, counted by building the nets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.runtime import isolated, loading
from zoo.types import Framework

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.types import Architecture

Presets: TypeAlias = "Mapping[str, Mapping[str, object]]"
"""Options of each, by name."""


def trainable_parameters(architecture: Architecture, in_channels: int, out_channels: int) -> dict[str, int]:
    """Trainable parameters of each preset with so many input planes and labels. Batch statistics do not count."""
    presets = {name: dict(preset.options) for name, preset in architecture.presets.items()}
    if architecture.framework is Framework.TORCH:
        return _torch(architecture.build, in_channels, out_channels, presets)
    what = f"counting the parameters of {architecture.id}"  # in a process of its own: PyTorch may live in this one
    return isolated(what, _tensorflow, architecture.build, in_channels, out_channels, presets)


def _tensorflow(build: str, in_channels: int, out_channels: int, presets: Presets) -> dict[str, int]:
    loading.keras()  # tells it to run on TensorFlow, before the net imports it
    found = {}
    for name, options in presets.items():
        net = resolve(build)(in_channels, out_channels, **options)
        found[name] = sum(math.prod(weight.shape) for weight in net.trainable_weights)
    return found


def _torch(build: str, in_channels: int, out_channels: int, presets: Presets) -> dict[str, int]:
    try:
        import torch  # noqa: PLC0415 - only counting needs it
    except ImportError as error:
        raise ZooError("counting parameters needs PyTorch", hint='pip install "unstained[torch]"') from error
    found = {}
    for name, options in presets.items():
        with torch.device("meta"):  # shapes without memory: instant for any size
            net = resolve(build)(in_channels, out_channels, **options)
        found[name] = sum(weight.numel() for weight in net.parameters() if weight.requires_grad)
    return found
