"""The inputs of a field as plain arrays, and back under the number type that they were recorded in."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import xarray as xr

    from zoo.types import Modality

    Doubles = npt.NDArray[np.float64]

MODALITY = "modality"
"""Name of the attribute of an input that says how it was made."""


def seeded(*words: str) -> np.random.Generator:
    """Random numbers that belong to these words: the same for every model, on every run."""
    return np.random.default_rng(list(sha256(":".join(words).encode()).digest()))


def images(inputs: xr.Dataset) -> dict[str, Doubles]:
    """Every input as float64, by name; its last two axes are ``y x``."""
    return {str(name): inputs[name].to_numpy().astype(np.float64) for name in inputs.data_vars}


def backgrounds(inputs: xr.Dataset) -> dict[str, float]:
    """What an empty dish reads in every input, by name: what its modality says, else the mean light of the image.

    What a phase image shows on average is the glass and water of its cells: as a slab of it, no dish is empty.
    """
    return {name: _background(image, inputs[name].attrs.get(MODALITY)) for name, image in images(inputs).items()}


def with_images(inputs: xr.Dataset, changed: Mapping[str, npt.NDArray[np.float64]]) -> xr.Dataset:
    """The same inputs with other pixels: rounded to the counts that their number type can hold, where it is one."""
    return inputs.assign(
        {name: inputs[name].copy(data=_counts(image, inputs[name].dtype)) for name, image in changed.items()}
    )


def _background(image: Doubles, modality: Modality | None) -> float:
    known = None if modality is None else modality.background
    return float(image.mean()) if known is None else known


def _counts(image: npt.NDArray[np.float64], dtype: np.dtype[np.generic]) -> npt.NDArray[np.generic]:
    if dtype.kind not in "iu":
        return image.astype(dtype)
    held = np.iinfo(dtype.str)
    return np.clip(np.rint(image), held.min, held.max).astype(dtype)
