"""What a gate looks at: one label of one field, what a model said of it, and of changes of it.

All images lie on the scale of the training truth, on which 0 and 1 are its low and high percentiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.metrics.pairs import Pair, Truth
from harness.metrics.samples import picked

if TYPE_CHECKING:
    import xarray as xr

    from harness.metrics.samples import Image, Mask
    from harness.objects.drawings import Instances
    from harness.objects.truths import ObjectTruth
    from harness.objects.weighing import Phase
    from zoo.types import Structure

Measured: TypeAlias = Iterable[tuple[str, Mapping[str, float]]]
"""What in a field, empty for all of it, and its numbers by name."""
Facts: TypeAlias = Mapping[str, npt.NDArray[np.generic]]


def untold(_structure: Structure) -> None:
    """Nothing is known of other labels."""


def unsaid(_level: float) -> None:
    """Nothing is known of how likely a pixel exceeds a level."""


def unchanged(image: Image) -> Image:
    """A prediction that is on the grid of the field already."""
    return image


@dataclass(frozen=True, eq=False, kw_only=True)
class Change:
    """Other inputs than those that were recorded, and how what is said of them is laid over the field."""

    name: str
    inputs: xr.Dataset
    back: Callable[[Image], Image] = unchanged
    """From the grid of the changed inputs to that of the field; NaN where nothing comes back."""
    tiled: bool = False
    """Whether it is to be predicted in small tiles."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """One label of one field, and what a model said of it."""

    label: str
    said: Image
    """Axes ``y x`` or ``z y x``; finite wherever ``valid``."""
    valid: Mask
    """Same shape; False where nothing was recorded."""
    condition: str = ""
    truths: Mapping[str, Truth] = field(default_factory=dict)
    """Of every label that the field shows."""
    facts: Facts = field(default_factory=dict)
    """What is known of each cell, by name; ``cell`` holds their numbers in the masks."""
    edited: Mask | None = None
    """Where an edit changed the field, ``y x``."""
    before: Subject | None = None
    """The same label of the same field before the edit."""
    changed: Mapping[str, Image] = field(default_factory=dict)
    """What it said of changed inputs, by the name of the change; NaN where nothing came back."""
    line: tuple[float, float] | None = None
    """Gain and offset that other sessions ask for; None where they are not known."""
    against: str = ""
    """The label that a probe names, e.g. whose organelle gets easier to see."""
    width: Image | None = None
    """Of the central 90 % interval that the model told for every pixel; None where it told none."""
    exceeds: Callable[[float], Image | None] = unsaid
    """How likely it said each pixel is to exceed a level, in [0, 1]; None where it did not say."""
    objects: Mapping[str, ObjectTruth] = field(default_factory=dict)
    """Of every label that the field shows, where objects are judged."""
    bodies: Mapping[Structure, Instances] = field(default_factory=dict)
    """What its instance masks draw, ``y x``, by what a label of the same bodies shows."""
    phase: Phase | None = None
    """Its quantitative phase, where it is known by what light that was measured."""
    told: Callable[[Structure], tuple[str, Image] | None] = untold
    """The label that shows a structure, and what was said of it; None where nothing was."""

    @property
    def truth(self) -> Truth:
        """The truth of the label."""
        return self.truths[self.label]

    @cached_property
    def clean(self) -> Truth:
        """The truth without the noise of a camera where that is known, else as it was recorded."""
        return noiseless(self.truth)

    @cached_property
    def pair(self) -> Pair:
        """What was said beside ``clean``."""
        return Pair(self.said, self.clean)

    @cached_property
    def doubt(self) -> dict[str, float]:
        """How unsure it said it is, ``doubt``: the mean width inside cells, in deviations of the training truth.

        Empty where it did not say.
        """
        if self.width is None or self.label not in self.truths:
            return {}
        told = picked(self.width, self.truth.places_inside)
        return {"doubt": float(told.mean()) / self.truth.training_sd} if told.size else {}

    @cached_property
    def energy(self) -> float:
        """Variance of what was said, over recorded pixels."""
        return energy(self.said, self.valid)


def noiseless(truth: Truth) -> Truth:
    """A truth whose image is free of noise, where that is known."""
    return truth if truth.clean is None else replace(truth, image=truth.clean)


def energy(image: Image, valid: Mask) -> float:
    """Variance over the recorded pixels that came back; exactly 0 where all are equal, NaN where there are none."""
    values = image[valid & np.isfinite(image)]
    if not values.size:
        return float("nan")
    return float(values.var()) if np.ptp(values) > 0 else 0.0
