"""How alike two rankings are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from harness.statistics.averages import Counts, Floats


def tau(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Kendall's tau-b of ranks along the last axis: 1 the same order, -1 the reverse, NaN where one has a single rank.

    Source: Kendall 1945, Biometrika 33, 239-251.

    >>> float(tau([1, 2, 3], [1, 3, 2])), float(tau([1, 1, 1], [1, 2, 3]))
    (0.3333333333333333, nan)
    """
    one, other = _order(first), _order(second)
    both = np.sqrt(np.sum(one**2, axis=(-2, -1)) * np.sum(other**2, axis=(-2, -1)), dtype=np.float64)
    agreed = np.sum(one * other, axis=(-2, -1))
    found: Floats = np.divide(agreed, both, out=np.full(both.shape, np.nan), where=both > 0)
    return found


def single(first: npt.ArrayLike, second: npt.ArrayLike) -> float | None:
    """Kendall's tau-b of two rankings; None where it has no value.

    >>> single([1, 2], [2, 1]), single([1], [1])
    (-1.0, None)
    """
    found = float(tau(first, second))
    return None if np.isnan(found) else found


def _order(ranks: npt.ArrayLike) -> Counts:
    given = np.asarray(ranks, np.int64)
    signs: Counts = np.sign(given[..., :, None] - given[..., None, :])
    return signs
