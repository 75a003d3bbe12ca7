"""A field turned, mirrored, or moved by half a pixel: the same cells must come out, turned, mirrored and moved alike.

Not for DIC, whose shear has a direction, nor for uneven light.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft

from harness.gates.inputs import images, with_images
from harness.gates.subjects import Change, Measured, Subject
from harness.gates.sums import Finding, Limit, averages, by, found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import xarray as xr

    from harness.gates.verdicts import Row

UNEVEN = 0.25
"""Share of an input's variance that a plane through it may explain: beyond, light has a direction too."""
MARGIN = 16
"""Pixels at the edge that are not compared after half a pixel: what moves in there was never recorded."""
LIMITS = (
    Limit("turned", 0.4, "turned and mirrored, {:.2g} of the deviation changes", signed=True),
    Limit("moved", 0.3, "moved by half a pixel, {:.2g}", signed=True),
)


def changes(inputs: xr.Dataset, _name: str) -> Iterator[Change]:
    """The seven other ways to lay a field down, and half a pixel along y and along x; none where light is uneven."""
    if any(uneven(image) > UNEVEN for image in images(inputs).values()):
        return
    for turns, mirrored in list(product(range(4), (False, True)))[1:]:
        turned = inputs.map(partial(_laid, turns=turns, mirrored=mirrored))
        yield Change(
            name=f"turned {turns} {mirrored}", inputs=turned, back=partial(_back, turns=turns, mirrored=mirrored)
        )
    for axis in (-2, -1):
        there = {key: moved(image, 0.5, axis) for key, image in images(inputs).items()}
        yield Change(name=f"moved {axis}", inputs=with_images(inputs, there), back=partial(_moved_back, axis=axis))


def measured(subject: Subject) -> Measured:
    """Root mean square of the difference after each, over the deviation of what was said."""
    for name, said in subject.changed.items():
        there = subject.valid & np.isfinite(said)
        difference = float(np.sqrt(np.mean((said - subject.said)[there] ** 2))) if there.any() else math.nan
        yield name.split()[0], {"difference": difference / math.sqrt(subject.energy) if subject.energy else math.nan}


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """Pass if little changes on average, over turns and over moves."""
    return found(
        {name: averages(group)["difference"] for name, group in by(rows, lambda row: row.item).items()}, LIMITS
    )


def uneven(image: npt.NDArray[np.float64]) -> float:
    """Share of the variance of an image ``(z) y x`` that a plane over y and x explains; of the worst plane of a stack.

    >>> round(uneven(np.add.outer(np.arange(8.0), np.arange(8.0))), 3)
    1.0
    """
    height, width = image.shape[-2:]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    shares = [0.0]
    for plane in image.reshape(-1, height, width):
        centred = plane - plane.mean()
        power = float(np.sum(centred**2))
        slopes = [float(np.sum(centred * ramp)) ** 2 / float(np.sum(ramp**2)) for ramp in (y, x)]
        shares.append(sum(slopes) / power if power else 0.0)
    return max(shares)


def moved(image: npt.NDArray[np.float64], by_pixels: float, axis: int) -> npt.NDArray[np.float64]:
    """An image moved along an axis by a part of a pixel, by Fourier's theorem; mirrored beyond its edges.

    >>> moved(np.array([[0.0, 1, 0, -1] * 4]), 1.0, -1).round(6)[0, :4] + 0.0
    array([0., 0., 1., 0.])
    """
    length = image.shape[axis]
    mirrored = np.concatenate([image, np.flip(image, axis)], axis)
    waves = fft.rfft(mirrored, axis=axis)
    phase = np.exp(-2j * np.pi * by_pixels * np.fft.rfftfreq(2 * length))
    shape = [1] * image.ndim
    shape[axis] = len(phase)
    return np.take(fft.irfft(waves * phase.reshape(shape), 2 * length, axis=axis), np.arange(length), axis=axis)


def _laid(one: xr.DataArray, *, turns: int, mirrored: bool) -> xr.DataArray:
    import xarray as xr  # noqa: PLC0415 - loads slowly

    pixels = np.rot90(one.to_numpy(), turns, axes=(-2, -1))
    return xr.DataArray(np.ascontiguousarray(pixels[..., ::-1] if mirrored else pixels), dims=one.dims, attrs=one.attrs)


def _back(image: npt.NDArray[Any], *, turns: int, mirrored: bool) -> npt.NDArray[Any]:
    return np.rot90(image[..., ::-1] if mirrored else image, -turns, axes=(-2, -1))


def _moved_back(image: npt.NDArray[np.float64], *, axis: int) -> npt.NDArray[np.float64]:
    back = moved(image.astype(np.float64), -0.5, axis)
    framed = np.full_like(back, np.nan)
    middle = (..., slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    framed[middle] = back[middle]
    return framed
