"""The loop itself: one Lightning module for any torch net and any step, fed with patches."""

from __future__ import annotations

import copy
import itertools
import math
from typing import TYPE_CHECKING

import lightning
import numpy as np
import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from zoo.training.patches import Batch, Patches, batches
from zoo.training.watch import NotFiniteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lightning.pytorch.core.optimizer import LightningOptimizer

    from zoo.training.recordings import FloatArray
    from zoo.training.steps import Given, Step
    from zoo.types import Recipe

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
    """One net, how it learns from a batch, and its optimiser, as a recipe says."""

    def __init__(self, net: torch.nn.Module, recipe: Recipe, step: Step, patches: Patches) -> None:
        """Images are laid out with channels last: 1.4 times faster on processors for 2-D convolutions."""
        super().__init__()
        self.automatic_optimization = False  # a step may update several nets
        layout = torch.channels_last if len(recipe.patch) == 2 else torch.contiguous_format  # noqa: PLR2004 - (y, x)
        self.net: torch.nn.Module = net.to(memory_format=layout)  # type: ignore[call-overload] # not in torch's stubs
        self.average: torch.nn.Module | None = None
        if recipe.average:
            self.average = copy.deepcopy(self.net).requires_grad_(requires_grad=False)
        self.recipe, self.step, self.patches, self.layout = recipe, step, patches, layout

    @property
    def kept(self) -> torch.nn.Module:
        """The net whose weights count: the running average where there is one."""
        return self.net if self.average is None else self.average

    @property
    def learners(self) -> dict[torch.nn.Module, float]:
        """Who learns, with its learning rate in units of the recipe's; the net comes first."""
        return {self.net: 1.0, **{getattr(self.step, name): rate for name, rate in self.step.rates.items()}}

    def train_dataloader(self) -> DataLoader[Batch]:
        """Go on where a checkpoint ended; asked for after Lightning restored it."""
        return DataLoader(Steps(self.patches, self.global_step, self.recipe.steps), batch_size=None)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """One for each learner; fused where torch can, 5 times faster on a processor."""
        recipe, fused = self.recipe, self.device.type in ("cpu", "cuda")
        kind = torch.optim.AdamW if recipe.weight_decay else torch.optim.Adam
        return [
            kind(
                [{"params": list(learner.parameters()), "rate": rate}],
                lr=rate * recipe.learning_rate,
                betas=recipe.betas,
                weight_decay=recipe.weight_decay,
                fused=fused,
            )
            for learner, rate in self.learners.items()
        ]

    def training_step(self, batch: Given, batch_idx: int) -> torch.Tensor:
        """Update whoever learns from a batch; a loss that is not finite ends the run before it can spoil weights."""
        del batch_idx
        optimizers: dict[torch.nn.Module, torch.optim.Optimizer | LightningOptimizer]
        optimizers = dict(zip(self.learners, self.trainer.optimizers, strict=True))
        optimizers[self.net] = self._counted()
        for learner, loss in self.step(self.net, batch._replace(inputs=batch.inputs.to(memory_format=self.layout))):
            if not math.isfinite(loss.item()):
                raise NotFiniteError(loss.item(), self.global_step)
            parameters = [parameter for parameter in learner.parameters() if parameter.requires_grad]
            optimizers[learner].zero_grad()
            self.manual_backward(loss, inputs=parameters)
            if self.recipe.clip:
                torch.nn.utils.clip_grad_norm_(parameters, self.recipe.clip)
            optimizers[learner].step()
        if self.average is not None:
            follow(self.average, self.net, max(1 - self.recipe.average, 1 / (1 + self.global_step / WARM_UP)))
        return loss.detach()

    def _counted(self) -> LightningOptimizer:
        """The net's optimiser in Lightning's wrapper, which counts steps: there is one for each batch."""
        wrapped = self.optimizers()
        return wrapped[0] if isinstance(wrapped, list) else wrapped


def whole(net: torch.nn.Module, inputs: FloatArray, divisor: int) -> FloatArray:
    """The prediction for a whole image (channel, [z,] y, x), mirrored at its far edges up to a size the net takes."""
    grid = inputs.shape[1:]
    padding = [(0, 0), *((0, -n % divisor) for n in grid)]
    padded = np.pad(inputs, padding, mode="symmetric")
    parameter = next(net.parameters())
    was_training = net.training
    net.eval()
    with torch.inference_mode():
        predicted = net(torch.from_numpy(padded)[None].to(parameter.device)).float().cpu().numpy()[0]
    net.train(was_training)
    crop: FloatArray = predicted[(slice(None), *(slice(0, n) for n in grid))]
    return crop


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
