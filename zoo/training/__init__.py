"""Training: a dataset in, the weights of an entry out. torch and Lightning are imported here, never by listing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.training import entry
from zoo.training.loop import Fit
from zoo.training.pairs import scaled, seen, units
from zoo.training.patches import Patches
from zoo.training.plans import Plan, plan
from zoo.training.recordings import SPLITS, TRAINING, VALIDATION, ask, narrow, read
from zoo.training.steps import make
from zoo.training.trainer import on_gpu, run
from zoo.training.validation import correlation
from zoo.training.watch import Budget, Progress, Watch
from zoo.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.training.recordings import Question
    from zoo.training.watch import Report
    from zoo.types import Dataset, SplitScheme
    from zoo.weights import Weights

__all__ = ["SPLITS", "Plan", "Progress", "ask", "on_gpu", "plan", "train"]


def train(
    plan: Plan,
    dataset: Dataset,
    scheme: SplitScheme,
    workdir: Path,
    *,
    resume: bool = True,
    on_field: Callable[[str], None] = lambda _: None,
    report: Report | None = None,
) -> Weights:
    """Train on ``train``, choose on ``val``, and return the weights with the highest r there.

    ``workdir`` keeps the checkpoint; a run that was killed goes on from it, and a finished one returns at once.
    ``on_field`` is told of every field before it is read, ``report`` is called after every step. Raises ``ZooError``
    for splits without fields, unknown channels or several inputs of which none is named, channels that are missing,
    counts that are not finite, a GPU that is not there, a checkpoint of another run, and a loss that is not finite.
    """
    question = ask(
        dataset,
        scheme,
        spatial=plan.architecture.spatial,
        inputs=plan.inputs,
        labels=plan.labels,
        masks=plan.recipe.masks,
    )
    recordings = read(question, TRAINING, on_field)
    if not plan.labels:
        question, recordings = narrow(question, recordings)
    validation = read(replace(question, masks=()), VALIDATION, on_field)
    unit = units(recordings, question.names, plan.recipe, comparable=dataset.intensity == "comparable")
    turn = all(channel.modality is not Modality.DIC for channel in question.inputs)
    patches = Patches(scaled(recordings, unit), plan.recipe, seed=plan.seed, turn=turn)
    del recordings  # the patches hold all of it once more, in the units of the net
    judge = partial(correlation, recordings=seen(validation, unit), divisor=plan.architecture.divisor)
    watch = Watch(
        Budget(steps=plan.recipe.steps, seconds=60 * plan.max_minutes), plan.recipe, judge, report or (lambda _: None)
    )
    net = _net(plan, question)
    fit = Fit(net, plan.recipe, make(plan.recipe, question.in_channels, len(question.labels)), patches)
    history = run(fit, watch, workdir, {**plan.identity, **question.identity}, resume=resume, device=plan.device)
    return entry.weights(plan, question, unit, history, validation)


def _net(plan: Plan, question: Question) -> torch.nn.Module:
    """The net with its first weights, which the seed decides."""
    torch.manual_seed(plan.seed)
    build = resolve(plan.architecture.build)
    try:
        net: torch.nn.Module = build(question.in_channels, len(question.labels), **plan.options)
    except (TypeError, ValueError) as error:
        raise ZooError(
            f"{plan.architecture.id}: cannot build the net with options {dict(plan.options)}: {error}",
            hint=f"zoo info {plan.architecture.id} shows the options of each preset",
        ) from error
    return net
