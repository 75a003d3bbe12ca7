"""Which fields are shown: by score, never by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.scoring import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.records import Run, Score

Place: TypeAlias = Literal["best", "median", "worst"]


@dataclass(frozen=True, kw_only=True)
class Pick:
    """One field of one model and label."""

    model: str
    label: str
    place: Place
    field: str
    session: str
    score: float
    of: int
    """Fields that it was chosen from: those that the model delivered."""


def picks(run: Run, scores: Iterable[Score]) -> list[Pick]:
    """Best, median and worst field of every model and label; fewer where fewer were delivered.

    Of an even number the lower of the two in the middle. What was asked for and not delivered has no picture.
    """
    models = [one.id for one in run.contenders if one.kind != "control"]
    better = next(column.better for column in run.columns if column.id == PROTOCOL.primary)
    known: dict[tuple[str, str], list[Score]] = {(model, label): [] for model in models for label in run.data.labels}
    for score in scores:
        if score.metric == PROTOCOL.primary and score.status == "ok" and (score.model, score.label) in known:
            known[score.model, score.label].append(score)
    return [
        pick
        for (model, label), found in known.items()
        for pick in _chosen(model, label, sorted(found, key=lambda one: (_worth(one, better), one.field)))
    ]


def _worth(score: Score, better: str) -> float:
    value = score.value or 0.0
    return -value if better == "lower" else value


def _chosen(model: str, label: str, ordered: Sequence[Score]) -> list[Pick]:
    if not ordered:
        return []
    last = len(ordered) - 1
    found: dict[int, Place] = {last: "best", last // 2: "median", 0: "worst"}
    found[last] = "best"  # of one or two fields
    return [
        Pick(
            model=model,
            label=label,
            place=place,
            field=ordered[index].field,
            session=ordered[index].session,
            score=ordered[index].value or 0.0,
            of=len(ordered),
        )
        for index, place in sorted(found.items(), reverse=True)
    ]
