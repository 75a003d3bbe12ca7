"""Metrics of one pixel against one pixel: correlation, skill and its parts, absolute error, amplitude.

NaN means that the truth leaves a number undefined, which is so for every model alike: a truth that is the same
everywhere has no correlation and no skill. A *prediction* that is the same everywhere correlates 0 by definition, since
it says nothing about where the stain is.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.metrics.pairs import Pair


def pearson(pair: Pair) -> float:
    """Pearson r: covariance over the product of the standard deviations, in [-1, 1]."""
    if pair.truth.sd == 0:
        return nan
    if pair.constant:
        return 0.0
    r = pair.moments.covariance / (pair.moments.sd * pair.truth.sd)
    return min(1.0, max(-1.0, r))


def skill(pair: Pair) -> float:
    """R² = 1 - mean((p - t)²) / var(t): 1 is perfect, 0 is as good as the field's own mean, below is worse."""
    if pair.truth.sd == 0:
        return nan
    return 1.0 - float(np.mean((pair.values - pair.truth.values) ** 2)) / pair.truth.sd**2


def correlation_part(pair: Pair) -> float:
    """r²: the skill that is left if gain and offset are mended (Murphy's first part)."""
    return pearson(pair) ** 2


def amplitude_part(pair: Pair) -> float:
    """(r - sd p / sd t)²: the skill lost to a wrong amplitude (Murphy's second part, taken off)."""
    return nan if pair.truth.sd == 0 else (pearson(pair) - pair.moments.sd / pair.truth.sd) ** 2


def offset_part(pair: Pair) -> float:
    """((mean p - mean t) / sd t)²: the skill lost to a wrong level (Murphy's third part, taken off)."""
    return nan if pair.truth.sd == 0 else ((pair.moments.mean - pair.truth.mean) / pair.truth.sd) ** 2


def absolute_error(pair: Pair) -> float:
    """NMAE = mean |p - t| / mean |t - median t|: 0 is perfect, 1 is as good as the field's own median."""
    if pair.truth.spread == 0:
        return nan
    return float(np.abs(pair.values - pair.truth.values).mean()) / pair.truth.spread


def amplitude(pair: Pair) -> float:
    """Standard deviation of the prediction, in standard deviations of the training truth."""
    return pair.moments.sd / pair.truth.training_sd


def truth_amplitude(pair: Pair) -> float:
    """Standard deviation of the truth, in standard deviations of the training truth."""
    return pair.truth.sd / pair.truth.training_sd
