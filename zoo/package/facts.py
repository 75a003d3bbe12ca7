"""What a package says of its size and its training, in the words of the format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.package.contents import Package

MINUTES = 60
"""Of an hour, in which the format counts."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """None where a package does not say."""

    parameters: int | None
    """Trainable parameters."""
    minutes: float | None
    """Of training."""


def facts(package: Package) -> Facts:
    """Parameters and minutes of training."""
    known = package.description.config.bioimageio
    own = package.config.get("training", {}).get("minutes")
    hours = known.training.training_duration
    minutes = own if isinstance(own, int | float) else None if hours is None else hours * MINUTES
    return Facts(parameters=known.model_parameter_count, minutes=minutes)
