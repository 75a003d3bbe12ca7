"""Inputs without cells: what is painted there is invented.

Of any field two such inputs can be made: what an empty dish reads, the same everywhere, and that in the noise of this
camera. Where an image shows light, this is its own mean; an empty dish of phase reads 0, for the mean of its cells is a
slab of glass. Some datasets bring fields of an empty dish. Beside them stands, without a limit, what comes of inputs
that no microscope makes: noise as loud as cells are, and cells whose waves are out of step. There is no right answer to
those.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage
from scipy.special import ndtri

from harness.gates.inputs import backgrounds, images, seeded, with_images
from harness.gates.subjects import Change, Measured, Subject, energy
from harness.gates.sums import Finding, Limit, averages, by, found, untested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import xarray as xr

    from harness.gates.verdicts import Row

    Doubles = npt.NDArray[np.float64]

LIMITS = (
    Limit("flat", 0.05, "a flat background brings out {:.2g} of the power of real fields", signed=True),
    Limit("camera", 0.05, "that in the noise of the camera {:.2g}", signed=True),
    Limit("empty", 0.05, "an empty dish {:.2g}", signed=True),
)
READ = {"noise": "noise as loud as cells", "shuffled": "waves out of step"}
"""What has no limit: an honest net may paint there what it takes for cells."""
LAPLACE = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])


def changes(inputs: xr.Dataset, name: str) -> Iterator[Change]:
    """The inputs that are made of a field; ``name`` seeds what is random in them."""
    rng = seeded("blank", name)
    found, empty = images(inputs), backgrounds(inputs)
    drawn = {key: rng.standard_normal(one.shape) for key, one in found.items()}
    waves = fft.rfft2(rng.standard_normal(next(iter(found.values())).shape[-2:]))
    phases = waves / np.maximum(np.abs(waves), 1e-30)
    for kind, made in (
        ("flat", {key: np.full_like(one, empty[key]) for key, one in found.items()}),
        ("camera", {key: empty[key] + grain(one) * drawn[key] for key, one in found.items()}),
        ("noise", {key: empty[key] + one.std() * drawn[key] for key, one in found.items()}),
        ("shuffled", {key: _shuffled(one, phases) for key, one in found.items()}),
    ):
        yield Change(name=kind, inputs=with_images(inputs, made))


def grain(image: Doubles) -> float:
    """Standard deviation of the noise of a camera in an image ``(z) y x``, whatever it shows.

    Source: Immerkaer 1996, Comput. Vis. Image Underst. 64, 300-302, with the median for the mean, so that edges do not
    count.

    >>> round(grain(np.random.default_rng(0).normal(100, 3, (64, 64))))
    3
    """
    rough = ndimage.convolve(image, LAPLACE.reshape((1,) * (image.ndim - 2) + (3, 3)))
    return float(np.median(np.abs(rough)) / ndtri(0.75) / np.sqrt(np.sum(LAPLACE**2)))


def measured(subject: Subject) -> Measured:
    """Variance of what is said of each blank input; of a field that is blank itself, under its condition."""
    if not subject.changed:
        yield subject.condition, {"energy": subject.energy}
    for name, said in subject.changed.items():
        yield name, {"energy": energy(said, subject.valid)}


def judged(rows: Sequence[Row], spread: Sequence[Row]) -> Finding:
    """Pass if a flat background, the noise of a camera and an empty dish bring out little of what real fields do."""
    real = averages(spread).get("energy", math.nan)
    kinds = {name: averages(group)["energy"] / real for name, group in by(rows, lambda row: row.item).items()}
    limits = [limit for limit in LIMITS if limit.name in kinds]
    if not limits or not math.isfinite(real):
        return untested("no blank field was predicted")
    finding = found(kinds, limits, kinds)
    read = ", ".join(f"{words} {kinds[name]:.2g}" for name, words in READ.items() if name in kinds)
    return replace(finding, text=f"{finding.text}; to be read: {read}") if read else finding


def _shuffled(image: Doubles, phases: npt.NDArray[np.complex128]) -> Doubles:
    """An image of the same spectrum, whose waves have random phases; the same for every plane."""
    mean = image.mean(axis=(-2, -1), keepdims=True)
    waves = np.abs(fft.rfft2(image - mean)) * phases
    return np.asarray(fft.irfft2(waves, image.shape[-2:]) + mean)
