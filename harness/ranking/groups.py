"""Means within each session and each condition."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from harness.statistics.averages import averaged, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.records import Run, Score


@dataclass(frozen=True, kw_only=True)
class Group:
    """One contender on one label within one session or condition."""

    model: str
    label: str
    name: str
    fields: int
    values: Mapping[str, float | None]


def groups(run: Run, scores: Sequence[Score], name: Callable[[Score], str]) -> tuple[Group, ...]:
    """The groups that ``name`` makes of scores, by label and contender; what has no name is in none."""
    place = {contender.id: index for index, contender in enumerate(run.contenders)}
    labels = {label: index for index, label in enumerate(run.data.labels)}

    def key(score: Score) -> tuple[int, int, str]:
        return labels[score.label], place[score.model], name(score)

    named = sorted((score for score in scores if score.field and name(score)), key=key)
    return tuple(_group(run, list(members), name) for _, members in groupby(named, key))


def _group(run: Run, scores: Sequence[Score], name: Callable[[Score], str]) -> Group:
    values: dict[str, float | None] = {}
    for column in run.columns:
        numbers = [score.value for score in scores if score.metric == column.id and score.value is not None]
        values[column.id] = significant(averaged(numbers, column.averaged)) if numbers else None
    first = scores[0]
    fields = len({score.field for score in scores})
    return Group(model=first.model, label=first.label, name=name(first), fields=fields, values=values)
