"""One run of the loop: Lightning's trainer, set up to be quiet, resumable and quick."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import lightning
import torch

from zoo.errors import ZooError
from zoo.training import checkpoints
from zoo.training.loop import Fit, NotFiniteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zoo.training.plans import Device
    from zoo.training.watch import History, Watch
    from zoo.types import Recipe


def run(
    fit: Fit, watch: Watch, workdir: Path, identity: Mapping[str, object], *, resume: bool, device: Device = "auto"
) -> History:
    """Train within the budget of ``watch``; goes on from the checkpoint in ``workdir`` unless told to start anew.

    The history's ``best`` are the weights to keep. A loss that is not finite ends the run with an error that names
    the last checkpoint.
    """
    path = checkpoints.path_in(workdir)
    earlier = checkpoints.load(path, identity) if resume and path.exists() else None
    if earlier is not None:
        watch.load_state_dict(earlier["callbacks"][watch.state_key])
        if watch.spent >= 1:
            return watch.history
    callbacks = [watch, checkpoints.Keeper(identity, path)]  # in this order: a checkpoint holds what was watched
    with _quiet():
        trainer = _trainer(fit.recipe, workdir, callbacks, device)
        try:
            trainer.fit(fit, ckpt_path=path if earlier is not None else None, weights_only=True)
        except NotFiniteError as error:
            raise _diverged(error, path, watch) from error
        except SystemExit as stop:  # Lightning turns Ctrl-C into an exit
            raise KeyboardInterrupt from stop
        trainer.save_checkpoint(path)
    return watch.history


def on_gpu(device: Device) -> bool:
    """Whether a run takes a CUDA GPU; it is an error to ask for one where there is none."""
    if device == "cuda" and not torch.cuda.is_available():
        raise ZooError(
            f"--device cuda: PyTorch {torch.__version__} finds no CUDA GPU here",
            hint="train on the processor, --device cpu, or install a PyTorch for CUDA: https://pytorch.org",
        )
    return device != "cpu" and torch.cuda.is_available()


def precision(recipe: Recipe, device: Device = "auto") -> str:
    """Lightning's name of the precision: mixed bfloat16 where the recipe asks for it and the processor computes it."""
    if recipe.precision == "float32":
        return "32-true"
    if on_gpu(device):
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    able = torch.cpu.get_capabilities()
    return "bf16-mixed" if able.get("avx512_bf16") or able.get("amx_bf16") else "32-true"


def _trainer(recipe: Recipe, workdir: Path, callbacks: list[lightning.Callback], device: Device) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator=device,
        devices=1,
        precision=precision(recipe, device),  # type: ignore[arg-type] # a literal type that Lightning does not export
        max_steps=recipe.steps,
        max_epochs=-1,
        callbacks=callbacks,
        plugins=[checkpoints.AtomicIO()],
        default_root_dir=workdir,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )


def _diverged(error: NotFiniteError, path: Path, watch: Watch) -> ZooError:
    if not path.exists():
        return ZooError(error.message, hint="train again with a lower --learning-rate")
    step = checkpoints.step_of(path)
    return ZooError(
        f"{error.message}; the last good checkpoint is kept: {path} (step {step})",
        hint=f"go on from it with a lower --learning-rate, e.g. {watch.recipe.learning_rate / 3:.1g}",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning tells of devices, workers and tips; ``zoo train`` has its own words."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning(\..*)?")
        try:
            yield
        finally:
            logger.setLevel(level)
