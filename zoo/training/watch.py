"""What watches a run: its clock, its learning rate, validation, the weights worth keeping, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.training.validation import Verdict
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
Judge: TypeAlias = "Callable[[Any], Verdict]"
"""Validation: a net to its r."""


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
    best_labels: Sequence[float] = ()
    """r of each label with the weights that are kept; when the run is over, of whole fields."""
    floors: tuple[float, ...] = ()
    """The same of what needs no net; known when the run is over."""
    levels: tuple[float, ...] = ()
    """From which count on a pixel of each label is stained; empty where counts of sessions cannot be compared."""
    best: dict[str, Any] = field(default_factory=dict)
    """The weights with the highest r so far, tensors of the framework or arrays by name."""
    resumed: int = 0
    """How many times the run was taken up again."""

    @property
    def r(self) -> float:
        """The last r."""
        return self.curve[-1][2] if self.curve else math.nan


class NotFiniteError(ZooError):
    """The loss became NaN or infinite."""

    def __init__(self, loss: float, step: int) -> None:
        """``step`` counts the updates made before."""
        super().__init__(f"the loss is {loss} after {step} steps, expected a finite number")
        self.step = step


def diverged(error: NotFiniteError, path: Path, step: int | None, recipe: Recipe) -> ZooError:
    """What a user is told; ``path`` is the last checkpoint, ``step`` how many updates it has seen, None without one."""
    if step is None:
        return ZooError(error.message, hint="train again with a lower --learning-rate")
    return ZooError(
        f"{error.message}; the last good checkpoint is kept: {path} (step {step})",
        hint=f"go on from it with a lower --learning-rate, e.g. {recipe.learning_rate / 3:.1g}",
    )


class Watch:
    """Drives one run from budget and recipe; judges on validation fields alone. Knows no framework."""

    def __init__(self, budget: Budget, recipe: Recipe, judge: Judge, report: Report) -> None:
        """Nothing is timed before ``start``."""
        self.budget, self.recipe, self.judge, self.report = budget, recipe, judge, report
        self.history = History()
        self.judged = 0
        self._since = math.nan
        self._before = 0.0

    @property
    def spent(self) -> float:
        """Share of the budget."""
        return self.budget.spent(self.history.step, self.history.seconds)

    @property
    def rate(self) -> float:
        """The learning rate of the coming step."""
        return learning_rate(self.recipe, self.spent)

    def start(self) -> None:
        """Start the clock where an earlier part of the run left it."""
        self._before, self._since = self.history.seconds, time.monotonic()

    def after(self, step: int, loss: float, net: object, weights: Callable[[], Mapping[str, Any]]) -> bool:
        """Count the step, judge ``net`` when it is due, and report. Returns whether the budget is spent.

        ``weights`` copies those of ``net``; they are asked for when they are the best so far.
        """
        history = self.history
        history.step, history.seconds = step, self._elapsed()
        history.loss = loss if math.isnan(history.loss) else history.loss + SMOOTHING * (loss - history.loss)
        if math.floor(self.spent * JUDGEMENTS) > self.judged:
            self.judged = math.floor(self.spent * JUDGEMENTS)
            self._judge(net, weights)
            history.seconds = self._elapsed()
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
        return self.spent >= 1

    def _elapsed(self) -> float:
        return self._before + time.monotonic() - self._since

    def _judge(self, net: object, weights: Callable[[], Mapping[str, Any]]) -> None:
        history, found = self.history, self.judge(net)
        r = found.r
        history.curve.append([round(history.seconds / 60, 4), history.loss, r])
        if r > history.best_r or math.isnan(history.best_r):
            history.best_r, history.best_step = r, history.step
            history.best, history.best_labels = dict(weights()), list(found.labels)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps: plain values and tensors, so that it can be read without running code."""
        return {**vars(self.history), "judged": self.judged}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Take up the run of a checkpoint."""
        known = dict(state)
        self.judged = known.pop("judged")
        self.history = History(**known)
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
