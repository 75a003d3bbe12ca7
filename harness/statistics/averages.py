"""Many numbers to one, numbers to six digits, numbers to ranks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Averaging: TypeAlias = Literal["plain", "fisher-z"]
"""The mean, or for correlations tanh(mean(artanh r))."""
Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

LARGEST = 0.999
"""Correlations are cut here before Fisher's transform, which is infinite at 1: one memorised field must not outweigh
all others."""


def averaged(values: Iterable[float], how: Averaging) -> float:
    """One number for several: the mean, or Fisher's for correlations.

    >>> averaged([0.0, 1.0], "plain")
    0.5
    >>> round(averaged([0.0, 0.9], "fisher-z"), 4)
    0.6268
    >>> averaged([1.0, 1.0], "fisher-z")
    1.0
    """
    found = list(values)
    stretched, back = scale("plain" if min(found) >= LARGEST else how)
    return back(math.fsum(stretched(value) for value in found) / len(found))


def scale(how: Averaging) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """The way to the scale on which values are averaged, and the way back."""
    if how == "fisher-z":
        return lambda r: math.atanh(min(LARGEST, max(-LARGEST, r))), math.tanh
    return float, float


def significant(value: float | None) -> float | None:
    """A number to six significant digits, as boards show it.

    >>> significant(0.123456789), significant(-0.0), significant(None)
    (0.123457, 0.0, None)
    """
    return None if value is None else rounded(value)


def rounded(value: float) -> float:
    """A number to six significant digits."""
    return float(f"{value:.6g}") + 0.0


def ranks(values: npt.ArrayLike) -> Counts:
    """Rank of every number of the last axis, 1 for the highest; what is equal to six digits shares the better rank.

    >>> ranks([0.2, 0.9, 0.9000001, 0.1]).tolist()
    [3, 1, 1, 4]
    """
    better, _ = _beaten(values)
    return 1 + better


def shared_ranks(values: npt.ArrayLike) -> Floats:
    """Ranks whose sum does not depend on ties: what is equal shares the mean of the ranks it takes up.

    >>> shared_ranks([0.2, 0.9, 0.9, 0.1]).tolist()
    [3.0, 1.5, 1.5, 4.0]
    """
    better, equal = _beaten(values)
    return 1 + better + (equal - 1) / 2


def _beaten(values: npt.ArrayLike) -> tuple[Counts, Counts]:
    """How many of the last axis are better than each number, and how many equal it (itself included)."""
    raw = np.asarray(values, np.float64)
    shown = np.array([rounded(value) for value in raw.ravel().tolist()], np.float64).reshape(raw.shape)
    mine, other = shown[..., :, None], shown[..., None, :]
    return np.sum(other > mine, axis=-1), np.sum(other == mine, axis=-1)
