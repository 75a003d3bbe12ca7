"""The formulas of two challenges, as columns beside ours. A board ranks by none of them.

Light My Cells stretches *both* images by their own percentiles, which pays for invented signal: an honest net that
predicts little is stretched to full range. Here the stretched images are clipped to [0, 1], as a conversion to 16 bit
needs; otherwise the formulas are those of the organisers' evaluation (scikit-image's SSIM with its default window,
scikit-learn's distances). The adipocyte challenge divides the absolute error by the median of the truth in counts; it
pooled all images of a channel, here each field is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.samples import Comparison, Sample, picked
from harness.metrics.similarity import averaged, box_windows, similarity_map

if TYPE_CHECKING:
    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Image, Mask, Places
    from harness.metrics.similarity import Windows

LOW, HIGH = 2.0, 99.8
"""Percentiles of each image that become 0 and 1."""


@dataclass(frozen=True, eq=False)
class Stretched:
    """A truth between its own percentiles."""

    sample: Sample
    """The recorded pixels; none where both percentiles are equal."""
    length: float
    """Of those pixels as a vector."""
    windows: Windows


def stretched(image: Image, places: Places) -> tuple[Image, bool]:
    """An image between percentiles 2 and 99.8 of its recorded pixels, clipped to [0, 1], and whether they differ.

    Where both percentiles are equal the image is only clipped, as the organisers leave it.
    """
    low, high = _percentiles(picked(image, places))
    differ = bool(high > low)
    return np.clip((image - low) / (high - low) if differ else image, 0.0, 1.0), differ


def stretched_truth(image: Image, valid: Mask, places: Places, still: float) -> Stretched:
    """What the formulas of Light My Cells need of a truth."""
    plain, differ = stretched(image, places)
    values = picked(plain, places) if differ else np.zeros(0)
    return Stretched(Sample(values, still), _length(values), box_windows(plain, valid))


def light_my_cells_error(pair: Pair) -> float:
    """Mean absolute error."""
    both = _both(pair)
    return nan if both is None else float(np.abs(both.values - both.truth.values).mean())


def light_my_cells_similarity(pair: Pair) -> float:
    """SSIM by a box of 7 pixels and the variances of a sample, over pixels whose whole window was recorded."""
    truth = pair.truth.stretched.windows
    return nan if _both(pair) is None else averaged(similarity_map(pair.stretched, truth), truth.whole)


def light_my_cells_correlation(pair: Pair) -> float:
    """Pearson r; 0 for a constant prediction."""
    both = _both(pair)
    return nan if both is None else both.correlation


def light_my_cells_distance(pair: Pair) -> float:
    """Euclidean distance of the two images as vectors; grows with the number of pixels."""
    both = _both(pair)
    return nan if both is None else _length(both.values - both.truth.values)


def light_my_cells_cosine(pair: Pair) -> float:
    """Cosine distance of the two images as vectors; 1 for a prediction that is 0 everywhere."""
    both = _both(pair)
    if both is None:
        return nan
    lengths = _length(both.values) * pair.truth.stretched.length
    product = float((both.values * both.truth.values).sum())
    return max(0.0, 1.0 - product / lengths) if lengths else 1.0


def adipocyte_error(pair: Pair) -> float:
    """Mean absolute error over the median of the truth, both in counts; NaN where that median is not positive."""
    median = pair.truth.whole.median - pair.truth.zero
    return float(np.abs(pair.whole.values - pair.truth.whole.values).mean()) / median if median > 0 else nan


def _both(pair: Pair) -> Comparison | None:
    """Both images stretched; None where the truth has nothing between its percentiles."""
    truth = pair.truth.stretched.sample
    return Comparison(picked(pair.stretched, pair.truth.places), truth) if truth.sd > 0 else None


def _length(vector: Image) -> float:
    return float(np.sqrt((vector**2).sum()))


def _percentiles(values: Image) -> tuple[float, float]:
    """``numpy.percentile`` of finite values in half the time: it looks for NaN in another pass."""
    ranks = np.array([LOW, HIGH]) / 100 * (values.size - 1)
    below = ranks.astype(np.intp)
    above = np.minimum(below + 1, values.size - 1)
    ordered = np.partition(values, np.unique([below, above]))
    low, high = ordered[below] + (ranks - below) * (ordered[above] - ordered[below])
    return float(low), float(high)
