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
