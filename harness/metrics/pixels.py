"""Metrics of one pixel against one pixel: correlation, skill and its parts, absolute error, amplitude.

NaN means that the truth leaves a number undefined, which is so for every model alike: a truth that is the same
everywhere has no correlation and no skill. A *prediction* that is the same everywhere correlates 0 by definition, since
it says nothing about where the stain is.
"""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.metrics.pairs import Pair
    from harness.metrics.samples import Comparison

LEAST = 0.01
"""Agreement of two recordings below which they show noise alone: what stands over its root would be chance."""


def pearson(pair: Pair) -> float:
    """Pearson r: covariance over the product of the standard deviations, in [-1, 1]."""
    return pair.whole.correlation


def pearson_inside(pair: Pair) -> float:
    """Pearson r over the pixels inside cells."""
    return pair.cells.correlation


def pearson_of_ceiling(pair: Pair) -> float:
    """What r would be without the noise of the truth, r / sqrt(r(t1, t2)); NaN where the recordings do not agree."""
    reliability = pair.truth.reliability
    return pair.whole.correlation / sqrt(reliability) if reliability >= LEAST else nan


def pearson_of_clean(pair: Pair) -> float:
    """Pearson r with the noise-free truth."""
    return pair.clean.correlation


def skill(pair: Pair) -> float:
    """R² = 1 - mean((p - t)²) / var(t): 1 is perfect, 0 is as good as the field's own mean, below is worse."""
    return _skill(pair.whole)


def skill_inside(pair: Pair) -> float:
    """R² over the pixels inside cells; 0 is as good as their own mean."""
    return _skill(pair.cells)


def correlation_part(pair: Pair) -> float:
    """r²: the skill that is left if gain and offset are mended (Murphy's first part)."""
    return pearson(pair) ** 2


def amplitude_part(pair: Pair) -> float:
    """(r - sd p / sd t)²: the skill lost to a wrong amplitude (Murphy's second part, taken off)."""
    truth = pair.truth.whole
    return nan if truth.sd == 0 else (pearson(pair) - pair.whole.sd / truth.sd) ** 2


def offset_part(pair: Pair) -> float:
    """((mean p - mean t) / sd t)²: the skill lost to a wrong level (Murphy's third part, taken off)."""
    truth = pair.truth.whole
    return nan if truth.sd == 0 else ((pair.whole.mean - truth.mean) / truth.sd) ** 2


def absolute_error(pair: Pair) -> float:
    """NMAE = mean |p - t| / mean |t - median t|: 0 is perfect, 1 is as good as the field's own median."""
    return _absolute_error(pair.whole)


def absolute_error_inside(pair: Pair) -> float:
    """NMAE over the pixels inside cells; 1 is as good as their own median."""
    return _absolute_error(pair.cells)


def amplitude(pair: Pair) -> float:
    """Standard deviation of the prediction, in standard deviations of the training truth."""
    return pair.whole.sd / pair.truth.training_sd


def truth_amplitude(pair: Pair) -> float:
    """Standard deviation of the truth, in standard deviations of the training truth."""
    return pair.truth.whole.sd / pair.truth.training_sd


def detail_correlation(pair: Pair) -> float:
    """Pearson r inside cells after both images were high-passed: what the cell's outline cannot give."""
    return pair.fine.correlation


def clean_detail_correlation(pair: Pair) -> float:
    """Pearson r inside cells with the noise-free truth, both high-passed."""
    return pair.fine_clean.correlation


def fabricated(pair: Pair) -> float:
    """(sd p / sd t)² (1 - r²) of high-passed pixels: power of detail that the truth does not explain.

    0 for a prediction without detail: read it beside the model's own correlation, never alone.
    """
    truth = pair.truth.fine
    return nan if truth.sd == 0 else (pair.fine.sd / truth.sd) ** 2 * missed(pair)


def missed(pair: Pair) -> float:
    """1 - r² of high-passed pixels: the part of the truth's detail that no gain makes up for."""
    return 1.0 - detail_correlation(pair) ** 2


def _skill(both: Comparison) -> float:
    if both.truth.sd == 0:
        return nan
    return 1.0 - float(np.mean((both.values - both.truth.values) ** 2)) / both.truth.sd**2


def _absolute_error(both: Comparison) -> float:
    if both.truth.spread == 0:
        return nan
    return float(np.abs(both.values - both.truth.values).mean()) / both.truth.spread
