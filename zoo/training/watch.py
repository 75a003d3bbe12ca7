"""What watches a run: its clock, its learning rate, validation, the weights worth keeping, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from lightning.pytorch import Callback

if TYPE_CHECKING:
    import lightning

    from zoo.training.loop import Fit
    from zoo.types import Recipe

JUDGEMENTS = 16
"""Validations in a run, evenly spread over it, the last at its end."""
SMOOTHING = 0.02
"""Share of the newest loss in the loss that is shown."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """When a run ends: after its steps or its seconds, whichever comes first."""

    steps: int
    seconds: float = math.inf

    def spent(self, step: int, seconds: float) -> float:
        """The share that is used up, 1 at the end.

        >>> Budget(steps=100, seconds=60).spent(10, 30)
        0.5
        """
        return min(1.0, max(step / self.steps, seconds / self.seconds))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is."""

    step: int
    spent: float
    """Share of the budget, 0 to 1."""
    loss: float
    """Smoothed training loss."""
    r: float
    """Pearson's r of the last validation; NaN before the first."""
    seconds: float
    """Training time so far, over all parts of a run that was resumed."""
    seconds_left: float
    """Estimated from the share that is spent."""


Report: TypeAlias = Callable[[Progress], None]
Judge: TypeAlias = Callable[[torch.nn.Module], float]
"""Validation: a net in evaluation mode to its r."""


@dataclass
class History:
    """What a run remembers; stored in its checkpoints."""

    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    """Smoothed."""
    curve: list[list[float]] = field(default_factory=list)
    """One ``[minute, smoothed loss, r]`` for each validation."""
    best_r: float = math.nan
    best_step: int = 0
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """State dict of the weights with the highest r so far."""
    resumed: int = 0
    """How many times the run was taken up again."""

    @property
    def r(self) -> float:
        """The last r."""
        return self.curve[-1][2] if self.curve else math.nan


class Watch(Callback):
    """Drives one run from budget and recipe; judges on validation fields alone."""

    def __init__(self, budget: Budget, recipe: Recipe, judge: Judge, report: Report) -> None:
        """Nothing is timed before training starts."""
        self.budget, self.recipe, self.judge, self.report = budget, recipe, judge, report
        self.history = History()
        self.judged = 0
        self._since = math.nan
        self._before = 0.0
        self._random: torch.Tensor | None = None

    @property
    def spent(self) -> float:
        """Share of the budget."""
        return self.budget.spent(self.history.step, self.history.seconds)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock where an earlier part of the run left it."""
        del trainer, pl_module
        if self._random is not None:
            torch.set_rng_state(self._random)
        self._before, self._since = self.history.seconds, time.monotonic()

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: object, batch_idx: int
    ) -> None:
        """Set the learning rates of the coming step."""
        del pl_module, batch, batch_idx
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * learning_rate(self.recipe, self.spent)

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Fit,  # type: ignore[override] # ours is the only module that is ever trained here
        outputs: Any,  # noqa: ANN401 - Lightning's signature
        batch: object,
        batch_idx: int,
    ) -> None:
        """Count the step, judge when it is due, report, and stop at the end of the budget."""
        del batch, batch_idx
        history = self.history
        history.step, history.seconds = trainer.global_step, self._before + time.monotonic() - self._since
        loss = float(outputs["loss"])
        history.loss = loss if math.isnan(history.loss) else history.loss + SMOOTHING * (loss - history.loss)
        if math.floor(self.spent * JUDGEMENTS) > self.judged:
            self.judged = math.floor(self.spent * JUDGEMENTS)
            self._judge(pl_module.kept)
            history.seconds = self._before + time.monotonic() - self._since
        left = history.seconds * (1 - self.spent) / max(self.spent, 1e-9)
        self.report(
            Progress(
                step=history.step,
                spent=self.spent,
                loss=history.loss,
                r=history.r,
                seconds=history.seconds,
                seconds_left=left,
            )
        )
        trainer.should_stop = self.spent >= 1

    def _judge(self, net: torch.nn.Module) -> None:
        history, r = self.history, self.judge(net)
        history.curve.append([round(history.seconds / 60, 4), history.loss, r])
        if r > history.best_r or math.isnan(history.best_r):
            history.best_r, history.best_step = r, history.step
            history.best = {name: tensor.detach().cpu().clone() for name, tensor in net.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: plain values and tensors, so that it can be read without running code."""
        return {**vars(self.history), "judged": self.judged, "random": torch.get_rng_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the run of a checkpoint."""
        state = dict(state_dict)
        self.judged, self._random = state.pop("judged"), state.pop("random")
        self.history = History(**state)
        self.history.resumed += 1


def learning_rate(recipe: Recipe, spent: float) -> float:
    """The learning rate when a share of the budget is spent.

    Constant, down a half cosine to zero, or constant over the first half and straight down to zero over the second.

    >>> from zoo.types import Recipe
    >>> cosine = Recipe(patch=(16, 16), batch=1, steps=1, learning_rate=1.0, schedule="cosine")
    >>> [round(learning_rate(cosine, spent), 2) for spent in (0, 0.5, 1)]
    [1.0, 0.5, 0.0]
    """
    shares = {"constant": 1.0, "cosine": 0.5 * (1 + math.cos(math.pi * spent)), "linear": min(1.0, 2 * (1 - spent))}
    return recipe.learning_rate * shares[recipe.schedule]
