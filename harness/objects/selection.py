"""Which features say something that others do not: the rules of pycytominer, applied to training truth alone.

Serrano et al. 2025, Nat. Methods 22, 677-680: operations ``frequency_threshold`` and ``correlation_threshold`` with
their default limits; but here a feature that falls as another rises is its copy as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from harness.objects.features import Table

FREQUENCY = 0.05
"""Least ratio of the count of the second most common value to that of the most common."""
UNIQUE = 0.01
"""Least share of distinct values."""
CORRELATION = 0.9
"""Largest |r| of two features that both stay."""


def selected(training: Table) -> tuple[str, ...]:
    """The features worth comparing, in their order: neither nearly constant nor a copy of another."""
    varied = [name for name in training.names if _varies(training.column(name))]
    return _distinct(training.chosen(varied))


def _varies(values: npt.NDArray[np.float64]) -> bool:
    """Whether a feature takes enough values; objects without it do not count."""
    _, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if counts.size < 2:  # noqa: PLR2004 - one value is a constant
        return False
    second, most = np.sort(counts)[-2:]
    return bool(second / most >= FREQUENCY and counts.size / counts.sum() >= UNIQUE)


def _distinct(table: Table) -> tuple[str, ...]:
    """Of every two features that correlate, the one that correlates less with all others stays."""
    complete = table.values[np.isfinite(table.values).all(axis=1)]
    if len(table.names) < 2 or len(complete) < 2:  # noqa: PLR2004 - a correlation is of two
        return table.names
    r = np.abs(np.corrcoef(complete, rowvar=False))
    rank = np.empty(len(r), np.int64)
    rank[np.argsort(r.sum(axis=0), kind="stable")] = np.arange(len(r))
    pairs = zip(*np.nonzero(np.tril(r, -1) > CORRELATION), strict=True)
    dropped = {max(pair, key=lambda feature: rank[feature]) for pair in pairs}
    return tuple(name for index, name in enumerate(table.names) if index not in dropped)
