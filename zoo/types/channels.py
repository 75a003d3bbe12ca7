"""What a channel of a field shows: an unstained image, or a stain."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from zoo.types.statistics import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Modality(StrEnum):
    """How an unstained image was made."""

    BRIGHTFIELD = "brightfield"
    PHASE_CONTRAST = "phase-contrast"
    DIC = "dic"
    QUANTITATIVE_PHASE = "quantitative-phase"

    @property
    def background(self) -> float | None:
        """What an empty dish reads: 0 rad in quantitative phase; None where it is light, as bright as the lamp.

        >>> Modality.QUANTITATIVE_PHASE.background, Modality.DIC.background
        (0.0, None)
        """
        return 0.0 if self is Modality.QUANTITATIVE_PHASE else None


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
    NEURON = "neuron"
    MOTOR_NEURON = "motor-neuron"
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
    statistic: str = ""
    """What a net says of a label beside its mean, such as ``sd`` or ``q97.5``; empty for a mean and for an input."""

    def __post_init__(self) -> None:
        """Refuse a channel that is both an input and a label, or neither."""
        if (self.modality is None) == (self.structure is None):
            msg = f"channel {self.name!r}: give either a modality (input) or a structure (label)"
            raise ValueError(msg)
        if self.statistic:
            if self.structure is None:
                msg = f"channel {self.name!r}: has the statistic {self.statistic!r}, but only labels have statistics"
                raise ValueError(msg)
            unit(self.statistic)


def inputs_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model may see."""
    return (channel for channel in channels if channel.modality is not None)


def labels_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model is asked for."""
    return (channel for channel in channels if channel.structure is not None)


def stored(channel: Channel) -> dict[str, object]:
    """A channel as plain values, for headers, packages and digests; a mean is stored as it was before statistics.

    >>> stored(Channel(name="dna", structure=Structure.NUCLEUS, pixel_size=0.1))["pixel_size"]
    0.1
    """
    values = asdict(channel)
    return values if channel.statistic else {key: value for key, value in values.items() if key != "statistic"}


def returned(labels: Sequence[Channel], statistics: Sequence[str]) -> tuple[Channel, ...]:
    """The channels that a net returns: labels, then all statistics of the first label, those of the next, ...

    >>> [channel.name for channel in returned([Channel(name="dna", structure=Structure.NUCLEUS)], ("sd", "q50"))]
    ['dna', 'dna.sd', 'dna.q50']
    """
    told = (
        replace(label, name=f"{label.name}.{statistic}", statistic=statistic)
        for label in labels
        for statistic in statistics
    )
    return (*labels, *told)
