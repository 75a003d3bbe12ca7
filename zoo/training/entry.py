"""What a finished run is stored as: header, tensors and sample of one weight file."""

from __future__ import annotations

import math
import platform
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, cast

import numpy as np

from zoo.training import crop, transfer
from zoo.training.plans import plain
from zoo.weights import Header, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.training.pairs import Units
    from zoo.training.plans import Plan
    from zoo.training.recordings import Question, Recording
    from zoo.training.watch import History
    from zoo.weights import JSON

CUE = 0.1
"""r on validation fields below which a label is said to be unpredictable: a hundredth of what it does is explained."""
DISTRIBUTIONS = ("unstained", "numpy")


def weights(
    plan: Plan,
    question: Question,
    units: Units,
    history: History,
    validation: Sequence[Recording],
    machine: Mapping[str, object],
) -> Weights:
    """The weights of an entry; ``validation`` are recordings in counts, of which a crop becomes the sample.

    ``machine`` tells on what it was trained: precision, device, threads, and versions of the framework.
    """
    architecture, dataset = plan.architecture, question.dataset
    header = Header(
        id=plan.entry_id(question.reference),
        title=f"{architecture.title}, trained on {dataset.title}",
        architecture=architecture.id,
        preset=plan.preset,
        options=cast("dict[str, JSON]", {key: plain(value) for key, value in plan.options.items()}),
        framework=architecture.framework,
        inputs=question.inputs,
        outputs=question.labels,
        input_normalization=units.inputs,
        target_normalization=units.targets,
        license=transfer.licence(plan, dataset.license),
        cite=(*architecture.cite, *dataset.cite),
        trained_on=transfer.seen(plan, question.reference),
        statistics=architecture.presets[plan.preset].statistics,
        training=_account(plan, question, units, history, machine),
    )
    tensors = {name: np.asarray(tensor, order="C") for name, tensor in history.best.items()}
    return Weights(header, tensors, crop.sample(question, validation, divisor=architecture.divisor))


def _account(
    plan: Plan, question: Question, units: Units, history: History, machine: Mapping[str, object]
) -> dict[str, JSON]:
    """How the weights came about, as JSON."""
    account: dict[str, object] = {
        "command": plan.command,
        "recipe": {key: plain(value) for key, value in asdict(plan.recipe).items()},
        "inputs": [channel.name for channel in question.inputs],
        "labels": list(question.names),
        "target_scaling": units.scaling,
        "seed": plan.seed,
        "dataset": {
            "id": question.dataset.id,
            "version": question.dataset.version,
            "digest": question.dataset.digest,
            "scheme": question.scheme.name,
        },
        "max_minutes": plan.max_minutes if math.isfinite(plan.max_minutes) else None,
        "minutes": round(history.seconds / 60, 3),
        "steps": history.step,
        "resumed": history.resumed,
        "curve": [[_number(value) for value in point] for point in history.curve],
        "kept": {"step": history.best_step, "val_r": _number(history.best_r)},
        **machine,
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in DISTRIBUTIONS},
            **cast("dict[str, str]", machine["versions"]),
        },
    }
    account |= _found(plan, question, history)
    return cast("dict[str, JSON]", account)


def _found(plan: Plan, question: Question, history: History) -> dict[str, object]:
    """What validation found of each label, and what the run started from, where that is more than nothing."""
    labels = dict(zip(question.names, history.best_labels, strict=False))
    floors = dict(zip(question.names, history.floors, strict=False))
    told: dict[str, object] = {
        "unpredictable": ", ".join(name for name, r in labels.items() if not r >= CUE),
        "not_above_linear": ", ".join(name for name, r in labels.items() if r >= CUE and r <= floors.get(name, -1)),
        "fields": plan.fields,
        "from": plan.start.header.id if plan.start else "",
    }
    levels = dict(zip(question.names, history.levels, strict=False))
    found = {"labels_r": labels, "linear_r": floors, "levels": levels}
    rounded = {key: {name: _number(r) for name, r in values.items()} for key, values in found.items()}
    return rounded | {key: value for key, value in told.items() if value}


def _number(value: float) -> float | None:
    """Five digits; JSON knows no NaN."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
