"""The named microscopes. Pure Python: plans and listings read them."""

from __future__ import annotations

from unstained_phantom.microscope import Camera, Microscope

EMISSION = {
    "dna": 0.46,
    "nucleoli": 0.52,
    "lipid": 0.52,
    "mitochondria": 0.60,
    "membrane": 0.67,
    "cytoplasm": 0.52,
    "dead": 0.62,
    "null_puncta": 0.52,
    "random_level": 0.60,
    "shortcut": 0.67,
}
"""Label -> emission in µm: as of Hoechst (DNA), SYTO 14 (nucleoli), BODIPY 493/503 (lipid), MitoTracker Orange,
CellMask Deep Red, calcein, propidium iodide; the controls have no dye and take a filter of their own."""

BRIGHTNESS = dict.fromkeys(EMISSION, 60.0)

STANDARD = Microscope(
    name="40x/0.75",
    na=0.75,
    pixel=0.325,
    emission=EMISSION,
    brightness=BRIGHTNESS,
    camera=Camera(read_noise=3.2),
)
"""The default: 40x with 6.5 µm pixels, 2x2 of them added up, which doubles their read noise."""

LOW = Microscope(name="20x/0.5", na=0.5, pixel=0.325, condenser=0.3, emission=EMISSION, brightness=BRIGHTNESS)
"""The same pixels at a lower aperture."""

HIGH = Microscope(name="60x/1.2", na=1.2, pixel=0.1083, condenser=0.55, emission=EMISSION, brightness=BRIGHTNESS)
"""Water immersion."""

VOLUME = Microscope(name="volume", na=0.75, pixel=0.29, sectioning="confocal", emission=EMISSION, brightness=BRIGHTNESS)
"""40x confocal with isotropic voxels."""

MICROSCOPES = {one.name: one for one in (STANDARD, LOW, HIGH, VOLUME)}
"""By name."""
