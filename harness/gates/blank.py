"""Inputs without cells: what is painted there is invented.

Of any field three such inputs can be made: the same light everywhere, noise of the same mean and spread, and the same
spectrum with waves out of step. Some datasets bring fields of an empty dish.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from harness.gates.inputs import images, seeded, with_images
from harness.gates.subjects import Change, Measured, Subject, energy
from harness.gates.sums import Finding, Limit, averages, by, found, untested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import xarray as xr

    from harness.gates.verdicts import Row

    Doubles = npt.NDArray[np.float64]

LIMITS = {
    "flat": Limit("flat", 0.05, "flat light: {:.2g} of the power of real fields", signed=True),
    "empty": Limit("empty", 0.05, "an empty dish: {:.2g}", signed=True),
    "noise": Limit("noise", 0.1, "noise: {:.2g}", signed=True),
    "shuffled": Limit("shuffled", 0.5, "waves out of step: {:.2g}", signed=True),
}


def changes(inputs: xr.Dataset, name: str) -> Iterator[Change]:
    """The three inputs that are made of a field; ``name`` seeds what is random in them."""
    rng = seeded("blank", name)
    found = images(inputs)
    yield Change(
        name="flat", inputs=with_images(inputs, {key: np.full_like(one, one.mean()) for key, one in found.items()})
    )
    noise = {key: one.mean() + one.std() * rng.standard_normal(one.shape) for key, one in found.items()}
    yield Change(name="noise", inputs=with_images(inputs, noise))
    phases = fft.rfft2(rng.standard_normal(next(iter(found.values())).shape[-2:]))
    turned = {key: _shuffled(one, phases / np.maximum(np.abs(phases), 1e-30)) for key, one in found.items()}
    yield Change(name="shuffled", inputs=with_images(inputs, turned))


def measured(subject: Subject) -> Measured:
    """Variance of what is said of each blank input; of a field that is blank itself, under its condition."""
    if not subject.changed:
        yield subject.condition, {"energy": subject.energy}
    for name, said in subject.changed.items():
        yield name, {"energy": energy(said, subject.valid)}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """Pass if each kind of blank brings out little of the variance that real fields do."""
    real = averages(spread)["energy"]
    kinds = {name: averages(group)["energy"] / real for name, group in by(rows, lambda row: row.item).items()}
    limits = [limit for name, limit in LIMITS.items() if name in kinds]
    return found(kinds, limits) if limits and math.isfinite(real) else untested("no blank field was predicted")


def _shuffled(image: Doubles, phases: npt.NDArray[np.complex128]) -> Doubles:
    """An image of the same spectrum, whose waves have random phases; the same for every plane."""
    mean = image.mean(axis=(-2, -1), keepdims=True)
    waves = np.abs(fft.rfft2(image - mean)) * phases
    return np.asarray(fft.irfft2(waves, image.shape[-2:]) + mean)
