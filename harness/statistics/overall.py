"""One rank over several tasks: the mean of the ranks on each, with weights that were declared beforehand.

Scores of different tasks are never averaged: a label that is easy would drown one that is hard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.agreement import single
from harness.statistics.averages import ranks
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.statistics.averages import Counts, Floats


@dataclass(frozen=True, kw_only=True)
class Overall:
    """Ranks over all declared tasks, among the models that cover them all."""

    mean_ranks: Mapping[str, float]
    """Model -> weighted mean of its ranks among these models."""
    ranks: Mapping[str, int]
    partial: Mapping[str, tuple[str, ...]]
    """Models that cover some of the tasks -> those they lack: ranked per task, not over all."""
    left_out: Mapping[str, float | None]
    """Task -> Kendall's tau between the ranking and the one without that task; None where nobody is set apart."""


def overall(scores: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> Overall:
    """The overall ranking.

    Parameters
    ----------
    scores
        Task -> model -> score, higher is better. A task may be anything that was declared, a label or a metric of one.
        A model that is not applicable to a task is left out of it; one that failed there has its score.
    weights
        Declared task -> weight above 0. Tasks that were not declared do not count.

    >>> made = overall({"dna": {"a": 0.9, "b": 0.8}, "rna": {"a": 0.3, "b": 0.2, "c": 0.9}}, {"dna": 1, "rna": 1})
    >>> made.ranks, made.partial
    ({'a': 1, 'b': 2}, {'c': ('dna',)})
    """
    wrong = [task for task, weight in weights.items() if not (weight > 0 and math.isfinite(weight))]
    if wrong or not weights:
        message = f"weight of task {wrong[0]!r}: {weights[wrong[0]]:g}" if wrong else "no task is declared"
        raise ZooError(message, hint="declare each task with a weight above 0, and leave out those that do not count")
    tasks = list(weights)
    entered = sorted({model for task in tasks for model in scores.get(task, {})})
    lacking = {model: tuple(task for task in tasks if model not in scores.get(task, {})) for model in entered}
    complete = [model for model in entered if not lacking[model]]
    placed = np.array([ranks([scores[task][model] for model in complete]) for task in tasks])
    shares = np.array([weights[task] for task in tasks], np.float64)
    means = _means(placed, shares)
    return Overall(
        mean_ranks=dict(zip(complete, means.tolist(), strict=True)),
        ranks=dict(zip(complete, ranks(-means).tolist(), strict=True)),
        partial={model: tasks for model, tasks in lacking.items() if tasks},
        left_out=_left_out(tasks, placed, shares),
    )


def _means(placed: Counts, shares: Floats) -> Floats:
    """Weighted mean rank of each model; ``placed`` is tasks x models."""
    return np.asarray(shares @ placed / shares.sum(), np.float64)


def _left_out(tasks: Sequence[str], placed: Counts, shares: Floats) -> dict[str, float | None]:
    """Agreement with the whole, one task less at a time; nothing where there is but one."""
    whole = ranks(-_means(placed, shares))
    kept = [np.arange(len(tasks)) != index for index in range(len(tasks))] if len(tasks) > 1 else []
    parts = [ranks(-_means(placed[rest], shares[rest])) for rest in kept]
    return {task: single(whole, part) for task, part in zip(tasks, parts, strict=False)}
