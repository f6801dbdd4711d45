"""What happens around the steps of Lightning's loop: random numbers, records, checkpoints."""

import os
import zlib
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint, EarlyStopping

__all__ = ["Checkpoints", "Recorder", "load_values"]


class Recorder(Callback):
    """Seed every step by itself, and keep what was measured; both go on after a resume as if nothing had happened.

    Parameters
    ----------
    seed : int
    run : numbers that a resumed run must share with its first part
    """

    def __init__(self, seed: int, run: dict[str, int]) -> None:
        self.seed, self.run = seed, run
        self.losses: list[float] = []
        self.validation: dict[str, list[float]] = {"validation_loss": [], "validation_accuracy": []}
        self._recent: list[torch.Tensor] = []

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Start dropout and the like from (seed, step, process), so that no state of a generator need be kept."""
        # 32 bits are all that the generator takes
        seed = zlib.crc32(f"{self.seed} {trainer.global_step} {trainer.global_rank}".encode())
        torch.default_generator.manual_seed(seed)  # torch.manual_seed takes a millisecond, and memory where CUDA sleeps
        if pl_module.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss where it lies: to read it would wait for the device."""
        self._recent.append(outputs["loss"].detach())

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the epoch."""
        self._read(trainer)
        for name, values in self.validation.items():
            if name in trainer.callback_metrics:
                values.append(float(trainer.callback_metrics[name]))

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add the records to a checkpoint."""
        self._read(trainer)
        checkpoint["records"] = {"run": self.run, "losses": self.losses, "validation": self.validation}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Take the records up again."""
        self.losses = list(checkpoint["records"]["losses"])
        self.validation = {name: list(values) for name, values in checkpoint["records"]["validation"].items()}

    def _read(self, trainer: Trainer) -> None:
        """Fetch the recent losses, as means over the processes."""
        if self._recent:
            means: Any = trainer.strategy.reduce(torch.stack(self._recent), reduce_op="mean")
            self.losses += means.tolist()
            self._recent = []


class Checkpoints(Checkpoint):
    """Write last.ckpt after each epoch, within epochs if asked, and best.ckpt; each whole or not at all.

    Parameters
    ----------
    folder : existing folder
    every_steps : steps between writings within an epoch, or None
    """

    def __init__(self, folder: Path, every_steps: int | None) -> None:
        self.folder, self.every_steps = folder, every_steps
        self.best = float("inf")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stay stopped where the run had been stopped early."""
        for stop in trainer.early_stopping_callbacks:
            if isinstance(stop, EarlyStopping) and stop.wait_count >= stop.patience:
                trainer.should_stop = True

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Write within an epoch; its last step is followed by the epoch's own checkpoint, after the validation."""
        if self.every_steps is not None and trainer.global_step % self.every_steps == 0 and not trainer.is_last_batch:
            self._write(trainer, "last.ckpt")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write after an epoch; the best first, so that no last checkpoint knows of a better one than there is."""
        found = trainer.callback_metrics.get("validation_loss")
        if found is not None and float(found) < self.best:
            self.best = float(found)
            self._write(trainer, "best.ckpt")
        self._write(trainer, "last.ckpt")

    def state_dict(self) -> dict[str, Any]:
        """Tell the lowest validation loss so far."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it up again."""
        self.best = state_dict["best"]

    def _write(self, trainer: Trainer, name: str) -> None:
        # a kill leaves the old file, and at most a part beside it
        part = self.folder / f"{name}.part"
        trainer.save_checkpoint(part)
        if trainer.is_global_zero:
            os.replace(part, self.folder / name)
        trainer.strategy.barrier()


def load_values(task: LightningModule, path: Path) -> None:
    """Give a task the values of a checkpoint: the averages where there are any."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    task.load_state_dict(checkpoint["state_dict"])
