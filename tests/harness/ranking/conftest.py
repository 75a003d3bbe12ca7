"""Boards made of scores that are written out."""

from __future__ import annotations

import pytest

from harness.metrics import METRICS
from harness.ranking import board
from harness.records import Column, Contender, Data, Run, Score
from harness.scoring import PROTOCOL

COLUMN = next(
    Column(id=one.id, version=1, title=one.title, better=one.better, averaged=one.averaged, ranked=True)
    for one in METRICS
    if one.id == PROTOCOL.primary
)
BOUNDS = {"floor": "floor", "other-floor": "floor", "repeat": "ceiling", "clean-truth": "ceiling"}


@pytest.fixture
def scores_of():
    """One score for each field, in a session of its own; None is a failure."""

    def written(model, values, *, label="dna", status="ok"):
        return [
            Score(
                protocol=PROTOCOL.name,
                model=model,
                kind="control" if model in BOUNDS else "model",
                digest=model,
                dataset="cells",
                split="test",
                field=f"f{index}",
                session=f"s{index}",
                condition="",
                label=label,
                metric=PROTOCOL.primary,
                version=1,
                value=0.0 if value is None else value,
                status="failed" if value is None else status,
            )
            for index, value in enumerate(values)
        ]

    return written


@pytest.fixture
def made():
    """The board of some lists of scores."""

    def ranked(*parts, labels=("dna",), controls=(), split="test", seen=(), verdicts=None):
        scores = [score for part in parts for score in part]
        contenders = tuple(
            Contender(
                id=name,
                kind="control" if name in BOUNDS else "model",
                digest=name,
                bound=BOUNDS.get(name, ""),
                marks=("seen",) if name in seen else (),
            )
            for name in dict.fromkeys(score.model for score in scores)
        )
        data = Data(
            reference="cells",
            id="cells",
            version="1",
            digest="d" * 64,
            scheme="",
            split=split,
            fields=("f0",),
            labels=labels,
            intensity="comparable",
            license="CC0-1.0",
            limit=None,
            controls=controls,
        )
        nothing = {"scales": {}, "jobs": (), "command": (), "versions": {}, "environment": {}, "timing": {}}
        run = Run(suite="core", protocol=PROTOCOL, data=data, columns=(COLUMN,), contenders=contenders, **nothing)
        return board(run, scores, verdicts)

    return ranked
