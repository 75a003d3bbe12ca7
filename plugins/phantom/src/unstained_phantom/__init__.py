"""Simulated cells under real optics: the dataset that every user has, offline, with the truth behind the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import hooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    import typer

    from zoo.types import Dataset


@hooks.impl
def zoo_commands() -> Iterable[typer.Typer]:
    """``zoo phantom``."""
    from unstained_phantom.commands import app  # noqa: PLC0415 - datasets are listed without it

    return [app]


@hooks.impl
def zoo_datasets() -> Iterable[Dataset]:
    """Single planes, which commands take when no dataset is named; and volumes for nets over stacks."""
    from unstained_phantom.dataset import PhantomDataset  # noqa: PLC0415 - listing models must not load the data layer
    from unstained_phantom.plan import neurons, standard, volume  # noqa: PLC0415

    yield PhantomDataset(
        id="phantom",
        title="Simulated adherent cells: every modality and ten stains of the same fields, with the truth",
        planned=standard,
        default=True,
    )
    yield PhantomDataset(
        id="phantom-neurons",
        title="Simulated neurons among fibroblasts: which cell is a neuron, and which of them a motor neuron",
        planned=neurons,
    )
    yield PhantomDataset(
        id="phantom-volume",
        title="Simulated adherent cells in 32 planes: bright field and ten stains as stacks, with the truth",
        planned=volume,
    )
