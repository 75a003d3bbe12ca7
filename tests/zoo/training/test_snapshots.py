"""Checkpoints without pickles: whole or not at all, and those of one run."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.training import snapshots

RUN = {"architecture": "tiny", "seed": 0}


def saved(folder: Path) -> Path:
    path = snapshots.path_in(folder)
    snapshots.write(path, RUN, {"step": 3, "loss": math.nan, "curve": [[0.5, 1.0, 0.25]]}, {"weights": np.ones(2, "f")})
    return path


def test_a_checkpoint_is_read_back(tmp_path: Path) -> None:
    path = saved(tmp_path / "new" / "folder")
    state, tensors = snapshots.read(path, RUN)
    assert (state["step"], state["curve"]) == (3, [[0.5, 1.0, 0.25]])
    assert math.isnan(state["loss"])
    assert tensors["weights"].tolist() == [1, 1]
    assert [p.name for p in path.parent.iterdir()] == ["last.safetensors"]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with pytest.raises(ZooError) as error:
        snapshots.read(path, {**RUN, "seed": 1})
    assert str(error.value) == (
        f"{path}: checkpoint of another run: seed is 0, expected 1\n"
        "  hint: start anew with --fresh, or name another folder with --workdir"
    )


@pytest.mark.parametrize("length", [0, 5, 100])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, length: int) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ZooError) as error:
        snapshots.read(path, RUN)
    assert error.value.message.startswith(f"{path}: not a checkpoint that can be resumed: ")
    assert error.value.hint == "start anew with --fresh, or name another folder with --workdir"


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError) as error:
        saved(tmp_path / "file")
    assert error.value.message == f"{tmp_path / 'file' / 'last.safetensors'}: cannot write the checkpoint: File exists"
    assert error.value.hint == "choose a folder that can be written to: --workdir FOLDER"
