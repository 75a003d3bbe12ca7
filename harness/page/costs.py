"""What models cost, as far as a board's folder says: measures that a score can be set against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.cost.files import read_costs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.cost.figures import Costs
    from harness.records import Run

SEVERAL = 2


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One kind of cost."""

    id: str
    title: str
    """With its unit."""
    said: str
    """How it was measured."""
    values: Mapping[str, float]
    """By model; without those of which it is not known."""


def measures(folder: Path, run: Run) -> tuple[Measure, ...]:
    """Every measure that is known of two models or more, the most telling first."""
    costs = read_costs(folder)
    found = [_time(costs), _parameters(costs), _training(costs)] if costs else [_judging(run)]
    return tuple(measure for measure in found if len(measure.values) >= SEVERAL)


def _time(costs: Costs) -> Measure:
    values = {name: one.timing.single.p50 for name, one in costs.items() if one.timing}
    known = next((one for one in costs.values() if one.timing), None)
    where = f" {known.reference}, {known.threads} threads, {known.machine}." if known else ""
    return Measure(
        id="time",
        title="time for a field, in units of a fixed net",
        said=f"Median over pairs of passes in turn, model and reference net on the same field.{where}",
        values=values,
    )


def _parameters(costs: Costs) -> Measure:
    values = {name: float(one.size.parameters) for name, one in costs.items() if one.size.parameters}
    return Measure(
        id="parameters", title="parameters", said="Numbers that were learned, as its package says.", values=values
    )


def _training(costs: Costs) -> Measure:
    values = {name: one.size.minutes for name, one in costs.items() if one.size.minutes}
    return Measure(
        id="training", title="minutes of training", said="On whatever machine it was trained.", values=values
    )


def _judging(run: Run) -> Measure:
    names = [one.id for one in run.contenders if one.kind == "model"]
    return Measure(
        id="judging",
        title="minutes to judge",
        said="Minutes that the run took for it on its machine: predictions, scores and gates together.",
        values={name: run.timing[name] / 60 for name in names if run.timing.get(name, 0.0) > 0},
    )
