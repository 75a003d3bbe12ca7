"""What one batch does to weights. Most nets learn from one loss; others need a step of their own.

A step is an ``nn.Module``: whatever it holds (a discriminator, running means) goes into checkpoints, and none of it
into the weights of an entry. So nothing that only training has can be an input of a packaged model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeAlias, cast, runtime_checkable

import torch
from torch import nn

from zoo.errors import ZooError
from zoo.registry import resolve

if TYPE_CHECKING:
    from zoo.types import Recipe

Objective: TypeAlias = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class Given(NamedTuple):
    """A batch as a step is given it: tensors on the device of the net, in its units."""

    inputs: torch.Tensor
    """(patch, channel, [z,] y, x)."""
    targets: torch.Tensor
    """(patch, label, [z,] y, x); 0 where nothing was recorded."""
    weights: torch.Tensor
    """As targets: 1 where a label was recorded, 0 in padding and where a field lacks the label."""
    masks: torch.Tensor
    """(patch, mask, y, x): 1 inside of the recipe's masks, in their order; 0 outside and in padding."""


@runtime_checkable
class Step(Protocol):
    """How weights learn from a batch; an ``nn.Module``."""

    rates: Mapping[str, float]
    """Nets that learn beside the one that is trained: names of attributes, and learning rates in units of the recipe's.
    Each has an optimiser of the same kind as the net's."""

    def __call__(self, net: nn.Module, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """Yield who learns, and from which loss; each is updated before the next loss is asked for.

        Only the weights of whoever is named get a gradient. The net itself comes last, once.
        """
        ...


class Plain(nn.Module):
    """One loss of one prediction."""

    rates: ClassVar[Mapping[str, float]] = {}

    def __init__(self, objective: Objective) -> None:
        """``objective`` maps prediction, target and weight to a number."""
        super().__init__()
        self.objective = objective

    def forward(self, net: nn.Module, given: Given) -> Iterator[tuple[nn.Module, torch.Tensor]]:
        """The net learns from the objective."""
        yield net, self.objective(net(given.inputs).float(), given.targets, given.weights)


def make(recipe: Recipe, in_channels: int, out_channels: int) -> Step:
    """The step of a recipe; its own nets start from torch's current random state."""
    if not recipe.step:
        return cast("Step", Plain(resolve(recipe.objective)))
    try:
        step: Step = resolve(recipe.step)(in_channels, out_channels, **recipe.terms)
    except (TypeError, ValueError) as error:
        raise ZooError(
            f"recipe: cannot make step {recipe.step!r} with terms {dict(recipe.terms)}: {error}",
            hint="the recipe of the preset names the terms of its step: zoo info ARCHITECTURE",
        ) from error
    return step
