"""Gates: tests of trust that a model passes or fails, label by label. Their figures are never averaged with anything.

Each gate has a module beside this one with two functions: what it measures of a field (``harness.gates.subjects``), and
what follows from everything that was measured. Only descriptions stand here, so that listing them stays instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from zoo.types import Structure

Suite: TypeAlias = Literal["core", "trust", "full"]
SUITES: tuple[Suite, ...] = ("core", "trust", "full")
"""Parts of the protocol, each with everything of those before it. ``core``: the asked split. ``trust``: every gate.
``full``: corruption curves too."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A test of trust, or a diagnostic that stands beside them."""

    id: str
    version: int
    """Counts up with every change of what it measures or of a limit."""
    title: str
    suite: Suite
    """The smallest that runs it."""
    module: str
    """Where its functions are."""
    probe: str = ""
    """Kind of the splits it is run on, in the words of ``zoo.types.Dataset.probes``, or the part before their colon.
    Empty: fields of the asked split."""
    structure: Structure | None = None
    """The only structure whose label it judges, and with it the whole net; None: every label that a model predicts."""
    changes: bool = False
    """Whether it asks about changed inputs, which no folder of predictions can answer."""
    verdict: bool = True
    """False for a diagnostic."""
    source: str = ""


GATES: tuple[Gate, ...] = ()
"""In the order of a board's columns."""
