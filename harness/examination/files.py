"""Verdicts on disk: ``gates.json`` beside ``scores.parquet``, written whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from harness.gates.verdicts import Verdict, Verdicts, as_document
from harness.records import DamagedError, write_text

if TYPE_CHECKING:
    from pathlib import Path

GATES = "gates.json"
_VERDICTS = TypeAdapter(dict[str, tuple[Verdict, ...]])


def write_verdicts(out: Path, verdicts: Verdicts) -> None:
    """Write the verdicts of a run, by model; nothing where there are none, as of a run of controls alone."""
    if verdicts or (out / GATES).exists():
        write_text(out / GATES, json.dumps(as_document(verdicts), indent=1, ensure_ascii=False) + "\n")


def read_verdicts(out: Path) -> Verdicts:
    """Read the verdicts of a run; none where it was made before there were gates."""
    path = out / GATES
    try:
        return _VERDICTS.validate_json(path.read_bytes()) if path.exists() else {}
    except (OSError, ValidationError) as error:
        message = f"{path}: cannot be read as verdicts: {str(error).splitlines()[0]}"
        raise DamagedError(message, hint="run the same zoo bench again: finished jobs are not run twice") from error
