"""Training: a dataset in, the weights of an entry out. What is shared knows no framework; each loop loads its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError
from zoo.training import entry, transfer
from zoo.training.floors import floors
from zoo.training.levels import levels
from zoo.training.pairs import scaled, seen, units
from zoo.training.patches import Patches
from zoo.training.plans import Plan, plan
from zoo.training.recordings import SPLITS, TRAINING, VALIDATION, ask, check_splits, narrow, read
from zoo.training.watch import Budget, Progress, Watch
from zoo.types import Framework, Modality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.training.plans import Device
    from zoo.training.pytorch import Prepared
    from zoo.training.recordings import Question
    from zoo.training.watch import Report
    from zoo.types import Dataset, Field, SplitScheme
    from zoo.weights import Weights

__all__ = ["SPLITS", "Plan", "Progress", "ask", "needed", "on_gpu", "plan", "train"]


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
    question = _asked(plan, dataset, scheme)
    recordings = read(question, TRAINING, on_field, most=plan.fields)
    if not plan.labels:
        question, recordings = narrow(question, recordings)
    validation = read(replace(question, masks=()), VALIDATION, on_field)
    unit = units(recordings, question.names, plan.recipe, comparable=dataset.intensity == "comparable")
    unit = replace(unit, inputs=transfer.inputs(plan, unit.inputs))
    net: Prepared = _loop(plan.architecture.framework).Prepared(plan, question)
    stained = levels(recordings) if unit.scaling == "dataset" else ()
    recordings = scaled(recordings, unit)
    held = seen(validation, unit)
    whole = net.whole(held)
    trivial = floors(recordings, whole, rim=net.rim)
    patches = Patches(recordings, plan.recipe, seed=plan.seed, turn=_turns(question), rim=net.rim)
    del recordings  # the patches hold all of it once more
    budget = Budget(steps=plan.recipe.steps, seconds=60 * plan.max_minutes)
    watch = Watch(budget, plan.recipe, net.judge(net.shown(held)), report or (lambda _: None))
    history = net.run(patches, watch, workdir, {**plan.identity, **question.identity}, resume=resume)
    found = replace(history, best_labels=net.labels(history, whole), floors=trivial, levels=stained)
    return entry.weights(plan, question, unit, found, validation, net.machine())


def _asked(plan: Plan, dataset: Dataset, scheme: SplitScheme) -> Question:
    """The channels of a run; weights to start from must fit them."""
    question = ask(
        dataset,
        scheme,
        spatial=plan.architecture.spatial,
        inputs=plan.inputs,
        labels=plan.labels,
        masks=plan.recipe.masks,
    )
    transfer.check(plan, question)
    return question


def _turns(question: Question) -> bool:
    """Whether an image that is turned could have been recorded: the shear of DIC has a direction."""
    return all(channel.modality is not Modality.DIC for channel in question.inputs)


def needed(plan: Plan, dataset: Dataset, scheme: SplitScheme) -> tuple[Field, ...]:
    """The fields that a run reads: those of ``train``, or the first of them, and those of ``val``."""
    check_splits(dataset, scheme)
    learnt = dataset.fields(TRAINING, scheme=scheme.name)[: plan.fields or None]
    return (*learnt, *dataset.fields(VALIDATION, scheme=scheme.name))


def on_gpu(device: Device, framework: Framework) -> bool:
    """Whether a run takes a GPU; it is an error to ask for one where there is none."""
    return bool(_loop(framework).on_gpu(device))


def _loop(framework: Framework) -> Any:  # noqa: ANN401 - a module
    """The loop for nets of a framework, which alone is loaded: frameworks never share a process."""
    extra = "train" if framework is Framework.TORCH else framework
    try:
        if framework is Framework.TORCH:
            from zoo.training import pytorch  # noqa: PLC0415 - as above

            return pytorch
        from zoo.training import keras  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ZooError(
            f"zoo train needs {error.name!r}, which is not installed", hint=f'pip install "unstained[{extra}]"'
        ) from error
    return keras
