"""Intensity normalisation as a stored, invertible object: the one place where counts become a net's units and back.

Plain data; numpy loads only when an image is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

EPSILON = 1e-6
"""Added to a standard deviation before dividing by it: the default of BioImage.IO's operators, so that both agree."""


@dataclass(frozen=True)
class Affine:
    """``y = x * scale + offset``, one pair for each channel, or one pair for all of them.

    >>> Affine((2.0,), (1.0,)).inverse()
    Affine(scale=(0.5,), offset=(-0.5,))
    """

    scale: tuple[float, ...]
    """Factor of each channel; never zero."""
    offset: tuple[float, ...]
    """Added after the factor, in the units of the result."""

    def __post_init__(self) -> None:
        """Refuse a map that cannot be inverted or whose parts differ in length."""
        if len(self.scale) != len(self.offset) or not self.scale:
            message = f"affine map: {len(self.scale)} scales and {len(self.offset)} offsets, expected as many of each"
            raise ValueError(message)
        if not all(self.scale):
            message = f"affine map: scale {self.scale} contains a zero and cannot be inverted"
            raise ValueError(message)

    def apply(self, x: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Map an array whose axis 0 is the channel; in float64, since counts are large and spreads small."""
        import numpy as np  # noqa: PLC0415 - headers hold affine maps and must load without numpy

        _expect_channels(len(self.scale), x.shape)
        y = np.empty(x.shape, np.float32)
        for index in range(x.shape[0]):
            which = index if len(self.scale) > 1 else 0
            y[index] = x[index].astype(np.float64) * self.scale[which] + self.offset[which]
        return y

    def inverse(self) -> Affine:
        """The map back."""
        offsets = (-offset / scale for scale, offset in zip(self.scale, self.offset, strict=True))
        return Affine(tuple(1 / scale for scale in self.scale), tuple(offsets))


@dataclass(frozen=True)
class Normalization:
    """How a channel is brought to zero mean and unit deviation.

    >>> Normalization("training", mean=(100.0,), std=(20.0,)).as_dict()
    {'method': 'training', 'mean': [100.0], 'std': [20.0]}
    """

    method: Literal["per-image", "training"]
    """``per-image``: the statistics of the image at hand. ``training``: constants of the training images."""
    mean: tuple[float, ...] = ()
    """Mean counts of each channel over the training images; empty for ``per-image``."""
    std: tuple[float, ...] = ()
    """Standard deviation of each channel over the training images, in counts; empty for ``per-image``."""

    def __post_init__(self) -> None:
        """Refuse unknown methods, and constants that are missing, not finite or without spread."""
        if self.method not in ("per-image", "training"):
            message = f"normalisation: method {self.method!r}, expected 'per-image' or 'training'"
            raise ZooError(message)
        if self.method == "training" and (not self.mean or len(self.mean) != len(self.std)):
            message = f"normalisation 'training': {len(self.mean)} means and {len(self.std)} deviations"
            raise ZooError(message, hint="give one of each for every channel")
        if any(not 0 < std < float("inf") for std in self.std):
            message = f"normalisation: standard deviation {self.std}, expected positive numbers"
            raise ZooError(message, hint="a channel without spread cannot be learnt; check the training images")

    @property
    def invertible(self) -> bool:
        """Whether the way back is known without the image: only constants can turn a prediction into counts."""
        return self.method == "training"

    def fit(self, x: npt.NDArray[np.generic], valid: npt.NDArray[np.bool_] | None = None) -> Affine:
        """The map for an image ``x`` of shape (channel, [z,] y, x).

        ``valid`` is a mask over (y, x), or any trailing axes of ``x``: only its pixels are counted in ``per-image``
        statistics, which are taken over all axes but the channel.
        """
        if self.method == "training":
            _expect_channels(len(self.mean), x.shape)
            return _standardising(self.mean, self.std)
        means, stds = [], []
        for channel in x:
            counted = channel[..., valid] if valid is not None else channel
            if counted.size == 0:
                message = "normalisation 'per-image': no valid pixel in the image"
                raise ZooError(message, hint="check the mask of recorded pixels")
            means.append(float(counted.mean(dtype="float64")))
            stds.append(float(counted.std(dtype="float64")))
        return _standardising(means, stds)

    def as_dict(self) -> dict[str, object]:
        """The form in which it is stored in headers and packages."""
        return {"method": self.method, "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Normalization:
        """Read what ``as_dict`` wrote.

        >>> Normalization.from_dict({"method": "per-image", "mean": [], "std": []})
        Normalization(method='per-image', mean=(), std=())
        """
        method, mean, std = (stored.get(key, ()) for key in ("method", "mean", "std"))
        if method not in ("per-image", "training") or not isinstance(mean, list | tuple | str):
            message = f"normalisation: method {method!r}, expected 'per-image' or 'training'"
            raise ZooError(message)
        return cls(method, _numbers("mean", mean), _numbers("std", std))


def _numbers(name: str, values: object) -> tuple[float, ...]:
    if isinstance(values, list | tuple) and all(isinstance(value, int | float) for value in values):
        return tuple(float(value) for value in values)
    message = f"normalisation: {name} is {values!r}, expected a list of numbers"
    raise ZooError(message)


def _standardising(means: list[float] | tuple[float, ...], stds: list[float] | tuple[float, ...]) -> Affine:
    scales = tuple(1 / (std + EPSILON) for std in stds)
    return Affine(scales, tuple(-mean * scale for mean, scale in zip(means, scales, strict=True)))


def _expect_channels(expected: int, shape: tuple[int, ...]) -> None:
    if expected not in (1, shape[0]):
        message = f"normalisation: an image of {shape[0]} channels (shape {shape}), expected {expected}"
        raise ZooError(message, hint="axis 0 must be the channel")
