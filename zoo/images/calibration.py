"""What a file says about itself: channel names, pixel size and z step, all lengths in µm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

MICROMETRES = {
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "\\u00b5m": 1.0,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "meter": 1e6,
}
"""How many µm a unit is, by the spellings that OME, NGFF, ImageJ and MetaMorph use."""


MODALITIES = {
    "Brightfield": ("brightfield",),
    "Phase": ("phase-contrast", "quantitative-phase"),
    "DIC": ("dic",),
    "Fluorescence": ("fluorescence",),
    "Darkfield": ("darkfield",),
    "PolarizedLight": ("polarised light",),
    "HoffmanModulation": ("Hoffman modulation",),
    "ObliqueIllumination": ("oblique illumination",),
}
"""What an image may be whose file says so: ``ContrastMethod`` of OME -> our words, and others where we have none."""


def modalities(name: str, contrast: str) -> tuple[str, ...]:
    """What a channel may be, by the contrast method that its file states, else by its name; empty if neither says it.

    >>> modalities("camera 1", "DIC"), modalities("Phase-contrast", ""), modalities("dna", "Other")
    (('dic',), ('phase-contrast',), ())
    """
    known = {word for words in MODALITIES.values() for word in words}
    return MODALITIES.get(contrast) or ((name.lower(),) if name.lower() in known else ())


def in_micrometres(length: object, unit: object) -> float | None:
    """A length in µm; None where it is no positive number or the unit is no length.

    >>> in_micrometres(160, "nm")
    0.16
    >>> in_micrometres(1.0, "pixel") is None
    True
    """
    factor = MICROMETRES.get(str(unit).strip().lower())
    if factor is None or not isinstance(length, int | float) or not length > 0:
        return None
    return round(float(length) * factor, 9)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Names and lengths of one image."""

    names: tuple[str, ...] = ()
    """Channel names in order; empty where the file names none."""
    contrasts: tuple[str, ...] = ()
    """Contrast method of each channel in the words of OME; empty where the file states none."""
    pixel_size: float | None = None
    """Edge of a pixel in µm."""
    z_step: float | None = None
    """Distance of planes in µm."""

    @classmethod
    def of(cls, image: xr.DataArray, pixel_size: float | None = None, z_step: float | None = None) -> Calibration:
        """What an array says in its attributes and coordinates, where no other value is given."""
        names = tuple(str(name) for name in image.coords["c"].to_numpy().reshape(-1)) if "c" in image.coords else ()
        return cls(
            names=names,
            pixel_size=pixel_size or image.attrs.get("pixel_size"),
            z_step=z_step or image.attrs.get("z_step"),
        )

    def attrs(self) -> Mapping[str, float]:
        """The lengths that are known, as attributes of an array."""
        known = {"pixel_size": self.pixel_size, "z_step": self.z_step}
        return {name: length for name, length in known.items() if length is not None}


def coordinates(calibration: Calibration, dims: Sequence[str], shape: Sequence[int]) -> Mapping[str, object]:
    """Channel names as coordinate ``c``, and contrast methods as ``contrast``, where the file states them.

    Along the axis where there is one, a scalar for a single channel.
    """
    count = shape[dims.index("c")] if "c" in dims else 1
    told = {"c": calibration.names, "contrast": calibration.contrasts}
    told = {name: words for name, words in told.items() if len(words) == count and any(words)}
    return {name: ("c", list(words)) if "c" in dims else words[0] for name, words in told.items()}
