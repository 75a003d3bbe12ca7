"""The format's pre- and postprocessing on a whole image, in numpy. Arrays are (channel, [z,] y, x).

Semantics are those of bioimageio.core 0.11, with which packages are tested, down to two habits of it: statistics of an
input are those of the image as it was given, whatever operations came before, and a statistic over the batch is that of
the one image at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from zoo.package import Tensor

    Image = npt.NDArray[Any]


@dataclass(frozen=True)
class Subject:
    """An image on its way through the operations of a tensor."""

    image: Image
    axes: tuple[str, ...]
    """Ids of its axes, the channel first."""
    source: Image
    """What its statistics are taken from."""
    references: Mapping[str, Image]
    """Inputs of the model as they were given, by tensor id."""


def check(tensor: Tensor, package: object) -> None:
    """Refuse a tensor that needs an operation which cannot be applied here; ``package`` names the package."""
    for operation in tensor.operations:
        if operation.id not in OPERATIONS:
            raise ZooError(
                f"{package}: tensor {tensor.id!r} needs the operation {operation.id!r}, which cannot be applied here;"
                f" known are {', '.join(sorted(OPERATIONS))}",
                hint="run the package with bioimageio.core, and judge what it wrote with: zoo score FOLDER",
            )


def apply(tensor: Tensor, image: Image, references: Mapping[str, Image]) -> Image:
    """Apply the operations of a tensor, one after the other; the image is not changed.

    ``references`` are the inputs as they were given.
    """
    channel = next((axis.id for axis in tensor.axes if axis.kind == "channel"), "channel")
    axes = (channel, *(axis.id for axis in tensor.spatial))
    source = references.get(tensor.id)
    for operation in tensor.operations:
        subject = Subject(image, axes, image if source is None else source, references)
        image = OPERATIONS[operation.id](subject, **operation.kwargs)
    return image


def _ensure_dtype(subject: Subject, dtype: str) -> Image:
    cast: Image = subject.image.astype(dtype, copy=False)
    return cast


def _clip(
    subject: Subject,
    min: float | None = None,  # noqa: A002 - the format's word
    max: float | None = None,  # noqa: A002 - the format's word
    min_percentile: float | None = None,
    max_percentile: float | None = None,
    axes: Sequence[str] | None = None,
) -> Image:
    low = _quantile(subject, min_percentile, axes, "inverted_cdf") if min is None else min
    high = _quantile(subject, max_percentile, axes, "inverted_cdf") if max is None else max
    clipped: Image = np.clip(subject.image, low, high)
    return clipped


def _scale_linear(
    subject: Subject,
    gain: float | Sequence[float] = 1.0,
    offset: float | Sequence[float] = 0.0,
    axis: str | None = None,
) -> Image:
    exact = np.float32 if subject.image.dtype == np.float32 else np.float64
    scaled: Image = subject.image * _along(subject, gain, axis).astype(exact)
    scaled += _along(subject, offset, axis).astype(exact)
    return scaled


def _fixed_zero_mean_unit_variance(
    subject: Subject, mean: float | Sequence[float], std: float | Sequence[float], axis: str | None = None
) -> Image:
    return _standardise(subject.image, _along(subject, mean, axis), _along(subject, std, axis) + 1e-6)


def _zero_mean_unit_variance(subject: Subject, axes: Sequence[str] | None = None, eps: float = 1e-6) -> Image:
    mean, std = _mean_and_std(subject.source, subject.axes, axes)
    return _standardise(subject.image, mean, std + eps)


def _scale_range(
    subject: Subject,
    axes: Sequence[str] | None = None,
    min_percentile: float = 0.0,
    max_percentile: float = 100.0,
    eps: float = 1e-6,
    reference_tensor: str | None = None,
) -> Image:
    subject = _referring(subject, reference_tensor)
    low = _quantile(subject, min_percentile, axes, "linear")
    high = _quantile(subject, max_percentile, axes, "linear")
    return _standardise(subject.image, low, high - low + eps)


def _scale_mean_variance(
    subject: Subject, reference_tensor: str, axes: Sequence[str] | None = None, eps: float = 1e-6
) -> Image:
    mean, std = _mean_and_std(subject.source, subject.axes, axes)
    other_mean, other_std = _mean_and_std(_referring(subject, reference_tensor).source, subject.axes, axes)
    return _standardise(subject.image, mean, (std + eps) / (other_std + eps)) + other_mean


def _binarize(subject: Subject, threshold: float | Sequence[float], axis: str | None = None) -> Image:
    above: Image = subject.image > _along(subject, threshold, axis)
    return above


def _sigmoid(subject: Subject) -> Image:
    return 1 / (1 + np.exp(-subject.image))


def _softmax(subject: Subject, axis: str = "channel") -> Image:
    along = subject.axes.index(axis)
    raised = np.exp(subject.image - subject.image.max(axis=along, keepdims=True))
    result: Image = raised / raised.sum(axis=along, keepdims=True)
    return result


OPERATIONS: Mapping[str, Callable[..., Image]] = {
    "ensure_dtype": _ensure_dtype,
    "clip": _clip,
    "scale_linear": _scale_linear,
    "fixed_zero_mean_unit_variance": _fixed_zero_mean_unit_variance,
    "zero_mean_unit_variance": _zero_mean_unit_variance,
    "scale_range": _scale_range,
    "scale_mean_variance": _scale_mean_variance,
    "binarize": _binarize,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
}
"""By the format's id."""


def _standardise(image: Image, centre: Any, spread: Any) -> Image:  # noqa: ANN401 - a number or an array of them
    """(image - centre) / spread: the difference in float64, since counts are large, the rest in float32."""
    shifted: Image = np.subtract(image, centre, dtype=np.float64).astype(np.float32)
    shifted *= np.asarray(1 / spread, np.float32)
    return shifted


def _referring(subject: Subject, reference: str | None) -> Subject:
    if reference is None:
        return subject
    return Subject(subject.image, subject.axes, subject.references[reference], subject.references)


def _along(subject: Subject, values: float | Sequence[float], axis: str | None) -> npt.NDArray[np.float64]:
    """Numbers along one axis, in a shape that fits the image; a single number fits any."""
    numbers = np.asarray(values, np.float64)
    if numbers.size == 1:
        return numbers.reshape(())
    shape = [1] * subject.image.ndim
    shape[subject.axes.index(axis or "channel")] = -1
    return numbers.reshape(shape)


def _positions(names: tuple[str, ...], axes: Sequence[str] | None) -> tuple[int, ...]:
    """Positions of the axes that a statistic is taken over; all of them where none are named."""
    wanted = names if axes is None else [axis for axis in axes if axis in names]
    return tuple(names.index(axis) for axis in wanted)


def _mean_and_std(image: Image, names: tuple[str, ...], axes: Sequence[str] | None) -> tuple[Image, Image]:
    over = _positions(names, axes)
    mean = image.mean(axis=over, keepdims=True, dtype=np.float64)
    centred = image - mean
    centred *= centred
    return mean, np.sqrt(centred.mean(axis=over, keepdims=True))


def _quantile(
    subject: Subject,
    percentile: float | None,
    axes: Sequence[str] | None,
    method: Any,  # noqa: ANN401 - numpy's literal
) -> Any:  # noqa: ANN401 - as above
    if percentile is None:
        return None
    over = _positions(subject.axes, axes)
    return np.quantile(subject.source.astype(np.float64), percentile / 100, axis=over, keepdims=True, method=method)
