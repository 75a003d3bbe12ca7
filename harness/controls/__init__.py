"""The controls that stand in every run, scored like a model: what can be had without a net, and what a repeat reaches.

Only descriptions stand here, so that ``zoo list controls`` stays instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Control:
    """What may see more than a model may: a bound between which the models of a board stand."""

    id: str
    title: str
    kind: Literal["floor", "ceiling"]
    """``floor``: what can be had without a net. ``ceiling``: what the truth itself reaches, clean or recorded again."""


VERSION = 2
"""Raised when any control would predict something else from the same training fields."""

REPEAT = "repeat"
CLEAN = "clean-truth"

CONTROLS = (
    Control(id="training-mean", title="Mean of the training truth, everywhere", kind="floor"),
    Control(id="input-as-stain", title="The input itself, gain and offset fitted on training fields", kind="floor"),
    Control(
        id="linear-pixel",
        title="Least squares on the planes and their local means and spreads, fitted on training fields",
        kind="floor",
    ),
    Control(id=REPEAT, title="The stain recorded a second time", kind="ceiling"),
    Control(id=CLEAN, title="The stain without noise, which is known where it was made up", kind="ceiling"),
)
