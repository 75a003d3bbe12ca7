"""Costs on disk: ``cost.json`` beside ``scores.parquet``, and of each model in ``records/`` once it is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from harness.cost.figures import Cost, Costs
from harness.records import JOBS, DamagedError, write_text

if TYPE_CHECKING:
    from pathlib import Path

COST = "cost.json"
_COST = TypeAdapter(Cost)
_COSTS = TypeAdapter(dict[str, Cost])


def write_costs(out: Path, costs: Costs) -> None:
    """Write the costs of a run; nothing where there are none, as of a run of controls alone."""
    if costs or (out / COST).exists():
        document = {name: asdict(cost) for name, cost in costs.items()}
        write_text(out / COST, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read_costs(out: Path) -> Costs:
    """Read the costs of a run; none where nothing was timed."""
    path = out / COST
    try:
        return _COSTS.validate_json(path.read_bytes()) if path.exists() else {}
    except (OSError, ValidationError) as error:
        message = f"{path}: cannot be read as costs: {str(error).splitlines()[0]}"
        raise DamagedError(message, hint="delete it and run the same zoo bench again: nothing else is lost") from error


def keep(out: Path, cost: Cost) -> None:
    """Write what one model costs, so that a run that is killed, or repeated, does not time it again."""
    write_text(_place(out, cost.key), json.dumps(asdict(cost), ensure_ascii=False) + "\n")


def kept(out: Path, key: str) -> Cost | None:
    """What was found out before; None if nothing was, or nothing that can be read."""
    path = _place(out, key)
    try:
        return _COST.validate_json(path.read_bytes()) if path.exists() else None
    except (OSError, ValidationError):
        return None


def _place(out: Path, key: str) -> Path:
    return out / JOBS / f"cost-{key}.json"
