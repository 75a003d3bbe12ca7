"""What the training truth of one label says about its objects: how to see them, and what size and place explain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import pi
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from harness.objects.agreement import Baseline, baseline
from harness.objects.features import joined
from harness.objects.matching import overlaps
from harness.objects.scores import Detection, detection
from harness.objects.truths import ObjectTruth
from harness.segmentation import Segmenter, anchors, smoothed
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.objects.truths import Shown
    from harness.segmentation import Labels

    Drawn: TypeAlias = tuple[Shown, Labels]

SMOOTHINGS = (0.05, 0.1, 0.2)
"""Tried where objects are drawn: standard deviation of the gaussian, in radii of a typical object."""
FRACTIONS = (0.4, 0.6, 0.8, 1.0, 1.2)
"""Tried: place of the threshold between background and Otsu's."""
SPACINGS = (0.4, 0.7, 1.0)
"""Tried: least distance of two centres, in radii of a typical object."""
COVERS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.2)
"""Tried: the same for the level above which the stain covers what is drawn."""
SMALLEST = (0.1, 0.25, 0.5)
"""Tried: smallest object, in areas of a typical one."""
PLAIN = Segmenter(smoothing=0.1, fraction=1.0, level=None, spacing=0.7, smallest=0.25)
"""Where nothing is drawn, and where the search begins: lengths in radii of a typical object."""
LEAST = 0.25
"""Panoptic quality below which the drawn objects are other than those that the truth shows."""
PLANE = 2
VERSION = 2
"""Of what is fitted: a survey that holds less is made again."""
MOST_PIXELS = 2**20
"""Training pixels that are looked at: four fields of 512 x 512, sixteen of 256 x 256."""


@dataclass(frozen=True)
class ObjectFit:
    """All that the training truth of one label says about its objects. Plain numbers, to be kept as JSON."""

    segmenter: Segmenter
    stain: Baseline | None = None
    """What size and place say of the stain in given objects."""
    features: Baseline | None = None
    """What size and place say of shape and stain of the segmenter's own objects."""
    cover: float | None = None
    """Level above which the stain covers the drawn objects best, touching ones together; None where nothing is drawn,
    or counts of sessions cannot be compared."""
    dead: float | None = None
    """Level of the stain in a given object above which its cell is called dead; None where no states are known."""


def fitted(shown: Sequence[Shown], *, comparable: bool = True) -> ObjectFit:
    """The fit of one label to its training fields; ``comparable``: counts of all sessions share one scale.

    Where objects are drawn, the numbers of the segmenter are those of a small grid that reach the best panoptic quality
    against them over all fields together, if that is at least ``LEAST``; else they follow from Otsu's threshold and
    from how wide is what exceeds it.

    Raises
    ------
    ZooError
        Where no training field shows the label.
    """
    seen = _affordable([field for field in shown if field.valid.any()])
    if not seen:
        message = "no training field has a recorded pixel of this label, so that no segmenter can be fitted to it"
        raise ZooError(message, hint="judge this label without objects")
    drawn = [(field, field.drawn) for field in seen if field.drawn is not None and field.drawn.any()]
    segmenter = _searched(drawn, comparable=comparable) if drawn else None
    made = ObjectFit(segmenter or _derived(seen, comparable=comparable))
    if drawn and comparable:
        made = replace(made, cover=_covering(drawn, made.segmenter))
    truths = [ObjectTruth(field, made) for field in seen]
    return replace(
        made,
        stain=baseline(joined([truth.stain for truth in truths])),
        features=baseline(joined([truth.features for truth in truths])),
    )


def _searched(drawn: Sequence[Drawn], *, comparable: bool) -> Segmenter | None:
    """One number after the other; None if the drawn objects are not what the truth shows."""
    fields = [field for field, _ in drawn]
    radius = float(np.median(np.concatenate([_radii(labels) * field.pixel_size for field, labels in drawn])))
    plain = _sized(radius, fields[0].image.ndim)

    levelled = partial(_levelled, fields=fields, comparable=comparable)
    best = partial(max, key=partial(_quality, drawn=drawn))
    made = best(levelled(replace(plain, fraction=fraction)) for fraction in FRACTIONS)
    made = best(levelled(replace(made, smoothing=smoothing * radius)) for smoothing in SMOOTHINGS)
    made = best(replace(made, smallest=smallest / PLAIN.smallest * plain.smallest) for smallest in SMALLEST)
    made = best(replace(made, spacing=spacing * radius) for spacing in SPACINGS)
    return made if _quality(made, drawn) >= LEAST else None


def _derived(seen: Sequence[Shown], *, comparable: bool) -> Segmenter:
    """Otsu's threshold, and lengths after the width of what exceeds it; the noise of single pixels is smoothed away."""
    made = _sized(_width(seen, comparable=comparable), seen[0].image.ndim)
    made = replace(made, smoothing=max(made.smoothing, seen[0].pixel_size))
    return _levelled(made, seen, comparable=comparable)


def _covering(drawn: Sequence[Drawn], made: Segmenter) -> float:
    """The level whose bright pixels are those of the drawn objects: best Dice over all fields together."""
    images = [smoothed(one.image, one.valid, made.smoothing / one.pixel_size) for one, _ in drawn]
    inside = np.concatenate([(labels > 0)[one.valid] for one, labels in drawn])
    low, otsu = anchors(images)
    pooled = np.concatenate(images)

    def dice(level: float) -> float:
        bright = pooled > level
        return 2 * float(np.count_nonzero(bright & inside)) / float(bright.sum() + inside.sum())

    return max((low + fraction * (otsu - low) for fraction in COVERS), key=dice)


def _radii(labels: Labels) -> npt.NDArray[np.float64]:
    """Radius of a disc or ball of the size of each object, in pixels."""
    sizes = np.bincount(labels.ravel())[1:] / pi
    return np.sqrt(sizes) if labels.ndim == PLANE else np.cbrt(0.75 * sizes)


def _quality(tried: Segmenter, drawn: Sequence[Drawn]) -> float:
    """Panoptic quality over all fields together."""
    found = Detection()
    for field, objects in drawn:
        image, valid, size = field.image, field.valid, field.pixel_size
        labels = tried.labels(image, valid, tried.threshold(image, valid, size), size)
        found += detection(overlaps(objects, labels))
    return found.panoptic


def _levelled(made: Segmenter, fields: Sequence[Shown], *, comparable: bool) -> Segmenter:
    """With the threshold of all training truth together; without one where every field has its own."""
    if not comparable:
        return made
    low, otsu = anchors([smoothed(one.image, one.valid, made.smoothing / one.pixel_size) for one in fields])
    return replace(made, level=low + made.fraction * (otsu - low))


def _width(fields: Sequence[Shown], *, comparable: bool) -> float:
    """Typical radius of the patches above Otsu's threshold: the median over bright pixels, in µm or pixels."""
    pixel = fields[0].pixel_size
    bare = Segmenter(smoothing=pixel, fraction=1.0, spacing=0.0, smallest=0.0)
    made = _levelled(bare, fields, comparable=comparable)
    depths = [_depths(field, made) for field in fields]
    radii = np.concatenate([depth * field.pixel_size for depth, field in zip(depths, fields, strict=True)])
    return float(np.median(radii)) if radii.size else pixel


def _depths(field: Shown, made: Segmenter) -> npt.NDArray[np.float64]:
    """For every pixel above the threshold the radius of the largest circle in its patch, in pixels."""
    image, valid, size = field.image, field.valid, field.pixel_size
    bright = made.bright(image, valid, made.threshold(image, valid, size), size)
    patches, count = ndimage.label(bright)
    deepest = ndimage.maximum(ndimage.distance_transform_edt(bright), patches, np.arange(count + 1))
    return np.asarray(deepest, np.float64)[patches[bright]]


def _sized(radius: float, dimensions: int) -> Segmenter:
    """``PLAIN`` for objects of that radius, in µm or pixels."""
    size = pi * radius**2 if dimensions == PLANE else 4 / 3 * pi * radius**3
    return replace(
        PLAIN,
        smoothing=PLAIN.smoothing * radius,
        spacing=PLAIN.spacing * radius,
        smallest=PLAIN.smallest * size,
    )


def _affordable(fields: Sequence[Shown]) -> Sequence[Shown]:
    """As many fields as there is time for, spread evenly over all of them."""
    pixels = sum(field.image.size for field in fields)
    return fields[:: -(-pixels // MOST_PIXELS) or 1]
