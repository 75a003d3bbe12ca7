"""The whole plugin API on one screen.

A plugin is an installed distribution with an entry point in the group ``zoo``::

    [project.entry-points.zoo]
    mine = "unstained_mine"

and a module that implements any of these hooks with ``@zoo.hooks.impl``. Hooks return values; they never call back and
must not import torch or TensorFlow: they point at code by ``"module:attribute"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    import typer

    from zoo.types import Architecture, Dataset, Metric, ModelEntry

PROJECT = "zoo"
"""Name of the pluggy project and of the entry-point group."""
spec = pluggy.HookspecMarker(PROJECT)
impl = pluggy.HookimplMarker(PROJECT)


@spec
def zoo_architectures() -> Iterable[Architecture]:
    """Nets that can be built and trained."""
    raise NotImplementedError


@spec
def zoo_models() -> Iterable[ModelEntry]:
    """Trained weights of an architecture, or finished BioImage.IO packages."""
    raise NotImplementedError


@spec
def zoo_datasets() -> Iterable[Dataset]:
    """Paired datasets; describing one must not read its images."""
    raise NotImplementedError


@spec
def zoo_metrics() -> Iterable[Metric]:
    """Extra columns of a board; ranked only where a challenge names them."""
    raise NotImplementedError


@spec
def zoo_commands() -> Iterable[typer.Typer]:
    """Typer apps whose commands join ``zoo``."""
    raise NotImplementedError
