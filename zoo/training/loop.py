"""The loop itself: one Lightning module for any torch net, fed with patches by step."""

from __future__ import annotations

import copy
import itertools
import math
from typing import TYPE_CHECKING, Any

import lightning
import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from zoo.errors import ZooError
from zoo.training.patches import Batch, Patches, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoo.types import Recipe

    Objective = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

WARM_UP = 10
"""Steps over which the running average of the weights forgets where they started."""


class Steps(IterableDataset[Batch]):
    """The batches from one step on."""

    def __init__(self, patches: Patches, start: int, stop: int) -> None:
        """``stop`` is the first step that is not taken."""
        self.patches, self.start, self.stop = patches, start, stop

    def __iter__(self) -> Iterator[Batch]:
        """Cut patches as they are asked for."""
        return batches(self.patches, self.start, self.stop)


class Fit(lightning.LightningModule):
    """One net, its objective and its optimiser, as a recipe says."""

    def __init__(self, net: torch.nn.Module, recipe: Recipe, objective: Objective, patches: Patches) -> None:
        """Images are laid out with channels last: 1.4 times faster on processors for 2-D convolutions."""
        super().__init__()
        layout = torch.channels_last if len(recipe.patch) == 2 else torch.contiguous_format  # noqa: PLR2004 - (y, x)
        self.net: torch.nn.Module = net.to(memory_format=layout)  # type: ignore[call-overload] # not in torch's stubs
        self.average: torch.nn.Module | None = None
        if recipe.average:
            self.average = copy.deepcopy(self.net).requires_grad_(requires_grad=False)
        self.recipe, self.objective, self.patches, self.layout = recipe, objective, patches, layout

    @property
    def kept(self) -> torch.nn.Module:
        """The net whose weights count: the running average where there is one."""
        return self.net if self.average is None else self.average

    def train_dataloader(self) -> DataLoader[Batch]:
        """Go on where a checkpoint ended; asked for after Lightning restored it."""
        return DataLoader(Steps(self.patches, self.global_step, self.recipe.steps), batch_size=None)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, as in every recipe so far; fused where torch can, 5 times faster on a processor."""
        fused, recipe = self.device.type in ("cpu", "cuda"), self.recipe
        return torch.optim.Adam(self.net.parameters(), lr=recipe.learning_rate, betas=recipe.betas, fused=fused)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Shorten a gradient that is too long; by hand, since Lightning refuses to for a fused optimiser."""
        del optimizer
        if self.recipe.clip:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.clip)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor], batch_idx: int) -> torch.Tensor:
        """The loss of one batch; one that is not finite ends the run before it can spoil the weights."""
        del batch_idx
        inputs, targets, weights = batch
        predicted = self.net(inputs.to(memory_format=self.layout))
        loss = self.objective(predicted.float(), targets, weights)
        if not math.isfinite(loss.item()):
            raise NotFiniteError(loss.item(), self.global_step)
        return loss

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Lightning's signature
        """Update the weights, then their average."""
        super().optimizer_step(*args, **kwargs)
        if self.average is not None:
            share = max(1 - self.recipe.average, 1 / (1 + (self.global_step + 1) / WARM_UP))
            follow(self.average, self.net, share)


class NotFiniteError(ZooError):
    """The loss became NaN or infinite."""

    def __init__(self, loss: float, step: int) -> None:
        """``step`` counts the updates made before."""
        super().__init__(f"the loss is {loss} after {step} steps, expected a finite number")
        self.step = step


def follow(average: torch.nn.Module, net: torch.nn.Module, share: float) -> None:
    """Move an average towards a net, in place: ``average += share * (net - average)``; counters are copied."""
    pairs = list(zip(_tensors(average), _tensors(net), strict=True))
    moving = [(mean, now) for mean, now in pairs if mean.is_floating_point()]
    ema = get_ema_multi_avg_fn(1 - share)  # type: ignore[no-untyped-call]
    ema([mean for mean, _ in moving], [now for _, now in moving], 0)
    for mean, now in pairs:
        if not mean.is_floating_point():
            mean.copy_(now)


def _tensors(net: torch.nn.Module) -> Iterator[torch.Tensor]:
    """Weights and running statistics."""
    return itertools.chain(net.parameters(), net.buffers())
