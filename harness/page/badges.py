"""What gates say, as badges: an outcome, its figure, and the words behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.gates import GATES
from harness.gates.badges import of_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.gates.verdicts import Outcome, Verdict, Verdicts

SIGNS = {"pass": "\N{CHECK MARK}", "fail": "\N{MULTIPLICATION X}", "not tested": "\N{MIDDLE DOT}", "diagnostic": ""}
"""What says an outcome beside its colour, which not everybody sees."""


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What one gate says of one model on one label."""

    gate: str
    asks: str
    """What the gate asks for."""
    outcome: Outcome
    figure: str
    """With its limit, where there is one."""
    short: str
    """The figure alone."""
    text: str

    @property
    def sign(self) -> str:
        """Of its outcome."""
        return SIGNS[self.outcome]


def badges_of(said: Sequence[Verdict], label: str) -> list[Badge]:
    """The badges of a model on a label, gates before diagnostics."""
    found = of_label(said, label)
    gates = sorted((gate for gate in GATES if gate.id in found), key=lambda gate: not gate.verdict)
    return [_badge(gate.title, found[gate.id]) for gate in gates]


def legend(verdicts: Verdicts, label: str) -> list[tuple[str, str]]:
    """The gates of whom something is said on a label, and what each asks for."""
    named = {gate for said in verdicts.values() for gate in of_label(said, label)}
    return [(gate.id, gate.title) for gate in GATES if gate.id in named]


def _badge(asks: str, verdict: Verdict) -> Badge:
    figure = "" if verdict.figure is None else f"{verdict.figure:.2g}"
    limit = "" if verdict.limit is None else f" of {verdict.limit:.2g}"
    return Badge(
        gate=verdict.gate, asks=asks, outcome=verdict.outcome, figure=figure + limit, short=figure, text=verdict.text
    )
