"""What a gate measured, and what it says: plain data, kept as JSON, never averaged into a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as field_of
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from harness.scoring import Status

Outcome: TypeAlias = Literal["pass", "fail", "not tested", "diagnostic"]
"""``not tested`` is never trusted; ``diagnostic`` is to be read and passes nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a gate measured of one label of one field, or of one thing in it."""

    gate: str
    label: str
    field: str
    session: str
    condition: str
    item: str = ""
    """What in the field: a cell, a change of the input; empty for the field as it is."""
    values: Mapping[str, float] = field_of(default_factory=dict)
    """By name; empty where nothing could be measured."""
    status: Status = "ok"
    """Of what was asked of the model."""
    note: str = ""
    """Why nothing was measured."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a gate says of one label of one model."""

    gate: str
    version: int
    label: str
    """Empty for all of them: the gate was not run."""
    outcome: Outcome
    figure: float | None = None
    """The number that the badge shows, to six digits: of several, the one that is nearest to its limit or farthest
    beyond it."""
    limit: float | None = None
    """What the figure must not exceed; None for a diagnostic."""
    text: str
    """One line: what was found, or why nothing was tested."""
    figures: Mapping[str, float] = field_of(default_factory=dict)
    """Everything that was found, by name, to six digits."""

    @property
    def badge(self) -> str:
        """The outcome with its figure.

        >>> Verdict(gate="blank", version=1, label="dna", outcome="fail", figure=0.25, limit=0.1, text="").badge
        'fail 0.25'
        """
        figure = "" if self.figure is None else f"{self.figure:.2g}"
        return figure if self.outcome == "diagnostic" else f"{self.outcome} {figure}".rstrip()


Verdicts: TypeAlias = Mapping[str, tuple[Verdict, ...]]
"""By model."""


def as_document(verdicts: Verdicts) -> dict[str, list[dict[str, object]]]:
    """Verdicts by model as JSON has them."""
    return {model: [asdict(verdict) for verdict in said] for model, said in verdicts.items()}
