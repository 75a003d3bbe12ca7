"""How many numbers a preset learns, counted by building the net."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.runtime import isolated
from zoo.types import Framework

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.types import Architecture


def trainable_parameters(architecture: Architecture, preset: str, in_channels: int, out_channels: int) -> int:
    """Trainable parameters of a preset with that many input planes and labels. Batch statistics do not count."""
    if preset not in architecture.presets:
        known = ", ".join(architecture.presets)
        message = f"{architecture.id}: unknown preset {preset!r}; known: {known}"
        raise ZooError(message, hint=f"zoo info {architecture.id}")
    options = architecture.presets[preset].options
    if architecture.framework is Framework.TORCH:
        return _torch(architecture.build, in_channels, out_channels, options)
    what = f"counting the parameters of {architecture.id}"  # in a process of its own: PyTorch may live in this one
    return isolated(what, _tensorflow, architecture.build, in_channels, out_channels, dict(options))


def _tensorflow(build: str, in_channels: int, out_channels: int, options: Mapping[str, object]) -> int:
    net = resolve(build)(in_channels, out_channels, **options)
    return sum(math.prod(weight.shape) for weight in net.trainable_weights)


def _torch(build: str, in_channels: int, out_channels: int, options: Mapping[str, object]) -> int:
    try:
        import torch  # noqa: PLC0415 - only counting needs it
    except ImportError as error:
        raise ZooError("counting parameters needs PyTorch", hint='pip install "unstained[torch]"') from error
    with torch.device("meta"):  # shapes without memory: instant for any size
        net = resolve(build)(in_channels, out_channels, **options)
    return sum(weight.numel() for weight in net.parameters() if weight.requires_grad)
