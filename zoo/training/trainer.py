"""One run of the loop: Lightning's trainer, set up to be quiet, resumable and quick."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import lightning
import torch

from zoo.errors import ZooError
from zoo.training import checkpoints
from zoo.training.watch import NotFiniteError, diverged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zoo.training.loop import Fit
    from zoo.training.plans import Device
    from zoo.training.watch import History, Watch
    from zoo.types import Recipe


class Watching(lightning.Callback):
    """Tells a watch what happens in Lightning's loop, and does as it says."""

    def __init__(self, watch: Watch) -> None:
        """One for one run."""
        self.watch = watch
        self._random: torch.Tensor | None = None

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock, and take up the random numbers where an earlier part of the run left them."""
        del trainer, pl_module
        if self._random is not None:
            torch.set_rng_state(self._random)
        self.watch.start()

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: object, batch_idx: int
    ) -> None:
        """Set the learning rates of the coming step."""
        del pl_module, batch, batch_idx
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * self.watch.rate

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Fit,  # type: ignore[override] # ours is the only module that is ever trained here
        outputs: Any,  # noqa: ANN401 - Lightning's signature
        batch: object,
        batch_idx: int,
    ) -> None:
        """Count the step, and stop at the end of the budget."""
        del batch, batch_idx
        net = pl_module.kept

        def weights() -> dict[str, torch.Tensor]:
            return {name: tensor.detach().cpu().clone() for name, tensor in net.state_dict().items()}

        trainer.should_stop = self.watch.after(trainer.global_step, float(outputs["loss"]), net, weights)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of the run."""
        return {**self.watch.state(), "random": torch.get_rng_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the run of a checkpoint; Lightning asks for it a second time, which changes nothing."""
        known = dict(state_dict)
        self._random = known.pop("random")
        self.watch.take_up(known)


def run(
    fit: Fit, watch: Watch, workdir: Path, identity: Mapping[str, object], *, resume: bool, device: Device = "auto"
) -> History:
    """Train within the budget of ``watch``; goes on from the checkpoint in ``workdir`` unless told to start anew.

    The history's ``best`` are the weights to keep. A loss that is not finite ends the run with an error that names
    the last checkpoint.
    """
    path, watching = checkpoints.path_in(workdir), Watching(watch)
    earlier = checkpoints.load(path, identity) if resume and path.exists() else None
    if earlier is not None:
        watching.load_state_dict(earlier["callbacks"][watching.state_key])
        if watch.spent >= 1:
            return watch.history
    callbacks = [watching, checkpoints.Keeper(identity, path)]  # in this order: a checkpoint holds what was watched
    with _quiet():
        trainer = _trainer(fit.recipe, workdir, callbacks, device)
        try:
            trainer.fit(fit, ckpt_path=path if earlier is not None else None, weights_only=True)
        except NotFiniteError as error:
            step = checkpoints.step_of(path) if path.exists() else None
            raise diverged(error, path, step, fit.recipe) from error
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
