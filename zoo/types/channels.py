"""What a channel of a field shows: an unstained image, or a stain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Modality(StrEnum):
    """How an unstained image was made."""

    BRIGHTFIELD = "brightfield"
    PHASE_CONTRAST = "phase-contrast"
    DIC = "dic"
    QUANTITATIVE_PHASE = "quantitative-phase"


class Structure(StrEnum):
    """What a stain shows; the last three are control labels that no honest model can predict in full."""

    NUCLEUS = "nucleus"
    NUCLEOLUS = "nucleolus"
    NUCLEAR_ENVELOPE = "nuclear-envelope"
    CYTOPLASM = "cytoplasm"
    MEMBRANE = "membrane"
    MITOCHONDRION = "mitochondrion"
    ENDOPLASMIC_RETICULUM = "endoplasmic-reticulum"
    GOLGI = "golgi"
    ACTIN = "actin"
    TUBULIN = "tubulin"
    LIPID_DROPLET = "lipid-droplet"
    DENDRITE = "dendrite"
    AXON = "axon"
    DEAD_NUCLEUS = "dead-nucleus"
    DEAD_ANIMAL = "dead-animal"
    NULL_PUNCTA = "null-puncta"
    RANDOM_LEVEL = "random-level"
    SHORTCUT = "shortcut"

    @property
    def is_control(self) -> bool:
        """Whether it is a control label: shown on boards, never ranked."""
        return self in {Structure.NULL_PUNCTA, Structure.RANDOM_LEVEL, Structure.SHORTCUT}


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel of a field: an input (has a modality) or a label (has a structure), never both."""

    name: str
    """The name it carries in files, fields and boards, e.g. ``phase`` or ``yfp``."""
    modality: Modality | None = None
    """How an input was made; None for a label."""
    structure: Structure | None = None
    """What a label shows; None for an input."""
    dye: str = ""
    """Stain or fluorescent protein, e.g. ``Hoechst 33342``; empty if unknown."""
    planes: int = 1
    """Focal planes: 1 for a single image or a projection."""
    pixel_size: float | None = None
    """Edge of a pixel in the sample, in µm; None if unknown."""
    z_step: float | None = None
    """Distance between planes in µm; None if unknown or with one plane."""
    projection: str = ""
    """How planes became one image (``maximum``, ``best-focus``); empty if they did not."""

    def __post_init__(self) -> None:
        """Refuse a channel that is both an input and a label, or neither."""
        if (self.modality is None) == (self.structure is None):
            msg = f"channel {self.name!r}: give either a modality (input) or a structure (label)"
            raise ValueError(msg)


def inputs_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model may see."""
    return (channel for channel in channels if channel.modality is not None)


def labels_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model is asked for."""
    return (channel for channel in channels if channel.structure is not None)
