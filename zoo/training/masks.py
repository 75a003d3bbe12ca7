"""Privileged targets: masks of a dataset that teach while a net is trained, and that no net is ever given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import xarray as xr

    from zoo.types import Dataset

CELL = "cell"
"""The dim of facts about instances, whose coordinate holds their ids in the masks."""


@dataclass(frozen=True)
class Mask:
    """Some instances of one mask of a dataset."""

    name: str
    """Of the dataset's mask."""
    fact: str = ""
    """Variable on the dim ``cell`` that chooses instances; empty for all of them."""
    value: str = ""
    """What the fact is, as text."""
    equal: bool = True
    """Whether instances with that value are taken, or the others."""


def parsed(text: str) -> Mask:
    """What a recipe writes: ``MASK``, ``MASK:FACT=VALUE`` or ``MASK:FACT!=VALUE``.

    >>> parsed("nuclei")
    Mask(name='nuclei', fact='', value='', equal=True)
    >>> parsed("nuclei:state!=dead")
    Mask(name='nuclei', fact='state', value='dead', equal=False)
    """
    name, colon, choice = text.partition(":")
    fact, equals, value = choice.partition("=")
    if not name or (colon and not (equals and fact.removesuffix("!"))):
        raise ZooError(f"recipe: mask {text!r}, expected MASK or MASK:FACT=VALUE", hint="for example nuclei:state=dead")
    return Mask(name, fact.removesuffix("!"), value, not fact.endswith("!"))


def check(dataset: Dataset, masks: Sequence[str]) -> None:
    """Refuse masks that the dataset does not have."""
    for text in masks:
        if parsed(text).name not in dataset.masks:
            raise ZooError(
                f"dataset {dataset.id!r} has no mask {parsed(text).name!r}, which teaches in this recipe; it has: "
                f"{', '.join(dataset.masks) or 'none'}",
                hint="take another dataset, or a recipe that needs no mask: zoo info shows those of every preset",
            )


def drawn(where: str, frame: xr.Dataset, masks: Sequence[str], size: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """What is inside of each mask, (mask, y, x); ``where`` names dataset and field for messages."""
    found = np.zeros((len(masks), *size), bool)
    for index, mask in enumerate(map(parsed, masks)):
        if mask.name not in frame:
            raise ZooError(
                f"{where}: mask {mask.name!r} was not drawn, but teaches in this recipe",
                hint="leave the field out of the split, or take a recipe without masks",
            )
        instances = frame[mask.name].to_numpy()
        if instances.shape != size:
            raise ZooError(
                f"{where}: mask {mask.name!r} has axes {' '.join(map(str, frame[mask.name].dims))}, expected y x",
                hint="masks teach nets over planes alone",
            )
        found[index] = np.isin(instances, _chosen(where, frame, mask)) if mask.fact else instances > 0
    return found


def _chosen(where: str, frame: xr.Dataset, mask: Mask) -> npt.NDArray[np.generic]:
    """The ids of the instances that a fact chooses."""
    facts = [str(name) for name in frame.data_vars if frame[name].dims == (CELL,)]
    if mask.fact not in facts:
        raise ZooError(
            f"{where}: no fact {mask.fact!r} is known of the instances of {mask.name!r}, expected one of: "
            f"{', '.join(facts) or 'none'}",
            hint="name another fact, or the mask alone",
        )
    same = frame[mask.fact].to_numpy().astype(str) == mask.value
    ids: npt.NDArray[np.generic] = frame[CELL].to_numpy()[same == mask.equal]
    return ids
