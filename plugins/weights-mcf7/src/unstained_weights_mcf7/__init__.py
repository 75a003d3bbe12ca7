"""Entries trained on images that may not be used commercially; kept apart so that nobody installs them by accident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import ModelEntry


@hooks.impl
def zoo_models() -> Iterable[ModelEntry]:
    """The weight files beside this module."""
    from zoo import weights  # noqa: PLC0415 - not needed to list architectures

    return weights.entries(Path(__file__).parent / "weights")
