"""One label as a task: who is ranked on it, by which scores, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.ranking.axes import ROOM
from harness.scoring import CONTROL_SPLIT, PROTOCOL
from harness.statistics.standings import standings
from harness.statistics.tables import FLOOR, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.ranking.axes import Axis
    from harness.ranking.rows import Row
    from harness.records import Run, Score
    from harness.statistics.standings import Standing, Standings


@dataclass(frozen=True, kw_only=True)
class Task:
    """How one label was ranked."""

    label: str
    axis: Axis
    refused: str
    """Why nobody is ranked on it; empty where models are."""
    standings: Standings | None
    """None where nobody is ranked."""
    silent: tuple[str, ...] = ()
    """Models that claim the label and delivered nothing at all: no rank here, and the floor in an overall ranking."""

    @property
    def rows(self) -> tuple[Standing, ...]:
        """Who is ranked, best first."""
        return self.standings.rows if self.standings else ()

    @property
    def scores(self) -> Mapping[str, float]:
        """What each model brings to an overall ranking."""
        return {**{row.model: row.score for row in self.rows}, **dict.fromkeys(self.silent, FLOOR)}

    def of(self, model: str) -> Standing | None:
        """Where a model stands; None where it is not ranked."""
        return next((row for row in self.rows if row.model == model), None)


def task_of(run: Run, label: str, axis: Axis, rows: Sequence[Row], scores: Sequence[Score]) -> Task:
    """The task of a label; ``rows`` are those that may be ranked, ``scores`` all that the label has."""
    primary = [score for score in scores if score.metric == PROTOCOL.primary]
    sessions = {score.field: score.session for score in primary if score.value is not None}
    refused = _refused(run, label, axis, sessions)
    silent = tuple(row.contender.id for row in rows if row.failed == row.fields)
    names = [row.contender.id for row in rows if row.failed < row.fields]
    made = None if refused or not names else standings(table(_placed(axis, names, primary), sessions))
    return Task(label=label, axis=axis, refused=refused, standings=made, silent=() if refused else silent)


def _placed(axis: Axis, names: Sequence[str], primary: Iterable[Score]) -> Mapping[str, Mapping[str, float | None]]:
    """Model -> field -> where it stands on the axis; None where nothing was delivered, or the same value everywhere."""
    found: dict[str, dict[str, float | None]] = {name: {} for name in names}
    for score in primary:
        if score.model in found and score.field:
            delivered = score.value is not None and score.status == "ok"
            found[score.model][score.field] = axis.placed(score.value or 0.0) if delivered else None
    return found


def _refused(run: Run, label: str, axis: Axis, sessions: Mapping[str, str]) -> str:
    if run.data.split == CONTROL_SPLIT:
        return "its fields carry no stain"
    if label in run.data.controls:
        return "a control label"
    if not sessions:
        return "no field defines its score"
    if axis.room is not None and not axis.known:
        floor, ceiling = (f"{end:.3f}" for end in (axis.floor, axis.ceiling))
        return f"not rankable: the ceiling, {ceiling}, is less than {ROOM} above the floor, {floor}"
    return ""
