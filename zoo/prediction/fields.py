"""Fields of a dataset, predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from zoo.data.fields import image as image_of
from zoo.errors import ZooError
from zoo.prediction.tensors import predict_channels

if TYPE_CHECKING:
    from zoo.matching import Match
    from zoo.runtime import Model


def predict_field(model: Model, field: xr.Dataset, match: Match) -> xr.Dataset:
    """Predict the labels of a field.

    Returns one float32 variable for each matched label, under its name in the dataset, on the grid of the inputs: (t) y
    x, with z where the net predicts stacks. Counts where the package goes back to counts. What the net says of a label
    beside its mean are variables ``label.statistic``, such as ``dna.q5``; a match without statistics asks for none.
    """
    given = {}
    for channel, name in match.inputs.items():
        if name not in field:
            raise ZooError(
                f"{_field_name(field)} has no channel {name!r}; it has {', '.join(map(str, field.data_vars))}"
            )
        given[channel] = image_of(field, name)
    found = predict_channels(model, given, match.zoom, _field_name(field))
    attrs = {key: value for key, value in field.attrs.items() if key in ("dataset", "field", "pixel_size", "z_step")}
    labels = {label: found[channel] for channel, label in match.labels.items()}
    for channel, label in match.labels.items():
        told = match.statistics.get(label, ())
        labels |= {f"{label}.{statistic}": found[f"{channel}.{statistic}"] for statistic in told}
    return xr.Dataset(labels, attrs={**attrs, "model": model.package.id})


def _field_name(field: xr.Dataset) -> str:
    return f"field {field.attrs.get('field', '(without a name)')!r}"
