"""What grows in a dish, and what an experiment did to it. Pure Python: plans are made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from unstained_phantom.cells.presets import KINDS
from unstained_phantom.quantities import check, quantity
from zoo.errors import ZooError


@dataclass(frozen=True)
class Edit:
    """One kind of organelle taken out of, or put into, about a third of the cells; nothing else differs."""

    action: Literal["erase", "insert"]
    label: Literal["lipid", "nucleoli", "mitochondria"]


@dataclass(frozen=True, kw_only=True)
class Population:
    """The cells of a dish, as they can be told before any of them is drawn."""

    mixture: Mapping[str, float] = field(default_factory=lambda: {"epithelial": 0.89, "dead": 0.08, "mitotic": 0.03})
    """Preset -> share of the cells; shares are normalised to 1."""
    confluence: float = quantity(
        0.85, 0.0, 1.0, "", "share of the glass that is covered, nearly", source="dishes are imaged at 50 to 100 %"
    )
    size: float = quantity(
        1.0, 0.5, 2.0, "", "linear size of the cells, relative", source="assumed: days differ by 5 to 10 %"
    )
    droplets: float = quantity(
        1.0, 0.0, 5.0, "", "number of lipid droplets, relative", source="assumed: follows feeding and density"
    )
    lipid_index: float | None = None
    """Of the droplets, over the cytoplasm around them; 0 makes them invisible, None leaves it to the material."""
    shortcut_linked: bool = True
    """Whether the label ``shortcut`` stands on droplets (on nine of ten), or on as many places that nothing marks."""
    hours: float = quantity(
        0.0, 0.0, 200.0, "h", "time since the first image", source="time-lapse experiments last days"
    )
    growth_rate: float = quantity(
        0.0, 0.0, 0.1, "1/h", "of the volumes, exponential", source="doubling in 24 h is 0.029"
    )
    edit: Edit | None = None
    """What an experiment changed."""
    empty: bool = False
    """A well without cells."""

    def __post_init__(self) -> None:
        """Refuse what no dish holds.

        Raises
        ------
        ZooError
            For an unknown preset, shares that do not add up to anything, or a number outside its range.
        """
        for name, share in self.mixture.items():
            if name not in KINDS:
                near = get_close_matches(name, KINDS, 1)
                hint = f"did you mean {near[0]}?" if near else f"choose among {', '.join(KINDS)}"
                raise ZooError(f"mixture: {name!r} is no preset of cells", hint=hint)
            if share < 0:
                raise ZooError(f"mixture: the share of {name} is {share:g}, expected 0 or more", hint="leave it out")
        if not sum(self.mixture.values()):
            raise ZooError("mixture: no cells in it", hint="for a well without cells set empty")
        try:
            check(self)
        except ValueError as error:
            raise ZooError(str(error), hint="choose a value within that range") from error

    @property
    def growth(self) -> float:
        """Factor by which volumes have grown."""
        return math.exp(self.growth_rate * self.hours)
