"""The truth of one label of one field as objects, and predictions judged against it.

What depends on the truth alone is worked out once, when it is first asked for. Nothing here adds up fields: overlaps
and tables of several fields are put together by ``scores.Detection`` and ``features.joined``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.objects.agreement import Agreement, agreements
from harness.objects.features import Regions, Table, beside, grainless, measured
from harness.objects.matching import Overlaps, matched, numbered, overlaps
from harness.objects.tolerance import Tolerance, Vicinity

if TYPE_CHECKING:
    from harness.objects.fitting import ObjectFit
    from harness.segmentation import Image, Labels, Mask


@dataclass(frozen=True, eq=False)
class Shown:
    """What one field shows of one label."""

    image: Image
    """The truth, axes ``y x`` or ``z y x``, on the scale of the training truth."""
    valid: Mask
    """Same shape; False where nothing was recorded."""
    pixel_size: float = 1.0
    """In µm; 1 where it is unknown."""
    objects: npt.NDArray[np.integer] | None = None
    """What the label shows, drawn object by object, 0 for none: the segmenter is fitted to it. None: not drawn."""
    within: npt.NDArray[np.integer] | None = None
    """Cells or nuclei to measure the stain in. None: ``objects``, and where there are none those of the segmenter."""

    def recorded(self, image: Image) -> Image:
        """An image with 0 for whatever stands where nothing was recorded."""
        return np.where(self.valid, image, 0.0)

    @cached_property
    def truth(self) -> Image:
        """``image`` where something was recorded, else 0."""
        return self.recorded(self.image)

    @cached_property
    def drawn(self) -> Labels | None:
        """The drawn objects, numbered without gaps, where something was recorded."""
        return None if self.objects is None else numbered(np.where(self.valid, self.objects, 0))

    @cached_property
    def given(self) -> Labels | None:
        """The objects to measure the stain in, numbered without gaps, where something was recorded."""
        return self.drawn if self.within is None else numbered(np.where(self.valid, self.within, 0))

    @property
    def identities(self) -> npt.NDArray[np.integer]:
        """The numbers that the given objects have in their mask, in the order of ``given``; of the drawn ones if so."""
        mask = self.objects if self.within is None else self.within
        return np.zeros(0, np.int64) if mask is None else np.unique(mask[self.valid & (mask > 0)])


@dataclass(frozen=True, eq=False)
class ObjectTruth:
    """The truth of one label of one field, ready to judge any number of predictions."""

    shown: Shown
    fit: ObjectFit

    @cached_property
    def threshold(self) -> float:
        """What is bright, for all that is judged on this field."""
        return self.fit.segmenter.threshold(self.shown.truth, self.shown.valid, self.shown.pixel_size)

    @cached_property
    def regions(self) -> Regions:
        """The objects that the segmenter sees in the truth."""
        return self.seen(self.shown.truth)

    @cached_property
    def given(self) -> Regions:
        """The objects in which the stain of every prediction is measured."""
        return self.regions if self.shown.given is None else Regions(self.shown.given, self.shown.pixel_size)

    @cached_property
    def grainless(self) -> Image:
        """The truth without the noise of single pixels."""
        return grainless(self.shown.truth)

    @cached_property
    def stain(self) -> Table:
        """The stain of the truth in ``given``."""
        return measured(self.grainless, self.given)

    @cached_property
    def features(self) -> Table:
        """Shape and stain of the truth in its own objects."""
        return beside(self.regions.shape, measured(self.grainless, self.regions))

    @cached_property
    def vicinity(self) -> Vicinity:
        """The truth's half of the index of tolerance."""
        return Vicinity(self.shown.truth, self.shown.valid, self.threshold, self.shown.pixel_size)

    def seen(self, image: Image) -> Regions:
        """The objects of an image on the scale of the training truth, by the segmenter and threshold of this truth."""
        segmenter, size = self.fit.segmenter, self.shown.pixel_size
        return Regions(segmenter.labels(image, self.shown.valid, self.threshold, size), size)

    def judged(self, prediction: Image) -> Judged:
        """A prediction of the same shape and scale, finite wherever ``valid``."""
        return Judged(self.shown.recorded(prediction), self)


@dataclass(frozen=True, eq=False)
class Judged:
    """A prediction beside the objects of its truth: the one argument of an object metric."""

    image: Image
    truth: ObjectTruth

    @cached_property
    def regions(self) -> Regions:
        """The objects that the segmenter sees in the prediction."""
        return self.truth.seen(self.image)

    @cached_property
    def overlaps(self) -> Overlaps:
        """Its objects beside those of the truth."""
        return overlaps(self.truth.regions.labels, self.regions.labels)

    @cached_property
    def grainless(self) -> Image:
        """The prediction, smoothed as the truth is."""
        return grainless(self.image)

    @cached_property
    def stain(self) -> Table:
        """The stain of the prediction in the objects that are given; row by row those of ``truth.stain``."""
        return measured(self.grainless, self.truth.given)

    @cached_property
    def features(self) -> Table:
        """Shape and stain of its own objects, whether the truth has them or not."""
        return beside(self.regions.shape, measured(self.grainless, self.regions))

    @cached_property
    def matched_features(self) -> Table:
        """Shape and stain of its own objects, row by row those of ``truth.features``; NaN where none was found."""
        found = matched(self.overlaps)
        values = np.full(self.truth.features.values.shape, np.nan)
        values[found.truth] = self.features.values[found.predicted]
        return Table(self.features.names, values, self.truth.features.place)

    @cached_property
    def tolerance(self) -> Tolerance:
        """The index after Nguyen et al."""
        return self.truth.vicinity.tolerance(self.image)

    @cached_property
    def stain_agreements(self) -> tuple[Agreement, ...]:
        """Every feature of the stain in given objects beside the truth's; none where nothing was fitted."""
        known = self.truth.fit.stain
        return agreements(self.truth.stain, self.stain, known) if known else ()

    @cached_property
    def feature_agreements(self) -> tuple[Agreement, ...]:
        """Every feature of own objects beside the truth's, end to end; none where nothing was fitted."""
        known = self.truth.fit.features
        return agreements(self.truth.features, self.matched_features, known) if known else ()
