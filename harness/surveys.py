"""One pass over training fields: the scale of every label, and what the controls learn. Each field is read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from harness import controls
from harness.controls.fitting import Fit, Fitting
from harness.fields import VALID, Counts, counts, recorded
from harness.scoring import PROTOCOL, TRAINING, Scale, scales, thinned
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.types import Dataset, Field


MOST_FIELDS = 32
"""Training fields that are surveyed, spread evenly over the split; a scale hardly moves with more, and they may have to
be made first."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the training fields say about each label; a label that none of them shows is left out."""

    scales: Mapping[str, Scale]
    fits: Mapping[str, Fit]


_SURVEY = TypeAdapter(Survey)


def chosen(dataset: Dataset, scheme: str) -> tuple[Field, ...]:
    """The training fields that are surveyed: all, or ``MOST_FIELDS`` at even steps through the split."""
    fields = dataset.fields(TRAINING, scheme=scheme)
    count = min(len(fields), MOST_FIELDS)
    return tuple(fields[index * len(fields) // count] for index in range(count))


def survey(dataset: Dataset, scheme: str, on_field: Callable[[int, int], None] = lambda _done, _total: None) -> Survey:
    """Read the chosen training fields once; ``on_field`` is told how many of how many are done."""
    fields = chosen(dataset, scheme)
    fitting = Fitting(
        [channel.name for channel in inputs_of(dataset.channels)],
        [channel.name for channel in labels_of(dataset.channels)],
        comparable=dataset.intensity == "comparable",
    )
    truths: dict[str, list[Counts]] = {}
    for index, field in enumerate(fields):
        for label, values in _truths(field, fitting, len(fields)).items():
            truths.setdefault(label, []).append(values)
        on_field(index + 1, len(fields))
    return Survey(scales=scales(truths, dataset.id), fits=fitting.fits())


def digest(dataset: Dataset, scheme: str) -> str:
    """Identity of a survey: of the data, the protocol and the controls."""
    named = [dataset.digest, scheme, asdict(PROTOCOL), controls.VERSION]
    return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def kept(path: Path) -> Survey | None:
    """A survey that was written before; None where there is none that can be read."""
    try:
        return _SURVEY.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def as_json(made: Survey) -> str:
    """A survey as text, to be kept."""
    return json.dumps(asdict(made), indent=1) + "\n"


def _truths(field: Field, fitting: Fitting, fields: int) -> Mapping[str, Counts]:
    opened = field.open()
    wanted = [*fitting.inputs, *_present([*fitting.labels, VALID], opened)]
    opened = opened[wanted].load()
    fitting.add(opened, field.id)
    found = {label: counts(opened, label, field.id) for label in _present(fitting.labels, opened)}
    return {label: thinned(truth[recorded(opened, truth.shape)], fields) for label, truth in found.items()}


def _present(labels: Sequence[str], opened: Mapping[object, object]) -> list[str]:
    return [label for label in labels if label in opened]
