"""Predictions as a film: each channel in a colour of its own, added up, with one range of counts for all frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from zoo.errors import ZooError
from zoo.images.colours import COLOURS, RANGE, SAMPLES, colours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

FORMATS = (".gif", ".png", ".webp")
"""What a film may be written as: every browser plays these. PNG is animated PNG."""


@dataclass(frozen=True)
class Look:
    """How a channel is shown."""

    channel: str
    colour: tuple[float, float, float]
    """Red, green and blue, 0 to 1."""
    low: float
    """Counts that become black."""
    high: float
    """Counts that become the full colour."""


def looks(
    image: xr.DataArray,
    channels: Sequence[str] = (),
    told: Mapping[str, str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Look, ...]:
    """How the channels of an image are shown: those that are named, or all, in colours and ranges unless told.

    ``image`` has dims out of ``t c z y x``, ``told`` are the colours of some channels. A range that is not told is
    taken from all frames together, so that a cell which brightens is seen to brighten. Raises ``ZooError`` for unknown
    channels and colours.
    """
    names = _names(image)
    chosen = list(channels or names)
    if unknown := [name for name in (*chosen, *(told or {}), *(ranges or {})) if name not in names]:
        raise ZooError(f"no channel {unknown[0]!r}; there are {', '.join(names)}", hint="--channels dna,membrane")
    found = []
    for name, own in zip(chosen, colours(len(chosen)), strict=True):
        colour = (told or {}).get(name, own)
        if colour not in COLOURS:
            raise ZooError(f"no colour {colour!r}; there are {', '.join(COLOURS)}", hint=f"--colour {name}=green")
        low, high = (ranges or {}).get(name) or _range(_channel(image, names.index(name)))
        found.append(Look(name, COLOURS[colour], low, high))
    return tuple(found)


def frames(image: xr.DataArray, shown: Sequence[Look]) -> Iterator[npt.NDArray[np.uint8]]:
    """The frames of a film, (y, x, colour): over time, or through depth where there is no time.

    Of a stack at each time the brightest plane of every pixel is shown.
    """
    axis = next((axis for axis in ("t", "z") if axis in image.dims), None)
    if axis is None:
        raise ZooError("a single plane is no film", hint="predict a time-lapse or a stack")
    names = _names(image)
    for index in range(image.sizes[axis]):
        mixed: npt.NDArray[np.float32] | float = 0.0
        for look in shown:
            plane = _channel(image, names.index(look.channel)).isel({axis: index})
            flat = _flat(plane).to_numpy().astype(np.float32)
            bright = np.clip((flat - look.low) / (look.high - look.low or 1.0), 0, 1)
            mixed = mixed + bright[..., None] * np.asarray(look.colour, np.float32)
        yield (255 * np.clip(mixed, 0, 1)).astype(np.uint8)


def write(pictures: Iterator[npt.NDArray[np.uint8]], path: Path, *, rate: float) -> int:
    """Write frames as an animated GIF, PNG or WebP that plays ``rate`` a second, for ever; returns their number."""
    if path.suffix.lower() not in FORMATS:
        raise ZooError(
            f"{path}: found suffix {path.suffix!r}, expected {', '.join(FORMATS)}",
            hint=f"-o {path.with_suffix('.gif')}",
        )
    first, *rest = (Image.fromarray(picture) for picture in pictures)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        first.save(part, save_all=True, append_images=rest, duration=round(1000 / rate), loop=0)
        part.replace(path)
    except OSError as error:
        raise ZooError(f"{path}: cannot be written ({error.strerror or error})", hint="choose another -o") from error
    finally:
        part.unlink(missing_ok=True)
    return 1 + len(rest)


def _names(image: xr.DataArray) -> list[str]:
    """Names of the channels; their indices where the file names none."""
    if "c" in image.coords:
        return [str(name) for name in np.atleast_1d(image.coords["c"].to_numpy())]
    return [str(index) for index in range(image.sizes.get("c", 1))]


def _channel(image: xr.DataArray, index: int) -> xr.DataArray:
    return image.isel(c=index, drop=True) if "c" in image.dims else image


def _flat(frame: xr.DataArray) -> xr.DataArray:
    """What is seen of a frame: of a stack the brightest plane of every pixel."""
    return frame.max("z") if "z" in frame.dims else frame


def _range(channel: xr.DataArray) -> tuple[float, float]:
    """Of what is seen: all frames of a time-lapse, all planes of a stack."""
    step = max(1, round((channel.size / SAMPLES) ** 0.5))
    thin = channel[..., ::step, ::step]
    low, high = np.percentile((_flat(thin) if "t" in thin.dims else thin).to_numpy(), RANGE)
    return float(low), float(high)
