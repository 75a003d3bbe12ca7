"""How sure models are, and whether that is true: one table for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.gates.badges import of_label
from harness.report.cells import short, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.ranking import Board, Row

METRICS: Mapping[str, str] = {
    "crps": "CRPS",
    "crps-skill": "CRPS skill",
    "coverage-90": "in its 90 %",
    "width-90": "width",
    "risk-coverage": "risk-coverage",
    "error-auroc": "sees gross errors",
}
"""Metrics that are shown, and the heads of their columns."""
FIGURES: Mapping[tuple[str, str], str] = {
    ("shifts", "noticed"): "sees shifts",
    ("conformal", "coverage"): "calibrated: held",
    ("conformal", "worst session"): "worst session",
    ("conformal", "width"): "calibrated width",
}
"""Figures of diagnostics, likewise."""
LEGEND = (
    "- *how sure*: CRPS and widths in deviations of the training truth. *In its 90 %*: pixels inside the 90 % interval"
    " that the model itself gives. *Risk-coverage*: 0 if errors are just where it is unsure, 1 by chance. *Sees gross"
    " errors* and *sees shifts*: AUROC of the width of intervals, 0.5 by chance. *Calibrated*: intervals stretched"
    " until they held 90 % of every validation session, tried on the sessions of this split."
)


def sureness(made: Board, rows: Sequence[Row]) -> list[str]:
    """A line for each model that says how sure it is, or whose errors were calibrated; nothing where there is none."""
    lines = {row.contender.id: _cells(made, row) for row in rows if row.contender.kind != "control"}
    told = {name: cells for name, cells in lines.items() if any(cells.values())}
    heads = [head for head in (*METRICS.values(), *FIGURES.values()) if any(cells[head] for cells in told.values())]
    if not told:
        return []
    found = [[f"`{name}`", *(cells[head] for head in heads)] for name, cells in told.items()]
    return [table(["how sure", *heads], found)]


def legend(parts: Sequence[str]) -> list[str]:
    """What the columns of these tables mean; nothing where a document has none of them."""
    return [LEGEND] if any(part.startswith("| how sure |") for part in parts) else []


def _cells(made: Board, row: Row) -> dict[str, str]:
    said = of_label(made.verdicts.get(row.contender.id, ()), row.label)
    values = {head: row.values.get(metric) for metric, head in METRICS.items()}
    figures = {head: said[gate].figures.get(name) if gate in said else None for (gate, name), head in FIGURES.items()}
    return {head: short(value) for head, value in {**values, **figures}.items()}
