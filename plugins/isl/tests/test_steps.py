"""The loss, worked out by hand; one update; one patch learnt by heart; heads that no package keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from zoo.runtime import isolated
from zoo.types import Recipe

pytestmark = pytest.mark.timeout(900)
"""Nets are built in a process of their own, once for all tests: a minute, and more beside other work."""


@dataclass(frozen=True)
class Facts:
    """What the process that has TensorFlow found."""

    uniform: float
    worked: float
    masked: float
    slope: np.ndarray
    moments: np.ndarray
    moved: np.ndarray
    settled: list[float]
    total: tuple[float, float, float]
    losses: list[float]
    kept: set[str]
    cuts: tuple[np.ndarray, np.ndarray]
    """Slopes of a sum of squares of what is left after cropping: by the layer that learns, and by Keras's own."""


def examine() -> Facts:
    """Measure everything that the tests ask for."""
    from zoo.runtime import loading

    tf, keras = loading.tensorflow(), loading.keras()
    keras.utils.set_random_seed(0)
    from unstained_isl.steps import surprise

    target = np.array([0.0, 0.4, 1.0, 0.6], "f").reshape(1, 2, 2, 1).repeat(2, -1)
    weight = np.ones_like(target)
    weight[0, 1, :, 0], weight[..., 1] = 0, 0
    logits = tf.Variable(np.log(np.arange(1, 25, dtype="f")).reshape(1, 2, 2, 2, 3))
    with tf.GradientTape() as tape:
        loss = surprise(logits, tf.constant(target), tf.constant(weight))
    flat = surprise(tf.zeros((1, 2, 2, 2, 256)), tf.constant(target), tf.ones((1, 2, 2, 2)))
    absent = surprise(logits, tf.constant(target), tf.zeros_like(target))
    return Facts(
        uniform=float(flat),
        worked=float(loss),
        masked=float(absent),
        slope=np.asarray(tape.gradient(loss, logits)),
        settled=_settled(tf, keras),
        cuts=_cuts(tf, keras),
        **_one_update(tf, keras),
        **_by_heart(tf, keras),
    )


def _one_update(tf: Any, keras: Any) -> dict[str, Any]:
    """A net of two biases: the logits of two bins, for two pixels whose labels are 0 and 1, and one more 1."""
    from unstained_isl.steps import Distributions
    from zoo.training.adam import Adam, tensors
    from zoo.training.patches import Batch

    given = keras.Input((None, None, 1))
    made = keras.ops.expand_dims(keras.layers.Conv2D(2, 1, kernel_initializer="zeros", name="both")(given), -2)
    net = keras.Model(given, keras.layers.Softmax(name="distribution")(made))
    adam = Adam(Distributions(net, reconstruction=0.0), Recipe(patch=(1, 3), batch=1, steps=1))
    target = np.array([0.0, 1.0, 1.0], "f").reshape(1, 1, 1, 3)
    batch = Batch(np.zeros_like(target), target, np.ones_like(target), np.zeros((1, 0, 1, 3), "f"))
    adam.update(tensors(batch), 1, 0.1, 0)
    return {"moments": adam.state["first"].numpy(), "moved": adam.vector()}


def _settled(tf: Any, keras: Any) -> list[float]:
    """The running mean of a net that normalises ones, after each of four steps; it settles after two."""
    from unstained_isl.steps import Distributions
    from zoo.training.adam import Adam, tensors
    from zoo.training.patches import Batch

    given = keras.Input((None, None, 1))
    normed = keras.layers.BatchNormalization(momentum=0.5)(given)
    made = keras.ops.expand_dims(keras.layers.Conv2D(2, 1)(normed), -2)
    net = keras.Model(given, keras.layers.Softmax(name="distribution")(made))
    adam = Adam(Distributions(net, reconstruction=0.0, settle=2), Recipe(patch=(1, 3), batch=1, steps=4))
    ones = np.ones((1, 1, 1, 3), np.float32)
    batch = tensors(Batch(ones, ones, ones, np.zeros((1, 0, 1, 3), np.float32)))
    found = []
    for number in range(1, 5):
        adam.update(batch, number, 0.01, 0)
        found.append(float(next(one for one in net.variables if one.path.endswith("moving_mean")).numpy()[0]))
    return found


def _cuts(tf: Any, keras: Any) -> tuple[np.ndarray, np.ndarray]:
    from unstained_isl.steps import Cut

    image = tf.constant(np.random.default_rng(3).random((1, 7, 6, 2), np.float32))
    found = []
    for kind in (Cut, keras.layers.Cropping2D):
        with tf.GradientTape() as tape:
            tape.watch(image)
            left = kind(((2, 1), (0, 3)))(image)
            loss = tf.reduce_sum(left**2)
        found.append(tape.gradient(loss, image).numpy())
    return found[0], found[1]


def _by_heart(tf: Any, keras: Any) -> dict[str, Any]:
    """A narrow net and one patch, of which it sees the planes again as well."""
    from unstained_isl import net as nets
    from unstained_isl.steps import Distributions, surprise
    from zoo.training.adam import Adam, tensors
    from zoo.training.patches import Batch

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    noise = np.random.default_rng(0)
    net = nets.build(1, 2, base=24, up_base=24, bins=8, projection=2)
    step = Distributions(net, reconstruction=0.25)
    adam = Adam(step, Recipe(patch=(250, 250), batch=1, steps=1))
    given = tensors(
        Batch(
            noise.random((1, 1, 250, 250), np.float32),
            noise.random((1, 2, 8, 8), np.float32),
            np.ones((1, 2, 8, 8), np.float32),
            np.zeros((1, 0, 8, 8), np.float32),
        )
    )
    labels, planes = step.learner(given.inputs, training=True)
    inner = given.inputs[:, 121:-121, 121:-121]
    parts = (surprise(labels, given.targets, given.weights), surprise(planes, inner, tf.ones_like(inner)))
    total = (float(step(given)), float(parts[0]), float(parts[1]))
    losses = [adam.update(given, number, 0.02, 0) for number in range(1, 81)]
    return {"total": total, "losses": losses, "kept": {variable.path for variable in net.variables}}


@pytest.fixture(scope="module")
def facts() -> Facts:
    return isolated("the loss", examine)


def test_a_uniform_guess_costs_one(facts: Facts) -> None:
    assert facts.uniform == pytest.approx(1)


def test_the_loss_is_the_surprise_of_the_right_bins_over_recorded_pixels_and_labels(facts: Facts) -> None:
    """Logits are ln 1, ln 2 ... ln 24. The first label was recorded in two pixels, whose targets 0 and 0.4 are bins 0
    and 1 of three (2 * 0.4 = 0.8): probabilities 1 / (1 + 2 + 3) and 8 / (7 + 8 + 9). The second was not recorded.
    """
    first = -(math.log(1 / 6) + math.log(8 / 24)) / 2
    assert facts.worked == pytest.approx((first + 0) / 2 / math.log(3))
    assert facts.masked == 0


def test_what_was_not_recorded_teaches_nothing(facts: Facts) -> None:
    assert (facts.slope[:, 0, :, 0] != 0).all()
    assert (facts.slope[:, 1] == 0).all()
    assert (facts.slope[..., 1, :] == 0).all()


def test_one_update_is_the_one_worked_out_by_hand(facts: Facts) -> None:
    """Both bins have probability 1 / 2; one target is in the first, two are in the second: slopes of the logits are
    (1/2 - 1/3, 1/2 - 2/3) / ln 2. Adam's first moment keeps a tenth of them, and its first step is their sign.
    """
    slopes = np.array([1 / 6, -1 / 6]) / math.log(2)
    np.testing.assert_allclose(facts.moments, [0, 0, *(0.1 * slopes)], rtol=1e-5)
    np.testing.assert_allclose(facts.moved, [0, 0, -0.1, 0.1], rtol=1e-4)


def test_a_crop_that_learns_quicker_has_the_slopes_of_the_stock_layer(facts: Facts) -> None:
    found, expected = facts.cuts
    np.testing.assert_array_equal(found, expected)
    assert np.count_nonzero(expected) == 4 * 3 * 2


def test_running_statistics_are_kept_after_as_many_steps_as_it_was_told(facts: Facts) -> None:
    assert facts.settled == pytest.approx([0.5, 0.75, 0.75, 0.75])


def test_planes_that_are_seen_again_have_their_share_of_the_loss(facts: Facts) -> None:
    both, labels, planes = facts.total
    assert both == pytest.approx(0.75 * labels + 0.25 * planes, rel=1e-4)


def test_one_patch_is_learnt_by_heart(facts: Facts) -> None:
    assert facts.losses[0] > 0.9
    assert facts.losses[-1] < 0.25


def test_heads_of_planes_are_no_part_of_the_net(facts: Facts) -> None:
    assert any(path.startswith("head1/") for path in facts.kept)
    assert not any(path.startswith("plane") for path in facts.kept)
