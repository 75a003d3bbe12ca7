"""Nets in Keras on TensorFlow: built, trained and judged. Tensors are ``b y x c``; torch is never loaded beside it."""

from __future__ import annotations

import math
import platform
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.registry import resolve
from zoo.runtime import loading
from zoo.training import snapshots
from zoo.training.adam import Adam, Given, tensors
from zoo.training.patches import cut
from zoo.training.plans import built
from zoo.training.transfer import HEAD, taken
from zoo.training.validation import correlation
from zoo.training.watch import NotFiniteError, diverged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from zoo.training.adam import Step
    from zoo.training.patches import Patches
    from zoo.training.plans import Device, Plan
    from zoo.training.recordings import FloatArray, Question, Recording
    from zoo.training.validation import Verdict
    from zoo.training.watch import History, Judge, Watch
    from zoo.types import Recipe
    from zoo.weights import Weights

tf, keras = loading.tensorflow(), loading.keras()
WIDEST = 512
"""Pixels of a field's edge that labels are judged on when a run is over."""
INTERVAL = 60.0
"""Seconds between checkpoints."""
WARM_UP = 10
"""Steps over which the running average of the weights forgets where they started."""


def on_gpu(device: Device) -> bool:
    """Whether a run takes a GPU; it is an error to ask for one where there is none."""
    there = bool(tf.config.list_physical_devices("GPU"))
    if device == "cuda" and not there:
        raise ZooError(
            f"--device cuda: TensorFlow {tf.__version__} finds no CUDA GPU here",
            hint="train on the processor, --device cpu, or install a TensorFlow for CUDA: https://tensorflow.org",
        )
    return device != "cpu" and there


class Plain:
    """One loss of one prediction: the recipe's objective, of tensors ``b y x label``."""

    def __init__(self, net: Any, objective: Any) -> None:  # noqa: ANN401 - a model and a callable
        """``objective`` maps prediction, target and weight to a number."""
        self.net, self.objective, self.settle = net, objective, math.inf
        self.trainable_variables = net.trainable_variables
        self.non_trainable_variables = net.non_trainable_variables

    def __call__(self, given: Given, *, settled: bool) -> Any:  # noqa: ANN401 - a tensor
        """The objective; of a net that says more than means, that of the means."""
        del settled
        found = self.net(given.inputs, training=True)
        try:
            return self.objective(found[..., : given.targets.shape[-1]], given.targets, given.weights)
        except AttributeError as error:
            raise ZooError(
                f"recipe: the objective cannot be taken of TensorFlow's tensors: {error}",
                hint="name one that is written for TensorFlow: --objective MODULE:CALLABLE",
            ) from error


class Prepared:
    """A net with its first weights, which the seed decides, and how it learns."""

    def __init__(self, plan: Plan, question: Question) -> None:
        """``question`` tells how many channels there are."""
        keras.utils.set_random_seed(plan.seed)
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})  # minutes, for nothing here
        self.recipe, self.divisor, self.device = plan.recipe, plan.architecture.divisor, plan.device
        if not on_gpu(plan.device):
            tf.config.set_visible_devices([], "GPU")
        self.net = built(plan, question.in_channels, len(question.labels))
        if plan.start:
            self._take_over(plan.start, plan, question)
        self.step = make(plan.recipe, self.net)
        self.predict = tf.function(lambda x: self.net(x, training=False), autograph=False)
        given = tf.TensorSpec((1, *plan.recipe.patch, question.in_channels), tf.float32)
        found = self.predict.get_concrete_function(given).output_shapes
        self.rim = (plan.recipe.patch[-1] - int(found[2])) // 2
        if self.rim and plan.recipe.zoom:
            raise ZooError(
                f"{plan.architecture.id}: recipe with zoom {plan.recipe.zoom:g}, expected 0 for a net that loses a rim",
                hint="--set zoom=0",
            )

    def _take_over(self, start: Weights, plan: Plan, question: Question) -> None:
        fresh = {variable.path: variable.numpy() for variable in self.net.variables}
        larger = {name: tensor.shape for name, tensor in fresh.items()}
        if not any(map(HEAD.match, fresh)):
            more = built(plan, question.in_channels, len(question.labels) + 1)
            larger = {variable.path: tuple(variable.shape) for variable in more.variables}
        state = taken(start, question.names, fresh, larger)
        for variable in self.net.variables:
            variable.assign(state[variable.path])

    def shown(self, validation: Sequence[Recording]) -> list[Recording]:
        """What of each field the net is judged on: the middle that is as large as a patch."""
        return [middle(recording, self.recipe.patch, self.rim) for recording in validation]

    def whole(self, validation: Sequence[Recording]) -> list[Recording]:
        """What labels are judged on when the run is over: fields up to ``WIDEST``, too slow to be asked for often."""
        return [middle(recording, self._around(recording), self.rim) for recording in validation]

    def _around(self, recording: Recording) -> tuple[int, ...]:
        """Edges of what the net has to see of a field: those of a patch, and as many steps as it takes."""
        wanted = [min(edge, WIDEST) + 2 * self.rim for edge in recording.labels.shape[-2:]]
        patch = self.recipe.patch[-2:]
        steps = [-(-(edge - least) // self.divisor) for edge, least in zip(wanted, patch, strict=True)]
        return tuple(least + max(0, step) * self.divisor for step, least in zip(steps, patch, strict=True))

    def labels(self, history: History, whole: Sequence[Recording]) -> Sequence[float]:
        """Pearson's r of each label with the weights that are kept: a patch may show nothing that is stained."""
        for variable in self.net.variables:
            variable.assign(history.best[variable.path])
        return correlation(self.predicted, whole).labels

    def predicted(self, inputs: FloatArray) -> FloatArray:
        """What the net makes of an image (channel, y, x), as (label, y, x)."""
        found = self.predict(tf.constant(np.moveaxis(inputs, 0, -1)[None]))
        predicted: FloatArray = np.moveaxis(found.numpy()[0], -1, 0)
        return predicted

    def judge(self, shown: Sequence[Recording]) -> Judge:
        """Mean r on recordings with normalised inputs."""

        def judge(loop: Loop) -> Verdict:
            with loop.kept():
                return correlation(self.predicted, shown)

        return judge

    def run(
        self, patches: Patches, watch: Watch, workdir: Path, identity: Mapping[str, object], *, resume: bool
    ) -> History:
        """Train within the budget of ``watch``; goes on from the checkpoint in ``workdir`` unless told otherwise."""
        path = snapshots.path_in(workdir)
        loop = Loop(self, watch)
        if resume and path.exists():
            loop.take_up(*snapshots.read(path, identity))
            if watch.spent >= 1:
                return watch.history
        try:
            loop.run(patches, lambda: loop.save(path, identity))
        except NotFiniteError as error:
            step = snapshots.read(path, identity)[0]["step"] if path.exists() else None
            raise diverged(error, path, step, self.recipe) from error
        loop.save(path, identity)
        return watch.history

    def machine(self) -> dict[str, object]:
        """On what it was trained, for the account."""
        return {
            "precision": "float32",
            "device": "GPU" if on_gpu(self.device) else platform.machine(),
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        }


class Loop:
    """One run: batches in, weights moved, watched and kept."""

    def __init__(self, prepared: Prepared, watch: Watch) -> None:
        """Take the weights as they are."""
        self.prepared, self.watch = prepared, watch
        self.recipe = prepared.recipe
        self.adam = Adam(prepared.step, self.recipe)

    def weights(self) -> dict[str, npt.NDArray[Any]]:
        """Those of the net that count, by path."""
        with self.kept():
            return {variable.path: variable.numpy() for variable in self.prepared.net.variables}

    def run(self, patches: Patches, save: Any) -> None:  # noqa: ANN401 - a callable
        """Go on until the budget is spent; ``save`` writes a checkpoint."""
        self._trace(patches, self.watch.history.step)
        self.watch.start()
        since, done = time.monotonic(), False
        try:
            while not done:
                step = self.watch.history.step
                done = self.watch.after(step + 1, self._update(patches, step), self, self.weights)
                if time.monotonic() - since >= INTERVAL:
                    save()
                    since = time.monotonic()
        except KeyboardInterrupt:
            save()
            raise

    def take_up(self, state: Mapping[str, Any], stored: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a checkpoint."""
        best = {name.removeprefix("best/"): tensor for name, tensor in stored.items() if name.startswith("best/")}
        self.watch.take_up({**state, "best": best})
        self.adam.assign(stored["weights"])
        for name, vector in self.adam.state.items():
            vector.assign(stored[name])

    def save(self, path: Path, identity: Mapping[str, object]) -> None:
        """Write a checkpoint."""
        state = self.watch.state()
        best = {f"best/{name}": tensor for name, tensor in state.pop("best").items()}
        moments = {name: vector.numpy() for name, vector in self.adam.state.items()}
        snapshots.write(path, identity, state, {"weights": self.adam.vector(), **moments, **best})

    def _trace(self, patches: Patches, step: int) -> None:
        """Make the graphs of a step before the clock starts, as images are read before it starts."""
        given = Given(*(tf.TensorSpec(part.shape, part.dtype) for part in tensors(patches.batch(step))))
        self.adam.trace(given, step + 1)

    def _update(self, patches: Patches, step: int) -> float:
        share = max(1 - self.recipe.average, 1 / (1 + (step + 1) / WARM_UP))
        loss = self.adam.update(tensors(patches.batch(step)), step + 1, self.watch.rate, share)
        if not math.isfinite(loss):
            raise NotFiniteError(loss, step)
        return loss

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The net with the weights that count: the running average where there is one."""
        if not self.recipe.average:
            yield
            return
        before = self.adam.vector()
        self.adam.assign(self.adam.state["average"].numpy())
        yield
        self.adam.assign(before)


def make(recipe: Recipe, net: Any) -> Step:  # noqa: ANN401 - a model
    """The step of a recipe."""
    if not recipe.step:
        return Plain(net, resolve(recipe.objective))
    try:
        step: Step = resolve(recipe.step)(net, **recipe.terms)
    except (TypeError, ValueError) as error:
        raise ZooError(
            f"recipe: cannot make step {recipe.step!r} with terms {dict(recipe.terms)}: {error}",
            hint="the recipe of the preset names the terms of its step: zoo info ARCHITECTURE",
        ) from error
    return step


def middle(recording: Recording, patch: Sequence[int], rim: int) -> Recording:
    """The middle of an image, as large as what comes of a patch, with the inputs that the net needs for it."""
    edges = [edge - 2 * rim for edge in patch]
    lows = [max(0, (n - edge) // 2) for n, edge in zip(recording.labels.shape[1:], edges, strict=True)]
    part = cut(recording, [slice(low, low + edge) for low, edge in zip(lows, edges, strict=True)], rim)
    valid = part.weights.max(axis=0, initial=0) > 0
    return replace(recording, inputs=part.inputs, labels=part.targets, masks=part.masks > 0, valid=valid)
