"""Stains of nuclei and cytoplasm that a model predicts from every frame of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from zoo.errors import ZooError
from zoo.matching import match
from zoo.prediction import predict_field
from zoo.types import Channel, Modality, Structure

if TYPE_CHECKING:
    from harness.timelapse.films import Film, Frames
    from zoo.runtime import Model

PHASE, NUCLEUS, CYTOPLASM = "phase", "nucleus", "cytoplasm"


def stains(model: Model, film: Film) -> tuple[Frames, Frames]:
    """Predicted stains of nuclei and of cytoplasm, both ``t y x``.

    Raises ``ZooError`` for a model that sees anything but phase, that knows one of the two labels not, or whose pixels
    are of another size altogether.
    """
    package = model.package
    offered = (
        Channel(name=PHASE, modality=Modality.QUANTITATIVE_PHASE, pixel_size=film.pixel_size),
        Channel(name=NUCLEUS, structure=Structure.NUCLEUS),
        Channel(name=CYTOPLASM, structure=Structure.CYTOPLASM),
    )
    try:
        matched = match(package.input_channels, package.label_channels, offered, spatial=package.spatial)
    except ZooError as error:
        raise ZooError(
            f"{package.id} cannot outline cells in phase: {error.message}",
            hint="take a model that predicts nuclei and cytoplasm from phase, or give --cells and --nuclei",
        ) from error
    if missing := {NUCLEUS, CYTOPLASM} - set(matched.labels.values()):
        raise ZooError(
            f"{package.id} was not trained on a label of {' or '.join(sorted(missing))}; it predicts"
            f" {', '.join(channel.name for channel in package.label_channels)}",
            hint="take a model that predicts nuclei and cytoplasm from phase, or give --cells and --nuclei",
        )
    field = xr.Dataset({PHASE: (("t", "y", "x"), film.phase.astype(np.float32))})
    predicted = predict_field(model, field, matched)
    return predicted[NUCLEUS].to_numpy(), predicted[CYTOPLASM].to_numpy()
