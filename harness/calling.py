"""The cells of an image, and which of them take a stain as far as a model can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import ndimage

from harness.objects.calls import Call, above, called
from harness.objects.calls import levels as medians
from harness.objects.matching import numbered
from harness.timelapse.outlines import NUCLEI
from zoo.errors import ZooError
from zoo.package.facts import levels
from zoo.prediction import predict_image
from zoo.types import Structure
from zoo.types.statistics import level as level_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import xarray as xr

    from harness.segmentation import Labels
    from zoo.package import Package
    from zoo.prediction import Reading
    from zoo.runtime import Model

PLANE = 2
CODES = {Call.NO: 1, Call.YES: 2, Call.UNPREDICTABLE: 3}
"""Of the image of calls; 0 is no nucleus."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of every cell."""

    label: str
    level: float
    """Count from which on a pixel is stained."""
    sure: float
    """How likely a call must be to be made."""
    nucleus: str
    """Label that shows where nuclei are; empty where they are drawn."""
    nucleus_level: float
    """Count from which on a pixel of it is bright; NaN where they are drawn."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Called:
    """The nuclei of an image."""

    cells: pd.DataFrame
    """A row for each: cell, y, x (pixels), area (µm²), chance, call."""
    nuclei: Labels
    """Where they are, ``y x``."""
    calls: npt.NDArray[np.uint16]
    """What is said of each, as ``CODES`` has it, ``y x``."""


def question(package: Package, label: str, level: float | None, sure: float, *, drawn: bool) -> Question:
    """What a package can be asked. Raises ``ZooError`` for what it cannot tell.

    ``level`` goes before what its training says; ``drawn`` nuclei need no label that shows them.
    """
    known = {channel.name: channel for channel in package.label_channels}
    if label not in known:
        message = f"{package.id} was not trained on the label {label!r}; it predicts {', '.join(known)}"
        raise ZooError(message, hint="zoo list models shows who predicts what")
    if not _quantiles(package, label):
        message = f"{package.id} gives no quantiles of {label!r}: it cannot say where it does not know"
        raise ZooError(message, hint="zoo list models --json shows the statistics of each model")
    found = levels(package)
    at = found.get(label) if level is None else level
    if at is None:
        message = f"{package.id} does not say from which count on {label!r} is stained"
        raise ZooError(message, hint="--level COUNTS, between those of stained and of unstained cells")
    nucleus = next((name for name, one in known.items() if one.structure is Structure.NUCLEUS and name in found), "")
    if not nucleus and not drawn:
        message = f"{package.id} does not show where nuclei are"
        raise ZooError(message, hint="draw them: --nuclei FILE, an image of nuclei with 0 for none")
    return Question(
        label=label,
        level=at,
        sure=sure,
        nucleus="" if drawn else nucleus,
        nucleus_level=float("nan") if drawn else found[nucleus],
    )


def calls(model: Model, reading: Reading, asked: Question, drawn: npt.NDArray[np.integer] | None = None) -> Called:
    """Call every nucleus of an image; ``drawn`` are nuclei ``y x`` with 0 for none, in place of those it predicts."""
    predicted = predict_image(model, reading)
    size = reading.pixel_size or model.package.input_channels[0].pixel_size or 1.0
    _check_plane(predicted[asked.label], reading)
    nuclei = _nuclei(predicted, asked, size) if drawn is None else numbered(drawn, str(reading.path))
    shape = predicted[asked.label].shape
    if nuclei.shape != shape:
        message = f"{reading.path}: is {_by(shape)} pixels, its nuclei {_by(nuclei.shape)}"
        raise ZooError(message, hint="draw them on the grid of the image")
    quantiles = {level: predicted[name].to_numpy() for level, name in _quantiles(model.package, asked.label).items()}
    chances = medians(above(quantiles, asked.level), nuclei)
    said = called(chances, asked.sure)
    codes = np.array([0, *(CODES[call] for call in said)], np.uint16)
    return Called(
        cells=_table(nuclei, chances, [call.value for call in said], size), nuclei=nuclei, calls=codes[nuclei]
    )


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _check_plane(image: xr.DataArray, reading: Reading) -> None:
    if image.ndim != PLANE:
        axes = ", ".join(f"{axis} {count}" for axis, count in image.sizes.items())
        message = f"{reading.path}: the prediction has the axes {axes}, expected one plane y x"
        raise ZooError(message, hint="give planes and time points as files of their own")


def _nuclei(predicted: Mapping[str, xr.DataArray], asked: Question, size: float) -> Labels:
    stain = predicted[asked.nucleus].to_numpy()
    return NUCLEI.labels(stain, np.ones(stain.shape, bool), asked.nucleus_level, size)


def _quantiles(package: Package, label: str) -> dict[float, str]:
    """Names of the channels that hold quantiles of a label, by their level in percent."""
    told = [one for one in package.output_channels if one.name == f"{label}.{one.statistic}"]
    return {level: one.name for one in told if (level := level_of(one.statistic)) is not None}


def _table(nuclei: Labels, chances: npt.NDArray[np.floating], said: list[str], size: float) -> pd.DataFrame:
    ids = np.arange(1, len(said) + 1)
    middles = np.array(ndimage.center_of_mass(nuclei > 0, nuclei, ids)).reshape(-1, PLANE)
    return pd.DataFrame(
        {
            "cell": ids,
            "y": middles[:, 0],
            "x": middles[:, 1],
            "area": np.bincount(nuclei.ravel(), minlength=len(ids) + 1)[1:] * size**2,
            "chance": chances,
            "call": said,
        }
    )
