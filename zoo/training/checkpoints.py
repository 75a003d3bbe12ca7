"""Checkpoints: written whole every minute, read without running code, refused where they belong to another run."""

from __future__ import annotations

import math
import pickle
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch import Callback

from zoo.errors import ZooError
from zoo.training.snapshots import ANEW, refuse_other

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lightning

NAME = "last"
INTERVAL = timedelta(minutes=1)
RUN = "unstained_run"
"""Key of a run's identity in its checkpoints."""


class AtomicIO(TorchCheckpointIO):
    """Checkpoints appear whole or not at all: written beside their place, then moved there."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any = None,  # noqa: ANN401 - Lightning's signature
    ) -> None:
        """Write and move; a kill in between leaves the old checkpoint as it was."""
        del storage_options
        path = Path(path)
        partial = path.with_suffix(".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(checkpoint, partial)
            partial.replace(path)
        except OSError as error:
            message = f"{path}: cannot write the checkpoint: {error.strerror or error}"
            raise ZooError(message, hint="choose a folder that can be written to: --workdir FOLDER") from error


class Keeper(Callback):
    """Keeps a checkpoint no older than a minute, stamped with what the run trains, on what.

    Lightning's own writes none by the clock where a module takes its steps itself.
    """

    def __init__(self, run: Mapping[str, object], path: Path) -> None:
        """``run`` holds plain values."""
        self.run, self.path = dict(run), path
        self._since = math.nan

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock."""
        del trainer, pl_module
        self._since = time.monotonic()

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,  # noqa: ANN401 - Lightning's signature
        batch: object,
        batch_idx: int,
    ) -> None:
        """Write when it is time."""
        del pl_module, outputs, batch, batch_idx
        if time.monotonic() - self._since >= INTERVAL.total_seconds():
            trainer.save_checkpoint(self.path)
            self._since = time.monotonic()

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        """Keep what was trained up to Ctrl-C."""
        del pl_module
        if isinstance(exception, KeyboardInterrupt):
            trainer.save_checkpoint(self.path)

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the stamp."""
        del trainer, pl_module
        checkpoint[RUN] = self.run


def path_in(workdir: Path) -> Path:
    """Where the checkpoint of a run is."""
    return workdir / f"{NAME}.ckpt"


def load(path: Path, run: Mapping[str, object]) -> dict[str, Any]:
    """A checkpoint of this very run; another's, or a damaged one, is an error."""
    try:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found: Mapping[str, object] = checkpoint[RUN]
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        message = f"{path}: not a checkpoint that can be resumed: {type(error).__name__}: {error}".split("\n")[0]
        raise ZooError(message, hint=ANEW) from error
    refuse_other(path, found, run)
    return checkpoint


def step_of(path: Path) -> int:
    """How many updates a checkpoint has seen."""
    return int(torch.load(path, map_location="cpu", weights_only=True)["global_step"])
