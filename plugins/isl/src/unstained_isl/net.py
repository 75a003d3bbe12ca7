"""The net of Christiansen et al. 2018: five towers at five scales, and a distribution for each pixel of each label.

Built from stock layers and operations of Keras, so that whoever opens a package needs none of this code. Tensors are
``b y x c``. Written after the authors' public code (Apache-2.0), which was read for facts; nothing of it is copied.
"""

from __future__ import annotations

import math

import keras
from keras import layers, ops

SMALLEST = 250
"""Edge of the image that the net is made for: how wide a module is depends on how large its image is there."""
CROPS = (72, 102, 146, 202, 250)
"""Edges of what the towers see of it, the finest first."""
LEVELS = (2.5, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 97.5)
"""Quantiles, in per cent."""
STATISTICS = ("sd", "entropy", "mode", "nonzero", *(f"q{level:g}" for level in LEVELS))
"""What the net says of each label beside its mean, in this order."""
TINY = 1e-12
"""Added to probabilities where they are divided by, or their logarithm is taken."""


def build(
    in_channels: int,
    out_channels: int,
    *,
    bins: int = 256,
    base: int = 400,
    up_base: int = 396,
    projection: int = 0,
    masks: bool = False,
    momentum: float = 0.999,
) -> keras.Model:
    """Return the net, freshly initialised: planes of 250 + 16 k pixels in, labels of 8 + 16 k pixels out.

    Planes and labels lie between 0 and 1. Returns (b, y, x, label * 20): means, then ``STATISTICS``, all of the
    first label first. The layer ``embedding`` is what the heads look at, and what goes into the
    layer ``distribution`` are logits (b, y, x, label, bin).

    ``bins`` divide the range of a label. ``base`` and ``up_base`` are the widths: a module whose image ends with n
    pixels makes ``base / n`` features, and ``211 / 39`` times as many inside. ``projection`` mixes the planes into so
    many features first, 0 leaves that out; ``masks`` adds a plane that says "recorded" for each. 13 planes, 8 labels:
    8,084,250 parameters. ``momentum`` is that of the running statistics.
    """
    given = keras.Input((None, None, in_channels), name="input")
    size = Sizes(base, up_base, momentum)
    seen = given
    if masks:
        seen = layers.Concatenate(name="masked")([given, ops.ones_like(given)])
    if projection:
        seen = layers.Conv2D(projection, 1, kernel_initializer="glorot_uniform", name="projection")(seen)
    towers = [_tower(seen, scale, size) for scale in range(len(CROPS))]
    x = layers.Concatenate(name="towers")(towers)
    for edge in range(34, 6, -2):
        x = _module(x, f"upper{edge}", size.inner(edge), size)
    embedding = layers.Identity(name="embedding")(x)
    logits = [head(embedding, f"head{index}", bins, momentum) for index in range(out_channels)]
    logits = layers.Concatenate(axis=-2, name="logits")([ops.expand_dims(one, -2) for one in logits])
    return keras.Model(given, decoded(layers.Softmax(name="distribution")(logits), bins), name="isl")


def head(embedding: keras.KerasTensor, name: str, bins: int, momentum: float) -> keras.KerasTensor:
    """Logits (b, y, x, bin) of one label, or of one plane that is to be seen again."""
    return _layer(embedding, name, bins, 1, momentum=momentum, bias=True)


def decoded(chances: keras.KerasTensor, bins: int) -> keras.KerasTensor:
    """Means, then ``STATISTICS`` of each label, of distributions (b, y, x, label, bin).

    Bin k stands for the value k / (bins - 1), and reaches half a bin to either side of it. A quantile lies where the
    sum of the bins reaches its level, straight between the edges of that bin, so that it never jumps by a bin.
    """
    top = bins - 1
    values = ops.convert_to_tensor([k / top for k in range(bins)], "float32")
    mean = ops.sum(chances * values, axis=-1, keepdims=True)
    spread = ops.sqrt(ops.sum(chances * ops.square(ops.subtract(values, mean)), axis=-1, keepdims=True))
    unsure = -ops.sum(chances * ops.log(chances + TINY), axis=-1, keepdims=True) / math.log(bins)
    mode = ops.cast(ops.argmax(chances, axis=-1, keepdims=True), "float32") / top
    something = 1 - chances[..., :1]
    told = [spread, unsure, mode, something, _quantiles(chances, bins)]
    statistics = layers.Concatenate(axis=-1, name="told")(told)
    labels = ops.split(statistics, chances.shape[-2], axis=-2)
    return layers.Concatenate(axis=-1, name="output")(
        [ops.squeeze(mean, -1), *(ops.squeeze(label, -2) for label in labels)]
    )


def _quantiles(chances: keras.KerasTensor, bins: int) -> keras.KerasTensor:
    """Quantiles (b, y, x, label, level): in which bin each lies is counted, a level at a time.

    Sums over bins are a product with a triangle of ones, which takes a fifth of the time of a cumulative sum.
    """
    triangle = ops.convert_to_tensor([[float(below <= k) for k in range(bins)] for below in range(bins)], "float32")
    sums = ops.matmul(chances, triangle)
    wanted = [level / 100 for level in LEVELS]
    counted = [ops.sum(ops.cast(ops.less(sums, share), "float32"), axis=-1) for share in wanted]
    position = ops.minimum(ops.stack(counted, axis=-1), bins - 1)
    found = ops.cast(position, "int32")
    reached = ops.take_along_axis(sums, found, axis=-1)
    held = ops.take_along_axis(chances, found, axis=-1)
    missing = ops.convert_to_tensor(wanted, "float32") - reached + held
    inside = ops.clip(missing / (held + TINY), 0.0, 1.0)
    return ops.clip((position + inside - 0.5) / (bins - 1), 0.0, 1.0)


class Sizes:
    """How many features a module makes: ``(expanded, reduced)`` for the edge of its image in the net as published."""

    def __init__(self, base: int, up_base: int, momentum: float) -> None:
        """``momentum`` is carried along."""
        self.base, self.up_base, self.momentum = base, up_base, momentum

    def inner(self, edge: int) -> tuple[int, int]:
        """For modules that keep or halve the size."""
        return self._of(self.base, edge)

    def doubled(self, edge: int) -> tuple[int, int]:
        """For modules that double it."""
        return self._of(self.up_base, edge)

    @staticmethod
    def _of(base: int, edge: int) -> tuple[int, int]:
        features = math.ceil(base / edge)
        return 2 * math.ceil(211 * features / 39 / 2), 2 * math.ceil(features / 2)


def _tower(x: keras.KerasTensor, scale: int, size: Sizes) -> keras.KerasTensor:
    """One scale: halve the image ``scale`` times, look around, double it as often. Ends with 36 pixels for 250."""
    edge = CROPS[scale]
    x = layers.Cropping2D((SMALLEST - edge) // 2, name=f"tower{scale}_crop")(x)
    for step in range(scale):
        edge = (edge - 2) // 2 - 2
        x = _module(x, f"tower{scale}_down{step}", size.inner(edge), size, halve=True)
        x = _module(x, f"tower{scale}_downed{step}", size.inner(edge), size)
    for step in range(18 - 4 * scale):
        edge -= 2
        x = _module(x, f"tower{scale}_in{step}", size.inner(edge), size)
    for step in range(scale):
        edge = 2 * edge - 4
        x = _doubled(x, f"tower{scale}_up{step}", size.doubled(edge), size)
        x = _module(x, f"tower{scale}_upped{step}", size.inner(edge), size)
    return x


def _module(
    x: keras.KerasTensor, name: str, features: tuple[int, int], size: Sizes, *, halve: bool = False
) -> keras.KerasTensor:
    """Look around (3 pixels, or 4 while the size is halved), mix, and add to what was there; missing channels are 0."""
    there = x.shape[-1]
    expanded, reduced = (max(wanted, there) for wanted in features)
    kernel, stride = (4, 2) if halve else (3, 1)
    around = _layer(x, f"{name}_expand", expanded, kernel, stride=stride, momentum=size.momentum, pool=True)
    mixed = _layer(around, f"{name}_reduce", reduced, 1, momentum=size.momentum)
    kept = layers.Cropping2D(1, name=f"{name}_kept")(x)
    if halve:
        kept = layers.AveragePooling2D(2, name=f"{name}_halved")(kept)
    if reduced > there:
        kept = ops.pad(kept, ((0, 0), (0, 0), (0, 0), (0, reduced - there)))
    return layers.Add(name=name)([kept, mixed])


def _doubled(x: keras.KerasTensor, name: str, features: tuple[int, int], size: Sizes) -> keras.KerasTensor:
    """Twice the size less 2 pixels: a learned doubling beside the nearest pixel; channels that one lacks are cut."""
    expanded, reduced = features
    around = _layer(x, f"{name}_expand", expanded, 4, stride=2, momentum=size.momentum, back=True)
    mixed = _layer(around, f"{name}_reduce", reduced, 1, momentum=size.momentum)
    kept = ops.pad(layers.UpSampling2D(2, name=f"{name}_kept")(x), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    least = min(reduced, x.shape[-1])
    both = layers.Add(name=name)([kept[..., :least], mixed[..., :least]])
    return layers.Cropping2D(2, name=f"{name}_crop")(both)


def _layer(  # noqa: PLR0913 - a layer has as many properties
    x: keras.KerasTensor,
    name: str,
    features: int,
    kernel: int,
    *,
    momentum: float,
    stride: int = 1,
    back: bool = False,
    pool: bool = False,
    bias: bool = False,
) -> keras.KerasTensor:
    """Normalise, take ReLU and tanh side by side, convolve without padding; ``pool`` adds the largest of the input."""
    normed = layers.BatchNormalization(momentum=momentum, epsilon=1e-3, name=f"{name}_norm")(x)
    both = layers.Concatenate(name=f"{name}_both")([ops.relu(normed), ops.tanh(normed)])
    kind = layers.Conv2DTranspose if back else layers.Conv2D
    made = kind(features, kernel, strides=stride, use_bias=bias, name=name)(both)
    if not pool:
        return made
    return layers.Concatenate(name=f"{name}_pooled")([made, layers.MaxPooling2D(kernel, stride, name=f"{name}_max")(x)])
