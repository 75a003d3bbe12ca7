"""What a phantom consists of: every field with its cells, its instrument and its day. Decides all, makes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from math import tau
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

from unstained_phantom.cells.population import Population
from unstained_phantom.channels import labels
from unstained_phantom.microscope import Conditions, Microscope
from unstained_phantom.optics.instruments import MICROSCOPES, with_markers
from unstained_phantom.quantities import quantity
from unstained_phantom.seeds import digest as words_digest
from unstained_phantom.specimen import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATOR = "1"
"""Version of the code that makes pixels: counts up with every change by which one of them becomes another."""
MAIN = "epithelial"
"""Preset of the living cells of the main splits."""
MIXTURE = {MAIN: 0.89, "dead": 0.08, "mitotic": 0.03}
"""Shares of the cells in them."""
DIGITS = 4
"""To which drawn numbers are rounded, so that the last bits of a processor decide nothing."""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """How sessions differ from each other; within one all fields share these."""

    confluence: float = quantity(
        0.82, 0.0, 1.0, "", "covered part of the glass, mean", source="monolayers are imaged at 70-95 %"
    )
    confluence_spread: float = quantity(0.12, 0.0, 0.5, "", "uniform, to either side", source="assumed")
    size_spread: float = quantity(
        0.08, 0.0, 0.3, "", "of cell size, relative; uniform, to either side", source="assumed"
    )
    droplets_spread: float = quantity(
        0.4,
        0.0,
        1.0,
        "",
        "of the number of droplets, relative; uniform, to either side",
        source="assumed: feeding and passage",
    )
    focus: float = quantity(
        0.3,
        0.0,
        2.0,
        "µm",
        "of the focal plane, standard deviation",
        source="repeatability of image-based autofocus, 0.2-0.5 µm",
    )
    lamp: float = quantity(
        0.1, 0.0, 0.5, "", "of transmitted light, relative; uniform, to either side", source="assumed: ageing of lamps"
    )
    gradient: float = quantity(
        0.03,
        0.0,
        0.3,
        "",
        "largest change of light over a field; uniform from 0",
        source="well-aligned Köhler illumination",
    )
    stain: float = quantity(
        0.05,
        0.0,
        0.5,
        "",
        "of each stain's strength, relative standard deviation",
        source="assumed: pipetting and incubation",
    )


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One field, before it is made. Scenes with the same ``cells`` show the same ones, as far as populations let."""

    id: str
    """Of the field, unique in its plan."""
    split: str
    session: str
    condition: str = ""
    cells: str
    """Seed of the specimen."""
    noise: str
    """Seed of every camera noise in it."""
    population: Population
    microscope: Microscope
    conditions: Conditions
    paired: bool = False
    """Whether it is one of two that an edit sets apart: then the field says where."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole dataset. Every number in it decides pixels, and so the digest."""

    seed: str = "unstained"
    """From which every random number comes."""
    size: tuple[int, int] = (256, 256)
    """Pixels of a field, y and x."""
    margin: int = 16
    """Pixels around it that are simulated and not recorded."""
    slices: int = 24
    """Of the specimen."""
    step: float = 0.5
    """Thickness of a slice, in µm."""
    microscope: Microscope
    """Of all fields but those of the shift to another one."""
    other: Microscope | None = None
    """The instrument of the shift ``microscope``; without one there is no such shift."""
    counts: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: {"train": (24, 5), "val": (6, 2), "test": (12, 2)}
    )
    """Main split -> sessions, and fields in each."""
    shifted: int = 6
    """Test sessions that are shown again under a shift; 0: no test-only splits at all."""
    volume: bool = False
    """Whether labels are stacks, plane by plane with the bright field, which is then the only input."""
    variation: Variation = field(default_factory=Variation)
    mixture: ClassVar[Mapping[str, float]] = MIXTURE
    """Shares of the cells in the main splits; every scene repeats them."""

    @cached_property
    def scenes(self) -> Mapping[str, Scene]:
        """Every field by id, in the order of the splits."""
        from unstained_phantom.shifts import shifts  # noqa: PLC0415 - shifts are made of scenes, which stand here

        main = [scene for split in self.counts for scene in self._main(split)]
        return {scene.id: scene for scene in (*main, *shifts(self, main))}

    @cached_property
    def splits(self) -> Mapping[str, tuple[str, ...]]:
        """Split -> ids of its fields."""
        found: dict[str, list[str]] = {}
        for scene in self.scenes.values():
            found.setdefault(scene.split, []).append(scene.id)
        return {split: tuple(ids) for split, ids in found.items()}

    @cached_property
    def digest(self) -> str:
        """sha256 over the version of the generator, the seed and every parameter."""
        from unstained_phantom.cells import parameters  # noqa: PLC0415 - as above

        facts = {
            "generator": GENERATOR,
            "plan": plain(self),
            "scenes": plain(self.scenes),
            "cells": plain(parameters.EVERYTHING),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def grid(self, microscope: Microscope) -> Grid:
        """The voxels of a field under an instrument."""
        height, width = (edge + 2 * self.margin for edge in self.size)
        return Grid((self.slices, height, width), pixel=microscope.pixel, step=self.step, margin=self.margin)

    def _main(self, split: str) -> Iterator[Scene]:
        sessions, each = self.counts[split]
        for session in (f"{split}-{number + 1:02d}" for number in range(sessions)):
            population, conditions = self.population(session), self.conditions(session)
            for name in (f"{session}-{number + 1}" for number in range(each)):
                yield Scene(
                    id=name,
                    split=split,
                    session=session,
                    cells=name,
                    noise=name,
                    population=population,
                    microscope=self.microscope,
                    conditions=conditions,
                )

    def population(self, session: str) -> Population:
        """The culture of a day."""
        vary = self.variation
        return Population(
            mixture=self.mixture,
            confluence=self._even(vary.confluence, vary.confluence_spread, session, "confluence"),
            size=self._even(1.0, vary.size_spread, session, "size"),
            droplets=self._even(1.0, vary.droplets_spread, session, "droplets"),
        )

    def conditions(self, session: str) -> Conditions:
        """Instrument and stains of a day. In a volume the stage moves light and stains alike: no focus error."""
        vary = self.variation
        return Conditions(
            focus=0.0 if self.volume else self._normal(0.0, vary.focus, session, "focus"),
            lamp=self._even(1.0, vary.lamp, session, "lamp"),
            gradient=self._even(vary.gradient / 2, vary.gradient / 2, session, "gradient"),
            gradient_angle=self._even(tau / 2, tau / 2, session, "gradient angle"),
            stain={label: self._normal(1.0, vary.stain, session, "stain", label) for label in labels(self.microscope)},
        )

    def _even(self, middle: float, spread: float, *words: str) -> float:
        return round(middle + spread * (2 * self._share(*words) - 1), DIGITS)

    def _normal(self, mean: float, sd: float, *words: str) -> float:
        """Cut at 2.5 standard deviations: no day is one on which nobody would have gone on."""
        return round(mean + sd * max(-2.5, min(2.5, NormalDist().inv_cdf(self._share(*words)))), DIGITS)

    def _share(self, *words: str) -> float:
        """A number between 0 and 1, never either, that belongs to these words."""
        return (words_digest(self.seed, "session", *words) // 2**204 + 0.5) / 2**52


class CoCulture(Plan):
    """Neurons among fibroblasts, every second one a motor neuron, which nothing but a stain tells from the others."""

    mixture: ClassVar[Mapping[str, float]] = {"neuron": 0.23, "motor-neuron": 0.23, "fibroblast": 0.44, "dead": 0.1}


def plain(thing: Any) -> Any:  # noqa: ANN401 - whatever a plan holds
    """Dataclasses, mappings and sequences as JSON has them.

    >>> plain(Grid((1, 2, 3), pixel=0.5, step=0.5))["shape"]
    [1, 2, 3]
    """
    if is_dataclass(thing) and not isinstance(thing, type):
        return {one.name: plain(getattr(thing, one.name)) for one in fields(thing)}
    if isinstance(thing, Mapping):
        return {str(name): plain(value) for name, value in thing.items()}
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return [plain(value) for value in thing]
    return thing


def standard() -> Plan:
    """Single planes of 256 x 256 pixels in every modality, and all test-only splits."""
    return Plan(microscope=MICROSCOPES["40x/0.75"], other=MICROSCOPES["20x/0.5"])


def volume() -> Plan:
    """Stacks of 32 planes with isotropic voxels for nets over three dimensions."""
    edge, planes = 0.29, 32
    return Plan(
        seed="unstained volume",
        size=(128, 128),
        slices=planes,
        step=edge,
        microscope=replace(MICROSCOPES["volume"], pixel=edge, planes=planes, plane_step=edge),
        counts={"train": (8, 3), "val": (4, 1), "test": (12, 1)},
        shifted=0,
        volume=True,
    )


def neurons() -> Plan:
    """Two kinds of cell in one dish, stained for what each of them is, on single planes in every modality."""
    return CoCulture(
        seed="unstained neurons",
        microscope=with_markers(MICROSCOPES["40x/0.75"]),
        counts={"train": (24, 4), "val": (6, 2), "test": (12, 3)},
        shifted=0,
    )
