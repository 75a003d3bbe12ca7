"""Nets in PyTorch: built, trained by Lightning, and judged."""

from __future__ import annotations

import platform
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

import torch

from zoo.training import trainer
from zoo.training.loop import Fit, whole
from zoo.training.plans import built
from zoo.training.steps import make
from zoo.training.trainer import on_gpu
from zoo.training.transfer import taken
from zoo.training.validation import correlation, judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zoo.training.patches import Patches
    from zoo.training.plans import Plan
    from zoo.training.recordings import Question, Recording
    from zoo.training.watch import History, Judge, Watch


__all__ = ["Prepared", "on_gpu"]


class Prepared:
    """A net with its first weights, which the seed decides, and how it learns."""

    rim = 0
    """These nets keep the size of their images."""

    def __init__(self, plan: Plan, question: Question) -> None:
        """``question`` tells how many channels there are."""
        torch.manual_seed(plan.seed)
        self.recipe, self.divisor, self.device = plan.recipe, plan.architecture.divisor, plan.device
        more = len(question.labels) + 1
        self.net: torch.nn.Module = built(plan, question.in_channels, len(question.labels))
        if plan.start:
            larger = {name: tuple(t.shape) for name, t in built(plan, question.in_channels, more).state_dict().items()}
            fresh = {name: tensor.numpy() for name, tensor in self.net.state_dict().items()}
            state = taken(plan.start, question.names, fresh, larger)
            self.net.load_state_dict({name: torch.tensor(tensor) for name, tensor in state.items()})
        self.step = make(plan.recipe, question.in_channels, len(question.labels))

    def shown(self, validation: Sequence[Recording]) -> list[Recording]:
        """What of each field the net is judged on: all of it, or the middle of a huge one."""
        return [judged(recording) for recording in validation]

    whole = shown
    """What labels are judged on when the run is over: the same."""

    def labels(self, history: History, whole: Sequence[Recording]) -> Sequence[float]:
        """Pearson's r of each label with the weights that are kept: known from the run."""
        del whole
        return history.best_labels

    def judge(self, shown: Sequence[Recording]) -> Judge:
        """Mean r on recordings with normalised inputs."""
        return lambda net: correlation(partial(whole, net, divisor=self.divisor), shown)

    def run(
        self, patches: Patches, watch: Watch, workdir: Path, identity: Mapping[str, object], *, resume: bool
    ) -> History:
        """Train within the budget of ``watch``."""
        fit = Fit(self.net, self.recipe, self.step, patches)
        return trainer.run(fit, watch, workdir, identity, resume=resume, device=self.device)

    def machine(self) -> dict[str, object]:
        """On what it was trained, for the account."""
        return {
            "precision": trainer.precision(self.recipe, self.device),
            "device": torch.cuda.get_device_name() if on_gpu(self.device) else platform.machine(),
            "threads": torch.get_num_threads(),
            "versions": {name: metadata.version(name) for name in ("torch", "lightning")},
        }
