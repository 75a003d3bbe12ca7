"""One update of a Keras net: loss, gradient and Adam's step in one graph, on all weights as one long vector.

An optimiser that goes through hundreds of small tensors one by one takes longer than the gradient itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from zoo.runtime import loading

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zoo.training.patches import Batch
    from zoo.types import Recipe

tf = loading.tensorflow()
EPSILON = 1e-8
"""Added to the root of the second moment."""


class Given(NamedTuple):
    """A batch as a step is given it: tensors in the units of the net, channels last."""

    inputs: Any
    """(patch, y, x, channel)."""
    targets: Any
    """(patch, y, x, label), smaller by the rim that the net loses; 0 where nothing was recorded."""
    weights: Any
    """As targets: 1 where a label was recorded, 0 in padding and where a field lacks the label."""
    masks: Any
    """(patch, y, x, mask): 1 inside of the recipe's masks, in their order; 0 outside and in padding."""


class Step(Protocol):
    """How a Keras net learns: a callable from a batch to its loss, made as ``step(net, **terms)``.

    Its variables hold those of the net and whatever else learns beside it, such as heads that no package has.
    """

    trainable_variables: Sequence[Any]
    non_trainable_variables: Sequence[Any]
    settle: float
    """The number of updates after which it is told that it has settled; infinite: never."""

    def __call__(self, given: Given, *, settled: bool) -> Any:  # noqa: ANN401 - a tensor
        """The loss of a batch, a scalar tensor; before and after it has settled are two graphs."""
        ...


class Adam:
    """Moves the weights of a step; its state is a few vectors, which checkpoints keep."""

    def __init__(self, step: Step, recipe: Recipe) -> None:
        """Weights that do not learn, such as running statistics, are only averaged."""
        self.step, self.recipe = step, recipe
        self.learning = [variable.value for variable in step.trainable_variables]
        others = [variable.value for variable in step.non_trainable_variables]
        self.moving = [variable for variable in others if variable.dtype.is_floating]
        weights = _flat(self.learning)
        self.state = {
            "first": tf.Variable(tf.zeros_like(weights)),
            "second": tf.Variable(tf.zeros_like(weights)),
            "average": tf.Variable(_flat([*self.learning, *self.moving])),
        }
        # a condition within one graph would keep TensorFlow from its quicker gradients, and half as many are traced
        self.graph = tf.function(self._update, autograph=False)

    def trace(self, given: Given, number: int) -> None:
        """Make the graphs of update ``number`` and of later ones; ``given`` are the specifications of a batch."""
        scalars = [tf.TensorSpec((), tf.float32)] * 3
        for settled in {number > self.step.settle, self.step.settle < math.inf}:
            self.graph.get_concrete_function(given, *scalars, settled)

    def update(self, given: Given, number: int, rate: float, share: float) -> float:
        """Update the weights, return the loss; ``number`` counts from 1, ``share`` of the new go into their average."""
        scalars = (tf.constant(value, tf.float32) for value in (number, rate, share))
        return float(self.graph(given, *scalars, number > self.step.settle))

    def vector(self) -> npt.NDArray[np.float32]:
        """All weights, those that learn first."""
        found: npt.NDArray[np.float32] = _flat([*self.learning, *self.moving]).numpy()
        return found

    def assign(self, vector: npt.NDArray[np.float32]) -> None:
        """Set all weights to those of such a vector."""
        _assign([*self.learning, *self.moving], tf.constant(vector))

    def _update(self, given: Given, number: Any, rate: Any, share: Any, settled: Any) -> Any:  # noqa: ANN401 - tensors
        with tf.GradientTape() as tape:
            loss = self.step(given, settled=settled)
        slopes = tape.gradient(loss, self.learning, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradient = _flat(slopes)
        if self.recipe.clip:
            length = tf.norm(gradient)
            gradient *= self.recipe.clip / tf.maximum(length, self.recipe.clip)
        decays = self.recipe.betas
        first = self.state["first"].assign(decays[0] * self.state["first"] + (1 - decays[0]) * gradient)
        second = self.state["second"].assign(decays[1] * self.state["second"] + (1 - decays[1]) * tf.square(gradient))
        mean = first / (1 - tf.pow(decays[0], number))
        square = second / (1 - tf.pow(decays[1], number))
        weights = _flat(self.learning)
        weights -= rate * (mean / (tf.sqrt(square) + EPSILON) + self.recipe.weight_decay * weights)
        _assign(self.learning, weights)
        if self.recipe.average:
            now = tf.concat([weights, _flat(self.moving)], 0) if self.moving else weights
            self.state["average"].assign_add(share * (now - self.state["average"]))
        return loss


def tensors(batch: Batch) -> Given:
    """A batch with its channels last."""
    return Given(*(tf.constant(np.moveaxis(part, 1, -1), tf.float32) for part in batch))


def _flat(variables: Sequence[Any]) -> Any:  # noqa: ANN401 - a tensor
    return tf.concat([tf.reshape(variable, [-1]) for variable in variables], 0)


def _assign(variables: Sequence[Any], vector: Any) -> None:  # noqa: ANN401 - a tensor
    sizes = [variable.shape.num_elements() for variable in variables]
    for variable, part in zip(variables, tf.split(vector, sizes), strict=True):
        variable.assign(tf.reshape(part, variable.shape))
