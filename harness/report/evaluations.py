"""What a board says of one package, in the words of the format for ``config.bioimageio.evaluations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.gates.badges import of_label
from harness.report.cells import short
from harness.report.documents import repeat
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.ranking import Board, Row
    from harness.records import Contender

OWN = "unstained"
"""Our own part of an evaluation: what the format has no words for."""
ABBREVIATED = 16
"""Letters of the short name of a metric or factor, at most."""
ROLES: Mapping[str, str] = {"test": "test", "val": "validation", "train": "train"}
"""Names of splits in the words of the format."""


def evaluation(made: Board, digest: str, source: str) -> dict[str, Any]:
    """What a board says of the package with that digest; ``source`` is where its dataset is to be had.

    Raises ``ZooError`` if the board knows no such package, says nothing of it, or was made on a part of a split.
    """
    run = made.run
    contender = next((one for one in run.contenders if one.digest == digest and one.kind == "model"), None)
    if contender is None:
        known = ", ".join(f"{one.id} ({one.digest[:12]})" for one in run.contenders if one.kind == "model") or "none"
        message = f"the board on {run.data.reference}, split {run.data.split}, does not know the package {digest[:12]}"
        raise ZooError(f"{message}; models on it: {known}", hint="judge it first: zoo bench --model PACKAGE")
    if run.stamp:
        message = f"the board on {run.data.reference}, split {run.data.split}, is {run.stamp}: {run.data.limit} fields"
        raise ZooError(message, hint="judge the whole split: zoo bench without --limit")
    rows = [row for row in made.rows if row.contender == contender and row.status != "not-applicable"]
    if not rows:
        raise ZooError(f"{contender.id} is not applicable to {run.data.reference}: there is nothing to write")
    return {
        "dataset_id": run.data.reference.lower(),
        "dataset_source": source,
        "dataset_role": _role(made, contender),
        "sample_count": max(row.fields for row in rows),
        **_results(made, rows),
        "results_summary": _summary(made, rows),
        OWN: _own(made, contender, rows),
    }


def joined(before: Iterable[Mapping[str, Any]], new: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Evaluations with a new one, in the place of what an earlier board on the same split said."""
    kept = list(before)
    same = [index for index, one in enumerate(kept) if _place(one) == _place(new)]
    if not same:
        return [*kept, new]
    kept[same[0]] = new
    return [one for index, one in enumerate(kept) if index not in same[1:]]


def _place(told: Mapping[str, Any]) -> object:
    own = told.get(OWN)
    return (told["dataset_id"], own["split"]) if isinstance(own, dict) and "split" in own else id(told)


def _role(made: Board, contender: Contender) -> str:
    marks = contender.marks
    if "seen" in marks:
        return "train"
    if "transfer" in marks:
        return "independent"
    return "unknown" if "training unknown" in marks else ROLES.get(made.run.data.split, "unknown")


def _results(made: Board, rows: Sequence[Row]) -> dict[str, Any]:
    """Metrics by labels: the one that ranks first, and none of which there is no value."""
    run = made.run
    ranks = sorted(run.columns, key=lambda column: column.id != run.protocol.primary)
    shown = [column for column in ranks if any(row.values[column.id] is not None for row in rows)]
    return {
        "evaluation_factors": _short([row.label for row in rows]),
        "evaluation_factors_long": [f"label {row.label}, {row.fields} fields, {row.failed} failed" for row in rows],
        "metrics": _short([column.id for column in shown]),
        "metrics_long": [f"{column.id}, version {column.version}: {column.title}" for column in shown],
        "results": [["" if row.values[one.id] is None else row.values[one.id] for row in rows] for one in shown],
    }


def _short(names: Sequence[str]) -> list[str]:
    """Names of at most 16 letters, each still its own.

    >>> _short(["r", "a-metric-with-a-long-name", "a-metric-with-a-longer-name"])
    ['r', 'a-metric-with-a-', 'a-metric-with-~2']
    """
    found: list[str] = []
    for name in names:
        cut, count = name[:ABBREVIATED], 1
        while cut in found:
            count += 1
            cut = f"{name[: ABBREVIATED - 1 - len(str(count))]}~{count}"
        found.append(cut)
    return found


def _summary(made: Board, rows: Sequence[Row]) -> str:
    """The score of each label beside the best that a trivial control reaches, in one line."""
    primary = made.run.protocol.primary
    told = [
        f"{row.label} {short(row.score)}{'' if row.above_floor in (True, None) else ' (not above every floor)'}"
        for row in rows
    ]
    return f"{primary}: {', '.join(told)}."


def _own(made: Board, contender: Contender, rows: Sequence[Row]) -> dict[str, Any]:
    run, said = made.run, made.verdicts.get(contender.id, ())
    return {
        "dataset": {"reference": run.data.reference, "version": run.data.version, "digest": run.data.digest},
        "split": run.data.split,
        "suite": run.suite,
        "protocol": run.protocol.name,
        "package": contender.digest,
        "format": contender.format,
        "command": repeat(run, contender.id),
        "scaled": {row.label: row.scaled for row in rows if row.scaled is not None},
        "above_floor": {row.label: row.above_floor for row in rows if row.above_floor is not None},
        "gates": {row.label: {name: one.badge for name, one in of_label(said, row.label).items()} for row in rows},
    }
