"""Checkpoints without pickles: tensors by name and plain values, written whole, read without running code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

KEY = "unstained_run"
"""Our entry in the metadata of the file."""
ANEW = "start anew with --fresh, or name another folder with --workdir"


def path_in(workdir: Path) -> Path:
    """Where the checkpoint of a run is."""
    return workdir / "last.safetensors"


def write(
    path: Path,
    run: Mapping[str, object],
    state: Mapping[str, object],
    tensors: Mapping[str, npt.NDArray[np.generic]],
) -> None:
    """Write beside the place and move there: a kill in between leaves the old checkpoint as it was.

    ``run`` says whose checkpoint it is, ``state`` holds plain values.
    """
    document = json.dumps({"run": run, "state": state})
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(save({name: np.asarray(t, order="C") for name, t in tensors.items()}, {KEY: document}))
        partial.replace(path)
    except OSError as error:
        message = f"{path}: cannot write the checkpoint: {error.strerror or error}"
        raise ZooError(message, hint="choose a folder that can be written to: --workdir FOLDER") from error


def read(path: Path, run: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.generic]]]:
    """State and tensors of a checkpoint of this very run; another's, or a damaged one, is an error."""
    try:
        with safe_open(path, framework="numpy") as opened:
            document = json.loads(opened.metadata()[KEY])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        message = f"{path}: not a checkpoint that can be resumed: {type(error).__name__}: {error}".split("\n")[0]
        raise ZooError(message, hint=ANEW) from error
    refuse_other(path, document["run"], run)
    return document["state"], tensors


def refuse_other(path: Path, found: Mapping[str, object], run: Mapping[str, object]) -> None:
    """Refuse the checkpoint of another run."""
    for key, expected in run.items():
        if found.get(key) != expected:
            raise ZooError(
                f"{path}: checkpoint of another run: {key} is {found.get(key)!r}, expected {expected!r}", hint=ANEW
            )
