"""The named microscopes. Pure Python: plans and listings read them."""

from __future__ import annotations

from dataclasses import replace

from unstained_phantom.microscope import Camera, Microscope

EMISSION = {
    "dna": 0.46,
    "nucleoli": 0.53,
    "lipid": 0.52,
    "mitochondria": 0.60,
    "membrane": 0.67,
    "cytoplasm": 0.52,
    "dead": 0.62,
    "null_puncta": 0.60,
    "random_level": 0.52,
    "shortcut": 0.67,
}
"""Label -> emission in µm: as of Hoechst (DNA), SYTO 14 (nucleoli), BODIPY 493/503 (lipid), MitoTracker Orange,
CellMask Deep Red, calcein, propidium iodide; the controls have no dye and take a filter of their own."""

BRIGHTNESS = {
    "dna": 40.0,
    "nucleoli": 90.0,
    "lipid": 150.0,
    "mitochondria": 180.0,
    "membrane": 80.0,
    "cytoplasm": 25.0,
    "dead": 40.0,
    "null_puncta": 200.0,
    "random_level": 32.0,
    "shortcut": 150.0,
}
"""Label -> electrons per pixel from a layer of density 1 that is 1 µm thick, with the default microscope: peaks of 30
to 300, as exposures of living cells are kept."""


MARKERS = {"neuron": 0.67, "motor_neuron": 0.52}
"""Emission in µm of stains of one kind of cell: antibodies against NeuN and Islet1, as bright as a stain of DNA."""


def _brightness(relative: float) -> dict[str, float]:
    return {label: relative * electrons for label, electrons in BRIGHTNESS.items()}


STANDARD = Microscope(
    name="40x/0.75", na=0.75, pixel=0.325, emission=EMISSION, brightness=BRIGHTNESS, camera=Camera(read_noise=3.2)
)
"""The default: 40x air, sCMOS with 6.5 µm pixels of which 2 x 2 are added up, which doubles their read noise."""

LOW = Microscope(
    name="20x/0.5", na=0.5, pixel=0.325, condenser=0.3, emission=EMISSION, brightness=_brightness((0.5 / 0.75) ** 2)
)
"""20x air: the same pixels, not binned. A smaller aperture blurs more and collects less."""

HIGH = Microscope(
    name="60x/1.2",
    na=1.2,
    pixel=0.1083,
    condenser=0.55,
    plane_step=0.5,
    emission=EMISSION,
    brightness=_brightness((1.2 / 0.75) ** 2 * (0.1083 / 0.325) ** 2 * 2),
)
"""60x water immersion, exposed twice as long, since its pixels are a ninth of the area."""

VOLUME = Microscope(
    name="volume",
    na=0.75,
    pixel=0.29,
    sectioning="confocal",
    emission=EMISSION,
    brightness=_brightness(2.0),
    background=1.0,
)
"""40x confocal with isotropic voxels: a section holds less light than a whole cell, so it is exposed longer."""

MICROSCOPES = {one.name: one for one in (STANDARD, LOW, HIGH, VOLUME)}
"""By name."""


def with_markers(microscope: Microscope) -> Microscope:
    """The same with filters for ``MARKERS``."""
    bright = dict.fromkeys(MARKERS, microscope.brightness["dna"])
    return replace(
        microscope,
        emission={**microscope.emission, **MARKERS},
        brightness={**microscope.brightness, **bright},
    )
