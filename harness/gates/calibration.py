"""Skill after the best gain and offset, so that a wrong brightness can be told from a wrong picture.

No verdict and no rank. Gain and offset are fitted to the other sessions of the split, never to the one that is judged:
one straight line through prediction and truth for all fields, by least squares.
"""

from __future__ import annotations

from dataclasses import replace
from math import fsum, nan
from typing import TYPE_CHECKING

from harness.gates.sums import Finding, averages, by, diagnostic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row

FEWEST = 2
"""Sessions: one to be judged, one to learn from."""


def measured(subject: Subject) -> Measured:
    """Moments of prediction and truth over the recorded pixels of a field."""
    said, there = subject.said[subject.valid], subject.truth.image[subject.valid]
    if not said.size:
        return
    yield (
        "",
        {
            "said": float(said.mean()),
            "there": float(there.mean()),
            "said²": float((said**2).mean()),
            "there²": float((there**2).mean()),
            "both": float((said * there).mean()),
        },
    )


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is R² of the calibrated prediction, averaged over sessions; beside it R² as it was predicted."""
    sessions = by(rows, _session)
    if len(sessions) < FEWEST:
        return diagnostic(nan, "", {})
    found = lines(rows)
    calibrated = [_skill(row.values, *found[name]) for name, group in sessions.items() for row in group]
    plain = [_skill(row.values, 1.0, 0.0) for row in rows]
    gain, offset = _line([averages(group) for group in sessions.values()])
    figures = {
        "R²": _mean(rows, plain),
        "R² calibrated": _mean([row for group in sessions.values() for row in group], calibrated),
        "gain": gain,
        "offset": offset,
    }
    text = (
        f"R² {figures['R²']:.2f} as predicted, {figures['R² calibrated']:.2f} with the gain ({gain:.2f}) and offset"
        f" ({offset:+.2f}) that other sessions ask for"
    )
    return diagnostic(figures["R² calibrated"], text, figures)


def lines(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """Gain and offset for each session, fitted to all others; a field without a session stands for itself.

    Nothing with fewer than two sessions.
    """
    known = {name: averages(group) for name, group in by(rows, _session).items()}
    if len(known) < FEWEST:
        return {}
    return {name: _line([known[other] for other in known if other != name]) for name in known}


def _session(row: Row) -> str:
    return row.session or row.field


def _line(known: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Gain and offset from means over sessions; a constant prediction has none but the mean."""
    said, there, squared, both = (
        fsum(one[name] for one in known) / len(known) for name in ("said", "there", "said²", "both")
    )
    spread = squared - said**2
    gain = (both - said * there) / spread if spread > 0 else 0.0
    return gain, there - gain * said


def _skill(one: Mapping[str, float], gain: float, offset: float) -> float:
    """1 - mean squared error / variance of the truth; NaN where the truth is the same everywhere."""
    variance = one["there²"] - one["there"] ** 2
    squared = gain**2 * one["said²"] + 2 * gain * offset * one["said"] + offset**2
    error = squared - 2 * (gain * one["both"] + offset * one["there"]) + one["there²"]
    return 1 - error / variance if variance > 0 else nan


def _mean(rows: Sequence[Row], values: Sequence[float]) -> float:
    """Over sessions, each counting once."""
    told = [replace(row, values={"value": value}) for row, value in zip(rows, values, strict=True)]
    return averages(told)["value"]
