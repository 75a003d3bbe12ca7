"""Counts into a net's units and back, in the words of the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.normalization import Affine
from zoo.types.statistics import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.normalization import Normalization

FLOAT32 = {"id": "ensure_dtype", "kwargs": {"dtype": "float32"}}


def preprocessing(normalization: Normalization, spatial: int) -> list[dict[str, Any]]:
    """The input normalisation as an operation that any consumer of the format knows."""
    if normalization.method == "per-image":
        step = {"id": "zero_mean_unit_variance", "kwargs": {"axes": list("zyx"[-spatial:])}}
        return [FLOAT32, step, FLOAT32]
    mean, std = normalization.mean, normalization.std
    along = {"mean": list(mean), "std": list(std), "axis": "channel"}
    kwargs = along if len(mean) > 1 else {"mean": mean[0], "std": std[0]}
    return [FLOAT32, {"id": "fixed_zero_mean_unit_variance", "kwargs": kwargs}, FLOAT32]


def postprocessing(back: Affine | None) -> list[dict[str, Any]]:
    """The way back to counts, where there is one."""
    if back is None:
        return [FLOAT32]
    kwargs = {"axis": "channel", "gain": list(back.scale), "offset": list(back.offset)}
    return [FLOAT32, {"id": "scale_linear", "kwargs": kwargs}, FLOAT32]


def to_counts(normalization: Normalization, labels: int, statistics: Sequence[str] = ()) -> Affine | None:
    """From what a net returns, means and statistics, to counts; None where only the recorded stain could tell.

    A deviation has no offset, a share stays as it is.

    >>> from zoo.normalization import Normalization
    >>> back = to_counts(Normalization("training", (100.0,), (20.0,)), 1, ("q50", "sd", "entropy"))
    >>> [round(gain, 3) for gain in back.scale], [round(offset, 3) for offset in back.offset]
    ([20.0, 20.0, 20.0, 1.0], [100.0, 100.0, 0.0, 0.0])
    """
    if not normalization.invertible:
        return None
    back = normalization.fit(np.zeros((len(normalization.mean), 1, 1))).inverse()
    if not statistics:
        return back
    pairs = list(zip(back.scale, back.offset, strict=True))
    pairs = pairs if len(pairs) > 1 else pairs * labels
    units = [unit(statistic) for statistic in statistics]
    told = [
        {"counts": (gain, offset), "spread": (gain, 0.0), "share": (1.0, 0.0)}[one]
        for gain, offset in pairs
        for one in units
    ]
    both = (*pairs, *told)
    return Affine(tuple(gain for gain, _ in both), tuple(offset for _, offset in both))
