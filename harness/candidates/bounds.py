"""The controls as candidates: they may see the whole field, truth and repeat included."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.controls import CONTROLS, VERSION
from harness.controls.fitting import predict
from harness.judging import Candidate
from harness.records import Contender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr

    from harness.controls import Control
    from harness.fields import Counts
    from harness.judging import Predictor
    from harness.surveys import Survey
    from zoo.types import Field


def bounds(survey: Survey, inputs: Sequence[str], identity: str) -> list[Candidate]:
    """One candidate for each control; ``identity`` is the digest of the survey that they were fitted in."""
    return [_bound(control, survey, inputs, identity) for control in CONTROLS]


def _bound(control: Control, survey: Survey, inputs: Sequence[str], identity: str) -> Candidate:
    @contextmanager
    def opened() -> Iterator[Predictor]:
        def say(field: Field, seen: xr.Dataset) -> Mapping[str, Counts]:
            return predict(control.id, survey.fits, seen, field.id, inputs)

        yield say

    return Candidate(
        contender=Contender(id=control.id, kind="control", digest=f"control/{VERSION}", bound=control.kind),
        labels=tuple(survey.fits),
        open=opened,
        salt=identity,
    )
