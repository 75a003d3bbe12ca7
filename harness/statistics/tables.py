"""Scores of one task in a table: which fields count, in which sessions, and what a failure is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.statistics.averages import Counts, Floats, averaged, ranks
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST = 6
"""Sessions below which nothing is claimed: with five, no difference at all can reach p = 0.05 (2/2⁵ = 0.0625)."""
FLOOR = 0.0
"""What a failure scores: where the best trivial control stands on the scaled axis."""
GRAIN = 9
"""Decimals that session means are kept to, so that the order of a sum can neither make a tie nor break one."""


@dataclass(frozen=True)
class TooFew:
    """What stands in the place of an interval, a test or a tie group that the data cannot carry."""

    sessions: int
    """Independent sessions that there are."""
    needed: int = FEWEST

    @property
    def note(self) -> str:
        """For a board.

        >>> TooFew(4).note
        'Cannot separate models: 4 independent sessions, 6 are needed.'
        """
        found = {0: "no independent sessions", 1: "1 independent session"}
        said = found.get(self.sessions, f"{self.sessions} independent sessions")
        return f"Cannot separate models: {said}, {self.needed} are needed."


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Every model on every case of one task. Models, and fields within sessions, stand in the order of their names."""

    models: tuple[str, ...]
    fields: tuple[str, ...]
    sessions: tuple[str, ...]
    """Session of each field; empty where the dataset names none."""
    values: Floats
    """Scaled scores, models x fields: 0 is the floor, 1 the ceiling, a failure is 0."""
    delivered: npt.NDArray[np.bool_]
    """Models x fields: False for a failure."""

    @cached_property
    def means(self) -> Floats:
        """Mean of every session, models x sessions; of every field where no session is named."""
        names = [session or f"field {field}" for session, field in zip(self.sessions, self.fields, strict=True)]
        groups = [[index for index, _ in members] for _, members in groupby(enumerate(names), lambda named: named[1])]
        rows = [[averaged(row[group].tolist(), "plain") for group in groups] for row in self.values]
        return np.round(np.array(rows), GRAIN)

    @cached_property
    def scores(self) -> Floats:
        """Mean over sessions of each model: mean, then rank."""
        return np.array([averaged(row.tolist(), "plain") for row in self.means])

    @property
    def independent(self) -> int:
        """Number of sessions; 0 where a field names none, since nothing is known of what it depends on."""
        return len(set(self.sessions)) if all(self.sessions) else 0

    @property
    def failed(self) -> Counts:
        """Cases that each model was asked for and did not deliver."""
        lost: Counts = np.sum(~self.delivered, axis=1)
        return lost

    @property
    def ordered(self) -> tuple[int, ...]:
        """Indices of the models, best first; what is equal to six digits in the order of names."""
        return tuple(np.argsort(ranks(self.scores), kind="stable").tolist())


def table(scores: Mapping[str, Mapping[str, float | None]], sessions: Mapping[str, str]) -> Table:
    """The scores of one task as a table.

    Parameters
    ----------
    scores
        Model -> field -> scaled score. A model that is asked for a field and delivers nothing, or nothing finite, or a
        constant image, has failed there: leave the field out or give None. It scores the floor and is counted. Dropping
        it would be a prize for failing where it is hard.
    sessions
        Every field whose truth defines the score -> its session, or "" where the dataset names none. Fields that are
        not here are dropped for all models alike.

    >>> made = table({"a": {"f0": 0.5, "f1": 0.7}, "b": {"f0": 0.8}}, {"f0": "monday", "f1": "tuesday"})
    >>> made.scores.tolist(), made.failed.tolist()
    ([0.6, 0.4], [0, 1])
    """
    if not scores or not sessions:
        message = f"{len(scores)} models and {len(sessions)} fields: nothing to rank"
        raise ZooError(message, hint="a task needs a model, and a field whose truth defines the score")
    fields = sorted(sessions, key=lambda field: (sessions[field], field))
    rows = [[scores[model].get(field) for field in fields] for model in sorted(scores)]
    given = np.array([[math.nan if value is None else value for value in row] for row in rows], np.float64)
    delivered = np.isfinite(given)
    return Table(
        models=tuple(sorted(scores)),
        fields=tuple(fields),
        sessions=tuple(sessions[field] for field in fields),
        values=np.where(delivered, given, FLOOR),
        delivered=delivered,
    )
