"""Who is judged and by what: candidates, and the judge who holds the truth. Runs nothing and writes nothing."""

from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from dataclasses import field as field_of
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from harness.objects.drawings import Drawings
from harness.records import Data, Score
from harness.scoring import PROTOCOL, Failure, Reference, Scale, reference
from harness.segmentation import VERSION as SEGMENTER
from zoo.types.statistics import LEVELS, PLAIN, quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import xarray as xr

    from harness.fields import Counts
    from harness.objects.fitting import ObjectFit
    from harness.records import Contender
    from zoo.package import Package
    from zoo.types import Field, Metric

KEPT_PIXELS = 2**20
"""Truth that is kept ready for the next candidate, which is asked about the same field: about 300 MB with everything
that is worked out from it. More only where the last two fields have more."""
PAIR = 2
"""Fields that a gate may look at together."""
UNDRAWN = Drawings()
"""A dataset that says nothing of its masks."""


Said: TypeAlias = "Mapping[str, Counts | Failure] | Failure"
"""What a candidate delivers for a field: counts by label, or why there are none. What it says of a label beside its
mean stands under ``label.statistic``, as ``zoo.prediction.predict_field`` names it."""


def statistic(said: Said, label: str, name: str) -> Counts | None:
    """What was said of a label beside its mean, such as ``sd``; None where it was not."""
    found = None if isinstance(said, Failure) else said.get(f"{label}.{name}")
    return None if isinstance(found, Failure) else found


def means(said: Said) -> Said:
    """What was said of each label alone, without what stands beside it: many answers are kept at once."""
    if isinstance(said, Failure):
        return said
    beside = {f"{label}.{name}" for label in said for name in (*PLAIN, *map(quantile, LEVELS))}
    return {label: counts for label, counts in said.items() if label not in beside}


def quantiles_of(said: Said, label: str) -> dict[float, Counts]:
    """The quantiles that were said of a label, by level in percent, rising; empty for most models."""
    named = {level: statistic(said, label, quantile(level)) for level in LEVELS}
    return {level: image for level, image in named.items() if image is not None}


class Predictor(Protocol):
    """An opened candidate."""

    def __call__(self, field: Field, seen: xr.Dataset, /) -> Mapping[str, Counts | Failure]:
        """Counts by label, on the label's grid. ``seen`` holds what the candidate may see of the field."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A contender that can be run."""

    contender: Contender
    labels: tuple[str, ...]
    """Labels that it claims to predict."""
    refusals: Mapping[str, str] = field_of(default_factory=dict)
    """Why it is not applicable, by label."""
    open: Callable[[], AbstractContextManager[Predictor]]
    salt: str = ""
    """Whatever else decides its predictions, for the key of a job."""
    inputs: tuple[str, ...] = ()
    """Channels of the dataset that it reads; empty where that is not known."""
    answers: frozenset[str] | None = None
    """The only fields that it can be asked about, as they were recorded; None: any input whatever."""
    tiled: Callable[[], AbstractContextManager[Predictor]] | None = None
    """The same opened to predict in small tiles; None where that cannot be."""
    package: Package | None = None
    """What it is run from; None for predictions made elsewhere and controls, which cost nothing here."""


class UndeliveredError(Exception):
    """A candidate did not deliver: how, and whether the process that held it is gone."""

    def __init__(self, failure: Failure, *, gone: bool = False) -> None:
        """Carry what is to be written down."""
        super().__init__(failure.note)
        self.failure = failure
        self.gone = gone
        """Whether it has to be opened again before it is asked again."""


class Judge:
    """The truth of every field, worked out once and kept while candidates are asked about it in turn."""

    def __init__(
        self,
        data: Data,
        scales: Mapping[str, Scale],
        metrics: Sequence[Metric],
        drawings: Drawings = UNDRAWN,
        objects: Mapping[str, ObjectFit] = MappingProxyType({}),
        marginals: Mapping[str, Sequence[float]] = MappingProxyType({}),
    ) -> None:
        """Judge by these metrics on the scale of the training truth.

        ``drawings`` are what the dataset says of its instance masks, ``objects`` what training fields say of those of
        each label; one that is not there is judged without. ``marginals`` are quantiles of their pixels, at ``LEVELS``.
        """
        self.data = data
        self.scales = scales
        self._metrics = metrics
        self._versions = {metric.id: metric.version for metric in metrics}
        self.drawings = drawings
        self._objects = objects
        self._marginals = marginals  # not in keys of jobs: they follow from what decides the scales
        self._kept: OrderedDict[str, Mapping[str, Reference]] = OrderedDict()

    def references(self, field: Field, opened: xr.Dataset) -> Mapping[str, Reference]:
        """What each label that the field shows is scored against."""
        if field.id not in self._kept:
            self._kept[field.id] = {
                label: reference(
                    opened,
                    label,
                    field.id,
                    scale,
                    self._metrics,
                    tuple(self.drawings.outlines),
                    self._found(label),
                    self._marginals.get(label, ()),
                )
                for label, scale in self.scales.items()
                if label in opened
            }
        self._kept.move_to_end(field.id)
        while len(self._kept) > PAIR and self._pixels() > KEPT_PIXELS:
            self._kept.popitem(last=False)
        return self._kept[field.id]

    def key(self, candidate: Candidate, fields: Sequence[Field], beside: Sequence[tuple[str, int]] = ()) -> str:
        """Identity of a job: the same model, data and protocol give the same scores.

        ``beside`` names what else is measured while fields are scored, with its version.
        """
        data = self.data
        named = [
            *(candidate.contender.id, candidate.contender.digest, candidate.contender.format, candidate.salt),
            *(data.digest, data.scheme, data.split, [field.id for field in fields], candidate.labels),
            *(asdict(PROTOCOL), [(metric.id, metric.version) for metric in self._metrics], [*beside]),
            {label: asdict(scale) for label, scale in self.scales.items()},
            *({label: asdict(fit) for label, fit in self._objects.items()}, asdict(self.drawings), SEGMENTER),
        ]
        return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    def scores(self, candidate: Candidate, field: Field, opened: xr.Dataset, said: Said) -> Iterator[Score]:
        """Score what a candidate said about a field; a label that it claims and does not deliver is a failure."""
        for label, against in self.references(field, opened).items():
            if label not in candidate.labels:
                continue
            found = said if isinstance(said, Failure) else said.get(label)
            if found is None and candidate.contender.kind == "control":
                continue  # a control makes no claims: this field has no repeat
            missing = Failure("missing", f"nothing was predicted for {label!r}")
            answer = missing if found is None else found
            for value in against.values(answer, quantiles_of(said, label)):
                yield Score(
                    protocol=PROTOCOL.name,
                    model=candidate.contender.id,
                    kind=candidate.contender.kind,
                    digest=candidate.contender.digest,
                    dataset=self.data.reference,
                    split=self.data.split,
                    field=field.id,
                    session=field.session,
                    condition=field.condition,
                    label=label,
                    metric=value.metric,
                    version=self._versions[value.metric],
                    value=value.value,
                    status=value.status,
                    note=value.note,
                )

    def _found(self, label: str) -> tuple[ObjectFit, Drawings] | None:
        fit = self._objects.get(label)
        return None if fit is None else (fit, self.drawings)

    def _pixels(self) -> int:
        return sum(one.truth.image.size for labels in self._kept.values() for one in labels.values())
