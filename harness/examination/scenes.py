"""An opened field, and what was said of it, as gates look at it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as field_of
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness.fields import CELL, recorded
from harness.gates.subjects import Subject, unchanged
from harness.judging import quantiles_of, statistic
from harness.objects.calls import above
from harness.objects.drawings import Drawings
from harness.objects.drymass import INCREMENT, Scales, background
from harness.objects.weighing import Phase
from harness.scoring import Failure
from zoo.types import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from harness.gates.subjects import Facts
    from harness.judging import Said
    from harness.metrics.pairs import Truth
    from harness.metrics.samples import Image, Mask
    from harness.objects.drawings import Instances
    from harness.scoring import Reference, Scale
    from zoo.types import Field

PLANE = 2
NORMAL = 3.29
"""Width of the central 90 % of a normal distribution, in deviations."""
EDITED = "edited"
"""Mask of what an edit changed."""


class UnansweredError(Exception):
    """A model said nothing of a label, or nothing that can be laid over the field."""

    def __init__(self, failure: Failure) -> None:
        """Carry what is to be written down."""
        super().__init__(failure.note)
        self.failure = failure


@dataclass(frozen=True, eq=False)
class Scene:
    """A field, its truth, and the scales that predictions are put on."""

    field: Field
    opened: xr.Dataset
    references: Mapping[str, Reference]
    """Of the labels that it shows."""
    scales: Mapping[str, Scale]
    """Of all labels."""
    drawings: Drawings = field_of(default_factory=Drawings)
    """What the dataset says of its masks and labels."""
    weighed: str = ""
    """Input that is a quantitative phase; empty without one."""

    def subject(
        self,
        label: str,
        said: Said,
        *,
        against: str = "",
        before: Subject | None = None,
        changed: Mapping[str, Image],
        line: tuple[float, float] | None = None,
    ) -> Subject:
        """A label and what was said of it. Raises ``UnansweredError`` where nothing was."""
        image = self.image(label, said)
        return Subject(
            label=label,
            said=image,
            valid=self.truths[label].valid if label in self.truths else recorded(self.opened, image.shape),
            condition=self.field.condition,
            truths=self.truths,
            facts=self.facts,
            edited=self.edited,
            before=before,
            changed=changed,
            line=line,
            against=against,
            width=self._width(label, said),
            exceeds=lambda level: self._exceeding(label, said, level),
            objects={name: one.objects for name, one in self.references.items() if one.objects},
            bodies=self.bodies,
            phase=self.phase,
            told=lambda structure: self._told(structure, said),
        )

    def _width(self, label: str, said: Said) -> Image | None:
        """Of the central 90 % interval that was told of a label; of a normal distribution where a deviation was."""
        low, high, sd = (statistic(said, label, name) for name in ("q5", "q95", "sd"))
        told = high - low if low is not None and high is not None else None if sd is None else NORMAL * sd
        there = self.references.get(label)
        if told is None or there is None or isinstance(there.checked(told), Failure):
            return None
        scale = self.scales[label]
        return told.astype(np.float64) / (scale.high - scale.low)

    def _exceeding(self, label: str, said: Said, level: float) -> Image | None:
        """How likely it said each pixel is to exceed a level on the scale of the training truth."""
        quantiles, there = quantiles_of(said, label), self.references.get(label)
        if not quantiles or there is None or any(isinstance(there.checked(one), Failure) for one in quantiles.values()):
            return None
        scale = self.scales[label]
        return above(quantiles, scale.low + level * (scale.high - scale.low))

    def image(self, label: str, said: Said, back: Callable[[Image], Image] = unchanged) -> Image:
        """What was said of a label, on the scale of its training truth. Raises ``UnansweredError``.

        ``back`` brings what was said of a changed input to the grid of the field.
        """
        missing = Failure("missing", f"nothing was predicted for {label!r}")
        counts = said if isinstance(said, Failure) else said.get(label, missing)
        if not isinstance(counts, Failure) and back is not unchanged:
            if not np.isfinite(counts).all():
                raise UnansweredError(
                    Failure("not-finite", "what is said of a changed input is NaN or infinite in places")
                )
            return back(self.scales[label].applied(counts))
        if not isinstance(counts, Failure) and label in self.references:
            counts = self.references[label].checked(counts)
        if isinstance(counts, Failure):
            raise UnansweredError(counts)
        return self.scales[label].applied(counts)

    @cached_property
    def truths(self) -> Mapping[str, Truth]:
        """The truth of every label that it shows."""
        return {label: one.truth for label, one in self.references.items()}

    @cached_property
    def facts(self) -> Facts:
        """What is known of each cell."""
        named = [str(name) for name, found in self.opened.variables.items() if found.dims == (CELL,)]
        return {name: self.opened[name].to_numpy() for name in named}

    @cached_property
    def bodies(self) -> Mapping[Structure, Instances]:
        """What its instance masks draw, where they are planes."""
        masks = next((truth.instances for truth in self.truths.values()), {})
        return {
            structure: mask
            for name, mask in masks.items()
            for structure in self.drawings.outlines.get(name, ())
            if mask.ndim == PLANE
        }

    @cached_property
    def phase(self) -> Phase | None:
        """Its phase less that of the medium; None where a number is missing that turns it into mass."""
        image = self.opened.get(self.weighed)
        size = self.opened.attrs.get("pixel_size")
        if image is None or size is None or "wavelength" not in image.attrs or image.squeeze().ndim != PLANE:
            return None
        known = {name: float(image.attrs.get(f"{name}_increment", INCREMENT)) for name in ("nucleus", "cytoplasm")}
        scales = Scales(wavelength=float(image.attrs["wavelength"]), pixel_size=float(size), **known)
        radians = image.squeeze().to_numpy().astype(np.float64)
        cells = self.bodies.get(Structure.CYTOPLASM, self.bodies.get(Structure.NUCLEUS))
        if cells is None:
            return None
        return Phase(radians - background(radians, cells, recorded(self.opened, radians.shape)), scales)

    def _told(self, structure: Structure, said: Said) -> tuple[str, Image] | None:
        labels = () if isinstance(said, Failure) else said
        found = next((label for label in labels if self.drawings.structures.get(label) == structure), None)
        return None if found is None else (found, self.image(found, said))

    @cached_property
    def edited(self) -> Mask | None:
        """Where an edit changed the field."""
        return self.opened[EDITED].to_numpy().astype(np.bool_) if EDITED in self.opened else None
