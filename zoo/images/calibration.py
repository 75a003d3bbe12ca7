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


def coordinate(names: Sequence[str], dims: Sequence[str], shape: Sequence[int]) -> Mapping[str, object]:
    """Channel names as coordinate ``c``: along the axis where there is one, a scalar for a single channel."""
    count = shape[dims.index("c")] if "c" in dims else 1
    if len(names) != count or not any(names):
        return {}
    return {"c": list(names)} if "c" in dims else {"c": names[0]}
