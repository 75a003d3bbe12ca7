"""What the harness registers with ``zoo``: metrics, controls and commands. Loads no array library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.commands import APPS
from harness.controls import CONTROLS
from harness.metrics import DISTRIBUTIONS, METRICS
from harness.objects import METRICS as OBJECTS
from zoo import hooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    import typer

    from zoo.types import Metric

__all__ = ["CONTROLS", "zoo_commands", "zoo_metrics"]


@hooks.impl
def zoo_metrics() -> Iterable[Metric]:
    """The columns that every board has."""
    return (*METRICS, *OBJECTS, *DISTRIBUTIONS)


@hooks.impl
def zoo_commands() -> Iterable[typer.Typer]:
    """``zoo bench``, ``zoo score``, ``zoo rank``, ``zoo report``, ``zoo drymass``, ``zoo calls`` ...."""
    return APPS
