"""Training losses: callables ``(prediction, target, weight) -> scalar``, pointed at by a recipe.

They use nothing but the methods of the tensors they are given, so that naming one loads no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def mean_squared_error(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean of the squared error over recorded pixels: ``sum w (p - t)^2 / sum w``.

    All three are ``b c y x`` or ``b c z y x``; ``weight`` is 0 where nothing was recorded (padding, a label that a
    field lacks) and 1 elsewhere. A batch without a recorded pixel has loss 0. Where all weights are 1 this is the
    mean squared error of Ounkomol et al. 2018.
    """
    return ((prediction - target).square() * weight).sum() / weight.sum().clamp(min=1.0)


def mean_absolute_error(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean of the absolute error over recorded pixels; arguments as in ``mean_squared_error``."""
    return ((prediction - target).abs() * weight).sum() / weight.sum().clamp(min=1.0)


ANCHOR = 0.1
"""Share of the squared error in ``correlation``: it decides gain and offset, which a correlation leaves open."""
NEARLY_FLAT = 1e-3
"""Added to products of mean squares: a patch without contrast has correlation 0 instead of an undefined one."""


def correlation(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """``1 - r`` of every patch and label, averaged over those with a recorded pixel, and a little squared error.

    For labels whose counts cannot be compared between sessions: a squared error spends itself on guessing each
    session's gain, while ``r`` asks only where the stain is. ``ANCHOR`` is the share of the squared error. Arguments
    as in ``mean_squared_error``.
    """
    axes = tuple(range(2, prediction.ndim))
    pixels = weight.sum(axes, keepdim=True).clamp(min=1.0)
    p = (prediction - (prediction * weight).sum(axes, keepdim=True) / pixels) * weight
    t = (target - (target * weight).sum(axes, keepdim=True) / pixels) * weight
    squares = (p.square().sum(axes, keepdim=True) / pixels) * (t.square().sum(axes, keepdim=True) / pixels)
    r = (p * t).sum(axes, keepdim=True) / pixels / (squares + NEARLY_FLAT).sqrt()
    recorded = weight.amax(axes, keepdim=True)
    missed = ((1 - r) * recorded).sum() / recorded.sum().clamp(min=1.0)
    return missed + ANCHOR * mean_squared_error(prediction, target, weight)
