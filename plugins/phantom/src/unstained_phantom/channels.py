"""What a phantom shows: the unstained images that a model may see, and the stains that it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.types import Channel, Modality, Structure

if TYPE_CHECKING:
    from unstained_phantom.microscope import Microscope

STACK = "brightfield"
"""The focal series, from which every bright-field input is taken."""
VIEWS = (1, 7, 13)
"""Planes of the bright-field inputs of single-plane datasets, centred on the nominal focus."""
SINGLE = {
    "phase-contrast": Modality.PHASE_CONTRAST,
    "dic": Modality.DIC,
    "phase": Modality.QUANTITATIVE_PHASE,
}
"""Inputs that are one image each; ``phase`` is in radians, all others are counts."""
LABELS = {
    "dna": Structure.NUCLEUS,
    "nucleoli": Structure.NUCLEOLUS,
    "lipid": Structure.LIPID_DROPLET,
    "mitochondria": Structure.MITOCHONDRION,
    "membrane": Structure.MEMBRANE,
    "cytoplasm": Structure.CYTOPLASM,
    "dead": Structure.DEAD_NUCLEUS,
    "null_puncta": Structure.NULL_PUNCTA,
    "random_level": Structure.RANDOM_LEVEL,
    "shortcut": Structure.SHORTCUT,
}
"""The stains; the last three cannot honestly be predicted in full."""
MARKERS = {"neuron": Structure.NEURON, "motor_neuron": Structure.MOTOR_NEURON}
"""Stains that the nuclei of one kind of cell take, in dishes where the question is who is who."""


def view_name(planes: int) -> str:
    """Name of the bright-field input with that many planes.

    >>> view_name(1), view_name(7)
    ('brightfield', 'brightfield7')
    """
    return STACK if planes == 1 else f"{STACK}{planes}"


def views(microscope: Microscope, *, volume: bool) -> tuple[int, ...]:
    """How many planes each bright-field input has: the stack itself in a volume."""
    return (microscope.planes,) if volume else tuple(planes for planes in VIEWS if planes <= microscope.planes)


def labels(microscope: Microscope) -> dict[str, Structure]:
    """The stains that a microscope has filters for: ``LABELS``, and markers where they are asked for."""
    return {name: structure for name, structure in {**LABELS, **MARKERS}.items() if name in microscope.brightness}


def channels(microscope: Microscope, *, volume: bool) -> tuple[Channel, ...]:
    """Inputs, then labels, of fields under this microscope; in a volume bright field alone, and labels as stacks."""
    names = {planes: STACK if volume else view_name(planes) for planes in views(microscope, volume=volume)}
    inputs = [_stack(name, Modality.BRIGHTFIELD, None, planes, microscope) for planes, name in names.items()]
    if not volume:
        inputs += [_stack(name, modality, None, 1, microscope) for name, modality in SINGLE.items()]
    planes = microscope.planes if volume else 1
    stains = labels(microscope).items()
    return (*inputs, *(_stack(name, None, structure, planes, microscope) for name, structure in stains))


def _stack(
    name: str, modality: Modality | None, structure: Structure | None, planes: int, microscope: Microscope
) -> Channel:
    return Channel(
        name=name,
        modality=modality,
        structure=structure,
        planes=planes,
        pixel_size=microscope.pixel,
        z_step=microscope.plane_step if planes > 1 else None,
        projection="best-focus" if structure and planes == 1 else "",
    )
