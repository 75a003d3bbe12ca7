"""How the net learns distributions: cross-entropy of the bin that a pixel's intensity lies in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from unstained_isl.net import head

if TYPE_CHECKING:
    from zoo.training.adam import Given


class Distributions:
    """Half the mean loss of the labels and half that of the planes that are to be seen again, where there are any."""

    def __init__(self, net: keras.Model, *, reconstruction: float, settle: float = math.inf) -> None:
        """``reconstruction`` is the share of the planes in the loss; with 0 there are no heads for them.

        After ``settle`` steps batch normalisation keeps its running statistics and the net learns with them, as it will
        predict: those of a batch of one patch tell of the patch itself, which a field that is predicted does not have.
        """
        self.share, self.settle = reconstruction, settle
        logits = net.get_layer("distribution").input
        self.bins = logits.shape[-1]
        outputs = [logits]
        if reconstruction:
            embedding, momentum = net.get_layer("embedding").output, net.get_layer("head0_norm").momentum
            planes = range(net.input.shape[-1])
            heads = [head(embedding, f"plane{index}", self.bins, momentum) for index in planes]
            outputs.append(keras.layers.Concatenate(axis=-2)([keras.ops.expand_dims(one, -2) for one in heads]))
        learner = keras.Model(net.input, outputs if reconstruction else logits)
        self.learner = keras.models.clone_model(learner, clone_function=_quick)
        self.trainable_variables = self.learner.trainable_variables
        self.non_trainable_variables = self.learner.non_trainable_variables

    def __call__(self, given: Given, *, settled: bool = False) -> Any:  # noqa: ANN401 - a tensor
        """The loss; 1 for a net that knows nothing."""
        found = self.learner(given.inputs, training=not settled)
        if not self.share:
            return surprise(found, given.targets, given.weights)
        labels, planes = found
        rim = (given.inputs.shape[1] - given.targets.shape[1]) // 2
        seen = given.inputs[:, rim:-rim, rim:-rim] if rim else given.inputs
        again = surprise(planes, seen, tf.ones_like(seen))
        return (1 - self.share) * surprise(labels, given.targets, given.weights) + self.share * again


class Cut(keras.layers.Cropping2D):  # type: ignore[misc] # the library publishes no types
    """Cropping as it is, with a gradient that is padded: a tenth of the time of TensorFlow's own on a processor."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Cut (b, y, x, c)."""
        rows, columns = self.cropping

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def cut(x: tf.Tensor) -> Any:  # noqa: ANN401 - a tensor, and a callable
            inner = (slice(low, -high or None) for low, high in (rows, columns))
            return x[:, *inner], lambda slope: tf.pad(slope, ((0, 0), rows, columns, (0, 0)))

        return cut(inputs)


def _quick(layer: keras.Layer) -> keras.Layer:
    """A layer that crops as one that learns quicker; every other one itself, so that weights are shared."""
    return Cut.from_config(layer.get_config()) if isinstance(layer, keras.layers.Cropping2D) else layer


def surprise(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Cross-entropy over that of a uniform guess: of each channel the mean where its weight is not 0, then their mean.

    ``logits`` (b, y, x, channel, bin); ``targets`` in [0, 1] and ``weights`` (b, y, x, channel). The right bin is
    ``round((bins - 1) * target)``. A channel without any weight has loss 0, and counts in the mean (Christiansen et
    al. 2018, ``SUM_BY_NONZERO_WEIGHTS``).
    """
    bins = logits.shape[-1]
    right = tf.cast(tf.round((bins - 1) * tf.clip_by_value(targets, 0.0, 1.0)), tf.int32)
    lost = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=right, logits=logits)
    counted = tf.math.count_nonzero(weights, axis=(0, 1, 2), dtype=tf.float32)
    channels = tf.reduce_sum(lost * weights, axis=(0, 1, 2)) / tf.maximum(counted, 1.0)
    return tf.reduce_mean(channels) / math.log(bins)
