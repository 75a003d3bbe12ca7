"""What a net says beside its mean, held against what was recorded: quantiles, their coverage, and where errors are.

Everything is measured over recorded pixels inside cells, or over all that were recorded where cells are unknown:
outside of cells there is nothing to be unsure of, and most pixels lie there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from harness.metrics.samples import Comparison, Sample, picked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Image, Mask

OUTER = (5.0, 95.0)
"""Levels of the interval whose width says how unsure a pixel is, in percent."""
KEPT = 0.8
"""Share of pixels that ``r_sure`` keeps."""
GROSS = 1.0
"""Absolute error from which on it is gross, in deviations of the training truth."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Quantiles of some pixels beside what was recorded there; all flat and on the scale of the training truth."""

    quantiles: Mapping[float, Image]
    """By level in percent, rising."""
    truth: Image
    errors: Image
    """Absolute difference of mean and truth."""

    @cached_property
    def width(self) -> Image | None:
        """Of the interval between the outer levels; None where they are not told."""
        low, high = (self.quantiles.get(level) for level in OUTER)
        return None if low is None or high is None else high - low


def spread(pair: Pair) -> Spread:
    """The pixels inside cells of a pair whose net told quantiles."""
    places = pair.truth.places_inside
    truth = pair.truth.cells.values
    return Spread(
        quantiles={level: picked(image, places) for level, image in sorted(pair.quantiles.items())},
        truth=truth,
        errors=np.abs(pair.cells.values - truth),
    )


def crps(pair: Pair) -> float:
    """Mean continuous ranked probability score, in deviations of the training truth."""
    return ranked_probability(pair.spread.quantiles, pair.spread.truth) / pair.truth.training_sd


def crps_skill(pair: Pair) -> float:
    """One minus the score over that of the training truth's own quantiles; NaN where these are not known."""
    marginal = ranked_probability(pair.truth.marginal, pair.spread.truth)
    return 1 - ranked_probability(pair.spread.quantiles, pair.spread.truth) / marginal if marginal > 0 else float("nan")


def coverage_50(pair: Pair) -> float:
    """Share of pixels between the quantiles at 25 and 75 %."""
    return covered(pair.spread, 25, 75)


def coverage_80(pair: Pair) -> float:
    """Share of pixels between the quantiles at 10 and 90 %."""
    return covered(pair.spread, 10, 90)


def coverage_90(pair: Pair) -> float:
    """Share of pixels between the quantiles at 5 and 95 %."""
    return covered(pair.spread, 5, 95)


def coverage_95(pair: Pair) -> float:
    """Share of pixels between the quantiles at 2.5 and 97.5 %."""
    return covered(pair.spread, 2.5, 97.5)


def width_90(pair: Pair) -> float:
    """Mean width between the quantiles at 5 and 95 %, in deviations of the training truth."""
    return _mean(pair.spread.width) / pair.truth.training_sd


def sharpness(pair: Pair) -> float:
    """The same over the width between those quantiles of the training truth."""
    low, high = (pair.truth.marginal.get(level) for level in OUTER)
    if low is None or high is None or not float(high) > float(low):
        return float("nan")
    return _mean(pair.spread.width) / float(high - low)


def risk_coverage(pair: Pair) -> float:
    """Excess area under the risk-coverage curve: 0 where the widest intervals have the largest errors, 1 by chance."""
    width, errors = pair.spread.width, pair.spread.errors
    if width is None or not errors.size:
        return float("nan")
    best = _area(errors, errors)
    excess = float(errors.mean()) - best
    return (_area(errors, width) - best) / excess if excess > 0 else float("nan")


def r_sure(pair: Pair) -> float:
    """Pearson r over the surest four fifths of the pixels; NaN where the truth is the same in all of them."""
    width = pair.spread.width
    if width is None or not width.size:
        return float("nan")
    kept = width <= np.quantile(width, KEPT)
    return Comparison(pair.cells.values[kept], Sample(pair.spread.truth[kept], pair.truth.cells.still)).correlation


def error_auroc(pair: Pair) -> float:
    """How well widths tell gross errors from the rest; NaN where all pixels are one or the other."""
    width = pair.spread.width
    return float("nan") if width is None else auroc(width, pair.spread.errors > GROSS * pair.truth.training_sd)


def ranked_probability(quantiles: Mapping[float, Image], truth: Image) -> float:
    """Mean continuous ranked probability score of quantiles, by level in percent; NaN without quantiles or pixels.

    Twice the integral of the pinball loss over levels by trapezoids; at levels 0 and 1 the loss is 0.
    """
    if not quantiles or not truth.size:
        return float("nan")
    losses = [_pinball(truth, quantile, level / 100) for level, quantile in quantiles.items()]
    levels = [level / 100 for level in quantiles]
    return 2 * float(np.trapezoid([0.0, *losses, 0.0], [0.0, *levels, 1.0]))


def covered(found: Spread, low: float, high: float) -> float:
    """Share of pixels between two quantiles; NaN where one of them is not told."""
    below, above = found.quantiles.get(low), found.quantiles.get(high)
    if below is None or above is None or not found.truth.size:
        return float("nan")
    return float(np.mean((below <= found.truth) & (found.truth <= above)))


def auroc(values: Sequence[float] | Image, positive: Sequence[bool] | Mask) -> float:
    """Chance that a positive has a higher value than a negative, ties counting half; NaN where one kind is missing.

    >>> auroc([1.0, 2.0, 2.0, 3.0], [False, False, True, True])
    0.875
    """
    which = np.asarray(positive, np.bool_)
    positives = int(which.sum())
    negatives = which.size - positives
    if not positives or not negatives:
        return float("nan")
    ranks = float(rankdata(values)[which].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def _pinball(truth: Image, quantile: Image, level: float) -> float:
    above = truth - quantile
    return float(np.maximum(level * above, (level - 1) * above).mean())


def _area(errors: Image, order: Image) -> float:
    """Mean over all shares of the mean error of the pixels that come first; pixels of one place share their errors."""
    _, places, counts = np.unique(order, return_inverse=True, return_counts=True)
    shared = np.bincount(places, weights=errors) / counts
    sums = np.cumsum(np.repeat(shared, counts))
    return float(np.mean(sums / np.arange(1, errors.size + 1)))


def _mean(width: Image | None) -> float:
    return float("nan") if width is None or not width.size else float(width.mean())
