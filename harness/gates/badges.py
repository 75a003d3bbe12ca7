"""Verdicts as tables: one line for each model, one column for each gate, and under them what the badges leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.gates import GATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.gates import Gate
    from harness.gates.verdicts import Verdict, Verdicts


@dataclass(frozen=True, kw_only=True)
class Badges:
    """What gates say of all models on one label."""

    tables: tuple[tuple[Sequence[str], Sequence[Sequence[str]]], ...]
    """Head and lines: gates first, then diagnostics; without those that nobody was tested by."""
    notes: tuple[str, ...]
    """What is behind each badge but a pass, in words, and the names of the gates that nobody was tested by."""


def badges(verdicts: Verdicts, label: str) -> Badges:
    """The verdicts that count for a label."""
    found = {model: known for model, said in verdicts.items() if (known := of_label(said, label))}
    told = [gate for gate in GATES if any(gate.id in said for said in found.values())]
    tested = [gate for gate in told if any(_tested(said.get(gate.id)) for said in found.values())]
    judged = {model: said for model, said in found.items() if not all(_tabled(one) for one in said)}
    badged = [gate for gate in tested if not gate.tabled]
    parts = [[gate for gate in badged if gate.verdict], [gate for gate in badged if not gate.verdict]]
    silent = [gate.id for gate in told if gate not in tested]
    notes = [
        f"`{model}`, {gate.id}: {verdict.outcome}; {verdict.text}"
        for model, said in judged.items()
        for gate in badged
        if (verdict := said.get(gate.id)) and verdict.outcome != "pass"
    ]
    return Badges(
        tables=tuple((_head(gates), _lines(gates, judged)) for gates in parts if gates),
        notes=(*notes, *([f"Not tested: {', '.join(silent)}."] if silent else [])),
    )


def tabled(verdicts: Verdicts, label: str) -> list[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    """Head and lines of a table for each diagnostic that shows all its figures; none for those that nobody has."""
    found = {model: of_label(said, label) for model, said in verdicts.items()}
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = []
    for gate in (gate for gate in GATES if gate.tabled):
        lines = {model: said[gate.id].figures for model, said in found.items() if _tested(said.get(gate.id))}
        names = list(dict.fromkeys(name for figures in lines.values() for name in figures))
        shown = [[f"`{model}`", *(_short(of.get(name)) for name in names)] for model, of in lines.items()]
        tables += [([gate.id, *names], shown)] if shown else []
    return tables


def of_label(verdicts: Iterable[Verdict], label: str) -> dict[str, Verdict]:
    """The verdicts that count for a label, by gate: its own, and those on control labels, which judge the whole net."""
    whole = {gate.id for gate in GATES if gate.structures and gate.verdict}
    return {verdict.gate: verdict for verdict in verdicts if verdict.label in {label, ""} or verdict.gate in whole}


def _tested(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.outcome != "not tested"


def _tabled(name: str) -> bool:
    return any(gate.id == name and gate.tabled for gate in GATES)


def _short(figure: float | None) -> str:
    """Three digits; whole numbers as they are.

    >>> _short(0.02951), _short(212.0), _short(None)
    ('0.0295', '212', '')
    """
    if figure is None:
        return ""
    return f"{figure:.0f}" if figure.is_integer() else f"{figure:.3g}"


def _head(gates: Sequence[Gate]) -> list[str]:
    return ["gate" if gates[0].verdict else "diagnostic", *(gate.id for gate in gates)]


def _lines(gates: Sequence[Gate], found: Mapping[str, Mapping[str, Verdict]]) -> list[list[str]]:
    return [
        [f"`{model}`", *(said[gate.id].badge if gate.id in said else "not tested" for gate in gates)]
        for model, said in found.items()
    ]
