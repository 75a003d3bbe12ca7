"""Inputs that get worse step by step: how soon a prediction does.

No verdict: how bad light may be is for whoever buys the lamp. Approximations on the image; a simulator does better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from harness.gates.inputs import images, seeded, with_images
from harness.gates.subjects import Change, Measured, Subject
from harness.gates.sums import Finding, averages, by, diagnostic
from harness.metrics.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt
    import xarray as xr

    from harness.gates.verdicts import Row

    Doubles = npt.NDArray[np.float64]
    Worse = Callable[[Doubles, float, np.random.Generator, float], Doubles]


def _blurred(image: Doubles, sd: float, _rng: np.random.Generator, pixel: float) -> Doubles:
    blurred: Doubles = ndimage.gaussian_filter(image, (0,) * (image.ndim - 2) + (sd / pixel,) * 2)
    return blurred


def _noisy(image: Doubles, share: float, rng: np.random.Generator, _pixel: float) -> Doubles:
    noisy: Doubles = image + share * image.std() * rng.standard_normal(image.shape)
    return noisy


def _dimmed(image: Doubles, gain: float, _rng: np.random.Generator, _pixel: float) -> Doubles:
    return gain * image


def _slanted(image: Doubles, share: float, _rng: np.random.Generator, _pixel: float) -> Doubles:
    return image * (1 + share * np.linspace(-0.5, 0.5, image.shape[-1]))


def _coarse(image: Doubles, bits: float, _rng: np.random.Generator, _pixel: float) -> Doubles:
    step = (float(np.ptp(image)) or 1.0) / 2**bits
    return np.asarray(image.min() + step * np.rint((image - image.min()) / step))


def _specked(image: Doubles, share: float, rng: np.random.Generator, _pixel: float) -> Doubles:
    return np.where(rng.random(image.shape) < share, image.max(), image)


KINDS: Mapping[str, tuple[Worse, tuple[float, ...]]] = {
    "blur": (_blurred, (0.2, 0.4, 0.8, 1.2, 1.6)),
    "noise": (_noisy, (0.1, 0.25, 0.5, 1.0, 2.0)),
    "dim": (_dimmed, (0.8, 0.6, 0.4, 0.2, 0.1)),
    "gradient": (_slanted, (0.05, 0.1, 0.2, 0.3, 0.4)),
    "bits": (_coarse, (7.0, 6.0, 5.0, 4.0, 3.0)),
    "hot": (_specked, (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)),
}
"""Of each kind five severities: standard deviation in µm (in pixels, where their size is unknown), that of noise over
that of the image, what is left of the light, its change over the field, bits that are left, share of hot pixels."""


def changes(inputs: xr.Dataset, name: str) -> Iterator[Change]:
    """Every kind at every severity."""
    pixel = float(inputs.attrs.get("pixel_size") or 1.0)
    found = images(inputs)
    for kind, (worse, severities) in KINDS.items():
        for severity in severities:
            rng = seeded("corruptions", kind, name)
            changed = {key: worse(image, severity, rng, pixel) for key, image in found.items()}
            yield Change(name=f"{kind} {severity:g}", inputs=with_images(inputs, changed))


def measured(subject: Subject) -> Measured:
    """Correlation with the truth after each."""
    yield "", {"r": subject.pair.whole.correlation}
    for name, said in subject.changed.items():
        yield name, {"r": Pair(said, subject.clean).whole.correlation}


def judged(rows: Sequence[Row], _spread: Sequence[Row]) -> Finding:
    """The figure is the lowest mean correlation over the severities of any kind."""
    curve = {item: averages(group)["r"] for item, group in by(rows, lambda row: row.item).items()}
    means = {
        kind: float(np.mean([curve[f"{kind} {severity:g}"] for severity in known]))
        for kind, (_, known) in KINDS.items()
    }
    worst = min(means, key=lambda kind: (means[kind], kind))
    clean = curve.pop("")
    return diagnostic(
        means[worst],
        f"worst: {worst}, r {means[worst]:.2f} on average; {clean:.2f} as recorded",
        {"clean": clean, **curve},
    )
