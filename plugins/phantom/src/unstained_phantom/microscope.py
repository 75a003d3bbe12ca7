"""The instrument, and how it stood on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unstained_phantom.quantities import quantity

_CAMERA = "evaluation of current sCMOS data sheets (6.5 µm pixels)"


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A scientific CMOS camera, 16 bit."""

    gain: float = quantity(0.46, 0.1, 10.0, "e/count", "electrons for one count", source=_CAMERA)
    offset: float = quantity(100.0, 0.0, 1000.0, "count", "counts without light", source=_CAMERA)
    read_noise: float = quantity(1.6, 0.5, 5.0, "e", "standard deviation without light", source=_CAMERA)


@dataclass(frozen=True, kw_only=True)
class Microscope:
    """An inverted microscope: light falls from above through the cells onto glass, below which the objective is."""

    name: str
    na: float = quantity(0.75, 0.1, 1.3, "", "numerical aperture of the objective", source="engraved on the objective")
    pixel: float = quantity(
        0.325, 0.05, 1.0, "µm", "edge of a recorded pixel in the sample", source="6.5 µm / magnification, binned"
    )
    medium: float = quantity(
        1.337, 1.33, 1.35, "", "refractive index of the medium at 550 nm", source="culture medium, handbook value"
    )
    wavelength: float = quantity(
        0.55, 0.4, 0.8, "µm", "of transmitted light, in vacuum", source="green interference filter"
    )
    condenser: float = quantity(
        0.4,
        0.0,
        0.9,
        "",
        "illumination NA of bright field and DIC",
        source="condenser closed to about half of the objective's NA",
    )
    ring_inner: float = quantity(
        0.18, 0.05, 0.6, "", "inner NA of the phase annulus", source="ring NA 0.18-0.24 of a 0.75 objective"
    )
    ring_outer: float = quantity(
        0.24, 0.06, 0.7, "", "outer NA of the phase annulus", source="ring NA 0.18-0.24 of a 0.75 objective"
    )
    ring_transmission: float = quantity(
        0.25, 0.05, 1.0, "", "intensity that the phase ring lets pass", source="Zernike plates absorb 70-85 %"
    )
    shear: float = quantity(0.25, 0.05, 0.6, "µm", "DIC shear along x", source="0.2-0.3 µm, below the resolution")
    bias: float = quantity(
        0.8,
        0.0,
        3.1416,
        "rad",
        "DIC bias retardation",
        source="de Sénarmont compensators stand at 10-25 degrees for relief",
    )
    focus: float = quantity(
        2.5,
        0.0,
        20.0,
        "µm",
        "height of the nominal focal plane above the glass",
        source="middle of an adherent nucleus, where autofocus settles",
    )
    planes: int = 13
    """Focal planes of a bright-field stack."""
    plane_step: float = quantity(
        1.0, 0.2, 5.0, "µm", "distance of bright-field planes", source="Christiansen 2018: 13 planes through the cells"
    )
    sources: int = 32
    """Points by which condenser disc and annulus are sampled, each."""
    sectioning: Literal["widefield", "confocal"] = "widefield"
    emission: Mapping[str, float] = field(default_factory=dict)
    """Label -> emission wavelength in µm."""
    brightness: Mapping[str, float] = field(default_factory=dict)
    """Label -> electrons per pixel from a layer of density 1 that is 1 µm thick, in one exposure."""
    background: float = quantity(
        4.0, 0.0, 50.0, "e", "fluorescence of medium and glass, in each pixel", source="assumed"
    )
    light: float = quantity(
        4000.0,
        100.0,
        20000.0,
        "e",
        "transmitted light in an empty pixel, in one exposure",
        source="half of a 6.5 µm sCMOS well at low-noise gain is above 10 000",
    )
    phase_noise: float = quantity(
        0.005, 0.0, 0.1, "rad", "standard deviation of a phase image", source="spatial noise of SLIM/GLIM, a few mrad"
    )
    camera: Camera = field(default_factory=Camera)


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How the instrument stood on a day, or in a field."""

    focus: float = 0.0
    """Of transmitted light and phase, in µm above the nominal plane; stains are recorded in best focus."""
    lamp: float = 1.0
    """Transmitted light, relative."""
    exposure: float = 1.0
    """Time of every exposure, relative: transmitted light and fluorescence."""
    gradient: float = 0.0
    """Relative change of transmitted light from one edge of the field to the opposite one."""
    gradient_angle: float = 0.0
    """Direction in which it grows, in radians from x towards y."""
    stain: Mapping[str, float] = field(default_factory=dict)
    """Label -> relative strength of its stain; 1 where it is not named."""
    blank: Literal["", "empty", "noise"] = ""
    """``noise``: every input is camera noise of the usual mean and spread, without any specimen in it."""
