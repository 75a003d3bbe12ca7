"""The ledger of test splits: one line for every time that a model was scored on one. Lines are added, never changed.

A test split that is looked at again and again becomes a validation split. The ledger cannot prevent that; it shows it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.report import plain
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from harness.ranking import Row
    from harness.records import Run

LEDGER_SPLIT = "test"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One scoring of one model on one label of a test split."""

    time: str
    """UTC, to the second."""
    model: str
    digest: str
    dataset: str
    dataset_digest: str
    split: str
    fields: str
    limit: str
    """Empty for the whole split."""
    protocol: str
    label: str
    score: str

    @property
    def scoring(self) -> tuple[str, ...]:
        """What was scored, whenever that was."""
        return tuple(value for key, value in asdict(self).items() if key not in {"time", "score"})


NAMES = tuple(field.name for field in fields(Line))


def lines(run: Run, rows: Iterable[Row]) -> list[Line]:
    """The lines that a run adds: every model or folder of predictions that was scored on a test split."""
    if run.data.split != LEDGER_SPLIT:
        return []
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        Line(
            time=now,
            model=row.contender.id,
            digest=row.contender.digest,
            dataset=run.data.reference,
            dataset_digest=run.data.digest,
            split=run.data.split,
            fields=str(len(run.data.fields)),
            limit=plain(run.data.limit),
            protocol=run.protocol.name,
            label=row.label,
            score=plain(row.score),
        )
        for row in rows
        if row.contender.kind != "control" and row.fields
    ]


def append(path: Path, candidates: Sequence[Line], fresh: Collection[str]) -> None:
    """Add the lines of models that were scored now, and of those whose scoring was never written down.

    A run that is killed before this point has kept its records: the second rule lets no scoring slip through.
    """
    try:
        known = {line.scoring for line in read(path)}
        new = [line for line in candidates if line.model in fresh or line.scoring not in known]
        if not new:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([NAMES] if not path.exists() else [])
        writer.writerows(asdict(line).values() for line in new)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
    except OSError as error:
        message = f"{path}: cannot write the ledger of test scores: {error.strerror or error}"
        raise ZooError(message, hint="give another --ledger FILE") from error


def read(path: Path) -> list[Line]:
    """Every line of a ledger; none where there is no ledger yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for number, row in enumerate(rows, 1):
        if len(row) != len(NAMES) or (number == 1 and tuple(row) != NAMES):
            message = f"{path}, line {number}: {len(row)} columns, expected {', '.join(NAMES)}"
            raise ZooError(message, hint="mend the line by hand, or give another --ledger FILE")
    return [Line(**dict(zip(NAMES, row, strict=True))) for row in rows[1:]]
