"""Is a dataset what it says? Fields opened, read and compared; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from zoo.data.fields import VALID, image
from zoo.errors import ZooError
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    import xarray as xr

    from zoo.types import Channel, Dataset, Field

EDGE_WIDTH = 2.0
"""Standard deviation in pixels of the Gaussian whose gradient finds edges."""
SURE = 0.3
"""Correlation of edges below which a shift is taken for chance."""
FARTHEST = 0.1
"""Shift, as a fraction of the image's edge, above which it is taken for chance."""


@dataclass(frozen=True)
class Shift:
    """How far a label lies from the input, measured between their edges."""

    y: float
    x: float
    """Pixels; positive where the label has to move down or right to fit the input."""
    correlation: float
    """Of the edges at that shift, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class FieldReport:
    """What was found in one field."""

    field: str
    problems: tuple[str, ...]
    """What makes it fail; empty if it is as described."""
    valid: float | None = None
    """Fraction of the pixels that were recorded; None if the field cannot be read."""
    shifts: Mapping[str, Shift | None] | None = None
    """Label -> its shift; None where the edges have too little in common to tell. Reported, never a failure."""


def check(
    dataset: Dataset, fields: Sequence[Field], on_field: Callable[[str], None] = lambda _: None
) -> tuple[FieldReport, ...]:
    """Check fields of a dataset: hashes, formats, channels, sizes, pixel sizes, NaN; measure registration.

    A manifest itself (splits, units, known names) was checked when it was read. ``on_field`` is told of every field
    before it is opened.
    """
    reports = []
    for field in fields:
        on_field(field.id)
        reports.append(_check_field(field, dataset.channels))
    return tuple(reports)


def _check_field(field: Field, channels: Sequence[Channel]) -> FieldReport:
    try:
        images = field.open()
    except ZooError as error:
        return FieldReport(field=field.id, problems=(error.message,))
    unread = [_unreadable(images, str(name)) for name in images.data_vars]
    found = unread if any(unread) else [_unlike(images, channel) for channel in channels]
    if any(found):
        return FieldReport(field=field.id, problems=tuple(dict.fromkeys(filter(None, found))))
    first = _plane(image(images, next(inputs_of(channels)).name))
    labels = [label.name for label in labels_of(channels) if label.name in images]
    shifts = {label: shift(first, _plane(image(images, label))) for label in labels}
    valid = float(images[VALID].mean()) if VALID in images else 1.0
    return FieldReport(field=field.id, problems=(), valid=valid, shifts=shifts)


def _unlike(images: xr.Dataset, channel: Channel) -> str:
    """What is not as the dataset says of a channel, or nothing; a label may be missing."""
    if channel.name not in images:
        return f"input {channel.name!r} has no image" if channel.modality else ""
    found = image(images, channel.name)
    planes = found.sizes.get("z", 1)
    if planes != channel.planes:
        return f"channel {channel.name!r}: found {planes} planes, expected {channel.planes}"
    bad = found.size - np.count_nonzero(np.isfinite(found.to_numpy()))
    return f"channel {channel.name!r}: {bad} of {found.size} pixels are NaN or infinite" if bad else ""


def _unreadable(images: xr.Dataset, name: str) -> str:
    """Read one variable; what is wrong with it, or nothing."""
    try:
        images[name].load()
    except ZooError as error:
        return error.message
    return ""


def _plane(image: xr.DataArray) -> npt.NDArray[np.float64]:
    """One image ``y x``: the middle of planes and times."""
    middle = {dim: image.sizes[dim] // 2 for dim in image.dims if dim not in {"y", "x"}}
    return image.isel(middle).to_numpy().astype(np.float64)


def shift(image: npt.NDArray[np.float64], label: npt.NDArray[np.float64]) -> Shift | None:
    """The shift between two images of different contrast, or None where they have too little in common.

    Edges (gradient magnitude, cut at the 99th percentile, under a Hann window) are correlated with scikit-image's
    ``phase_cross_correlation`` (upsampled tenfold, amplitudes kept: a whitened spectrum finds no edge in noise).
    """
    edges = [_edges(image), _edges(label)]
    if any(not found.any() for found in edges):
        return None
    found, error, _ = phase_cross_correlation(*edges, upsample_factor=10, normalization=None)
    correlation = float(np.sqrt(max(0.0, 1.0 - float(error) ** 2)))
    by_chance = correlation < SURE or any(np.abs(found) > FARTHEST * np.array(image.shape))
    return None if by_chance else Shift(float(found[0]), float(found[1]), correlation)


def _edges(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    edges = ndimage.gaussian_gradient_magnitude(image, EDGE_WIDTH)
    edges = np.minimum(edges, np.percentile(edges, 99))
    window = np.outer(np.hanning(image.shape[0]), np.hanning(image.shape[1]))
    return np.asarray((edges - edges.mean()) * window)
