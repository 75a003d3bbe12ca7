"""Checkpoints appear whole, hold no code, and belong to one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from zoo.errors import ZooError
from zoo.training.checkpoints import RUN, AtomicIO, load, path_in, step_of

IDENTITY = {"architecture": "tiny", "seed": 0}


def saved(folder: Path, **contents: object) -> Path:
    path = path_in(folder)
    AtomicIO().save_checkpoint({RUN: IDENTITY, "global_step": 3, **contents}, path)
    return path


def test_a_checkpoint_is_read_back(tmp_path: Path) -> None:
    path = saved(tmp_path / "new" / "folder", weights=torch.ones(2))
    assert load(path, IDENTITY)["weights"].tolist() == [1, 1]
    assert step_of(path) == 3
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]


def test_a_write_that_fails_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with pytest.raises(Exception, match="pickle"):
        saved(tmp_path, broken=lambda: None)
    assert load(path, IDENTITY)["global_step"] == 3


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with pytest.raises(ZooError) as error:
        load(path, {"architecture": "tiny", "seed": 1})
    assert str(error.value) == (
        f"{path}: checkpoint of another run: seed is 0, expected 1\n"
        "  hint: start anew with --fresh, or name another folder with --workdir"
    )


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, weights=torch.ones(1000))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ZooError) as error:
        load(path, IDENTITY)
    assert error.value.message.startswith(f"{path}: not a checkpoint that can be resumed: ")
    assert error.value.hint == "start anew with --fresh, or name another folder with --workdir"


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("evil-was-here",))


def test_reading_runs_no_code(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    torch.save({RUN: IDENTITY, "evil": Evil()}, path)
    with pytest.raises(ZooError, match="not a checkpoint that can be resumed"):
        load(path, IDENTITY)
    assert not Path("evil-was-here").exists()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError) as error:
        saved(tmp_path / "file")
    assert error.value.message == f"{tmp_path / 'file' / 'last.ckpt'}: cannot write the checkpoint: File exists"
    assert error.value.hint == "choose a folder that can be written to: --workdir FOLDER"
