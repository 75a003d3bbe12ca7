"""A prediction beside its truth, and what several metrics share.

Everything that depends on the truth alone hangs on ``Truth`` and is worked out once for all models. Metrics know
nothing of where either came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from harness.metrics import challenges, distributions, similarity, spectral
from harness.metrics.filters import Gaussian, coverage, high_pass
from harness.metrics.samples import CONSTANT, Comparison, Image, Mask, Places, Sample, picked, places
from harness.metrics.spectra import Waves, power, rings, transformed

if TYPE_CHECKING:
    from harness.metrics.challenges import Stretched
    from harness.metrics.distributions import Spread
    from harness.metrics.similarity import Windows

Objects: TypeAlias = npt.NDArray[np.int32]
"""0 is background, every object has its own number."""

CELLS = "cells"
"""Name of the instance mask of whole cells."""
MARGIN = 1.0
"""How far beyond a cell's outline *inside* reaches, in µm: a blurred edge belongs to the cell."""
DETAIL = 1.0
"""Standard deviation of the gaussian that a high-pass takes off, in µm."""


@dataclass(frozen=True, eq=False)
class Truth:
    """One label of one field, on the scale of the training truth."""

    image: Image
    """Axes ``y x`` or ``z y x``; 0 and 1 are low and high percentiles of the training truth. Finite everywhere."""
    valid: Mask
    """Same shape; False where nothing was recorded."""
    training_sd: float = 1.0
    """Standard deviation of the training truth on the same scale."""
    pixel_size: float | None = None
    """Edge of a pixel in the plane, in µm; None if unknown."""
    repeat: Image | None = None
    """A second recording of the same label, on the same scale; finite where ``valid``."""
    clean: Image | None = None
    """The label without the noise of a camera, on the same scale; finite where ``valid``."""
    instances: Mapping[str, Objects] = field(default_factory=dict)
    """Instance masks of the field by name, ``(z) y x``; one for all planes, or one for each."""
    zero: float = 0.0
    """Where zero counts lie on the scale."""
    marginal: Mapping[float, Image] = field(default_factory=dict)
    """Quantiles of all pixels of the training truth, by level in percent; empty where they are not known."""

    @property
    def known(self) -> frozenset[str]:
        """What this field has beyond an image, in the words of ``Metric.needs``."""
        there = {
            "inside": CELLS in self.instances and bool(self.pixel_size),
            "repeat": self.repeat is not None,
            "clean": self.clean is not None,
            "pixel-size": bool(self.pixel_size),
            "instances": bool(self.instances),
        }
        return frozenset(name for name, known in there.items() if known)

    @cached_property
    def places(self) -> Places:
        """Where pixels were recorded."""
        return places(self.valid)

    @cached_property
    def whole(self) -> Sample:
        """All recorded pixels."""
        return Sample(picked(self.image, self.places), CONSTANT * self.training_sd)

    @cached_property
    def noiseless(self) -> Sample:
        """The recorded pixels without the noise of a camera; none where it is not known."""
        values = np.zeros(0) if self.clean is None else picked(self.clean, self.places)
        return Sample(values, CONSTANT * self.training_sd)

    @cached_property
    def inside(self) -> Mask:
        """Recorded pixels of cells, out to 1 µm beyond their outline; everything recorded where cells are unknown."""
        if "inside" not in self.known:
            return self.valid
        cells = self.instances[CELLS] > 0
        shown = cells.any(axis=0) if cells.ndim > self.image.ndim else cells
        return np.asarray(_grown(np.asarray(shown), MARGIN / float(self.pixel_size or 1)) & self.valid)

    @cached_property
    def places_inside(self) -> Places:
        """Where ``inside`` is True."""
        return self.places if self.inside is self.valid else places(self.inside)

    @cached_property
    def cells(self) -> Sample:
        """The recorded pixels inside cells."""
        return Sample(picked(self.image, self.places_inside), CONSTANT * self.training_sd)

    @cached_property
    def windows(self) -> Windows:
        """What SSIM needs of the truth."""
        return similarity.gaussian_windows(np.clip(self.image, 0.0, 1.0), self.valid)

    @cached_property
    def detail(self) -> Gaussian | None:
        """The gaussian of 1 µm that high-pass scores take off; None where a pixel is larger, or of unknown size."""
        return Gaussian(DETAIL / self.pixel_size) if self.pixel_size and self.pixel_size <= DETAIL else None

    @cached_property
    def fine(self) -> Sample:
        """The high-passed pixels inside cells; none where pixels are too coarse for it."""
        return Sample(self.detailed(self.image), CONSTANT * self.training_sd)

    @cached_property
    def fine_noiseless(self) -> Sample:
        """The same without the noise of a camera; none where it is not known."""
        values = np.zeros(0) if self.clean is None else self.detailed(self.clean)
        return Sample(values, CONSTANT * self.training_sd)

    @cached_property
    def plain_power(self) -> Image:
        """Power summed over rings, without a window: what weighs them."""
        waves = transformed(self.filled(self.image))
        return rings(self.image.shape).summed(power(waves))

    @cached_property
    def ring_weights(self) -> Image:
        """How much each ring counts in spectral correlation."""
        return spectral.weights(self.plain_power, self.image.shape)

    @cached_property
    def waves(self) -> Waves:
        """Half of the windowed Fourier transform."""
        return transformed(self.filled(self.image) * rings(self.image.shape).taper)

    @cached_property
    def ring_power(self) -> Image:
        """Windowed power summed over rings."""
        return rings(self.image.shape).summed(power(self.waves))

    @cached_property
    def stretched(self) -> Stretched:
        """The truth between its own percentiles, for a challenge's formulas alone."""
        return challenges.stretched_truth(self.image, self.valid, self.places, CONSTANT * self.training_sd)

    @cached_property
    def reliability(self) -> float:
        """r(t1, t2): the correlation of the two recordings; NaN without a second one."""
        return float("nan") if self.repeat is None else Pair(self.repeat, self).whole.correlation

    @cached_property
    def repeat_frequency(self) -> float:
        """How fine the two recordings agree, as ``spectral.shared_frequency``; NaN without a second one."""
        return float("nan") if self.repeat is None else spectral.shared_frequency(Pair(self.repeat, self))

    def detailed(self, image: Image) -> Image:
        """The high-passed pixels of an image inside cells, flat; none where pixels are too coarse for it."""
        if self.detail is None:
            return np.zeros(0)
        return picked(high_pass(image, self.valid, self._coverage, self.detail), self.places_inside)

    def filled(self, image: Image) -> Image:
        """An image less the mean of its recorded pixels; 0 where nothing was recorded."""
        centred = image - picked(image, self.places).mean()
        return centred if self.places is None else np.where(self.valid, centred, 0.0)

    @cached_property
    def _coverage(self) -> Image:
        return coverage(self.valid, self.detail or Gaussian(1.0))


@dataclass(frozen=True, eq=False)
class Pair:
    """A prediction and its truth: the one argument of a metric."""

    prediction: Image
    """Shape and scale of ``truth.image``; finite wherever ``truth.valid``."""
    truth: Truth
    quantiles: Mapping[float, Image] = field(default_factory=dict)
    """What a model says beside its mean, by level in percent, likewise; empty for most models."""

    @property
    def known(self) -> frozenset[str]:
        """What there is beyond an image and its mean, in the words of ``Metric.needs``."""
        return self.truth.known | ({"quantiles"} if self.quantiles else set())

    @property
    def constant(self) -> bool:
        """Whether the prediction says the same everywhere."""
        return self.whole.constant

    @cached_property
    def whole(self) -> Comparison:
        """All recorded pixels."""
        return Comparison(picked(self.prediction, self.truth.places), self.truth.whole)

    @cached_property
    def clean(self) -> Comparison:
        """The same pixels beside a truth without noise."""
        return Comparison(self.whole.values, self.truth.noiseless)

    @cached_property
    def cells(self) -> Comparison:
        """The recorded pixels inside cells."""
        return Comparison(picked(self.prediction, self.truth.places_inside), self.truth.cells)

    @cached_property
    def fine(self) -> Comparison:
        """The high-passed pixels inside cells."""
        return Comparison(self.truth.detailed(self.prediction), self.truth.fine)

    @cached_property
    def fine_clean(self) -> Comparison:
        """The same pixels beside those of a truth without noise."""
        return Comparison(self.fine.values, self.truth.fine_noiseless)

    @cached_property
    def spread(self) -> Spread:
        """Quantiles beside the truth, inside cells."""
        return distributions.spread(self)

    @cached_property
    def similarity(self) -> Image:
        """SSIM of each window that fits into the image."""
        recorded = self.prediction if self.truth.places is None else np.where(self.truth.valid, self.prediction, 0.0)
        return similarity.similarity_map(np.clip(recorded, 0.0, 1.0), self.truth.windows)

    @cached_property
    def waves(self) -> Waves:
        """Half of the windowed Fourier transform of the prediction."""
        return transformed(self.truth.filled(self.prediction) * rings(self.truth.image.shape).taper)

    @cached_property
    def ring_power(self) -> Image:
        """Windowed power of the prediction summed over rings."""
        return rings(self.truth.image.shape).summed(power(self.waves))

    @cached_property
    def cross_power(self) -> Image:
        """Re(P T*) summed over rings."""
        waves, true = self.waves, self.truth.waves
        return rings(self.truth.image.shape).summed(waves.real * true.real + waves.imag * true.imag)

    @cached_property
    def cross_correlation(self) -> Image:
        """Agreement of the prediction with the truth by how far it is moved, y x; zero is the first pixel."""
        product = self.waves * self.truth.waves.conj()
        planes = product if product.ndim == 2 else product.sum(axis=0)  # noqa: PLR2004 - y x
        return np.asarray(fft.irfft2(planes, self.truth.image.shape[-2:]))

    @cached_property
    def stretched(self) -> Image:
        """The prediction between its own percentiles, for a challenge's formulas alone."""
        recorded = self.prediction if self.truth.places is None else np.where(self.truth.valid, self.prediction, 0.0)
        return challenges.stretched(recorded, self.truth.places)[0]


def _grown(cells: npt.NDArray[np.bool_], reach: float) -> Mask:
    """Every plane of a mask, and all pixels within that many pixels of it."""
    planes = [
        ndimage.distance_transform_edt(~plane) <= reach if plane.any() else plane
        for plane in cells.reshape(-1, *cells.shape[-2:])
    ]
    return np.asarray(planes).reshape(cells.shape)
