"""Training from data set to finished network, on Lightning's loop."""

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from deep.train.history import History, save_picture
from deep.train.loaders import Collate, make_loader

if TYPE_CHECKING:
    from pytorch_lightning import Callback

    from deep.train.tasks import ClassificationTask

__all__ = ["fit"]

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


def fit(
    task: "ClassificationTask",
    data: Any,
    *,
    epochs: int,
    validation: Any = None,
    batch_size: int = 32,
    seed: int = 0,
    workers: int = 0,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    save_every: int | None = None,
    patience: int | None = None,
    keep: Literal["last", "best"] = "last",
    ema_decay: float | None = None,
    clip_gradients: float | None = None,
    precision: Precision = "32-true",
    device: str | torch.device | None = None,
    progress: bool = True,
    callbacks: "Sequence[Callback]" = (),
) -> History:
    """Train a task's network on a data set.

    Parameters
    ----------
    task : ClassificationTask
        Its network is trained in place.
    data : data set with a length, of (image, label)
        Images are uint8, (C, H, W), of any sizes, or floats as the network takes them. If it has
        `set_epoch`, it is told each epoch, as `deep.data.Augmented` wants.
    epochs : at least 1
    validation : data set of the same kind, optional
        Measured after each epoch.
    batch_size : images of a step, over all processes
    seed : int
        Of the order of images, of dropout and the like.
    workers : processes that read images
    folder : where last.ckpt, best.ckpt and curves.png are written, optional
        Must hold no run yet, unless `resume`.
    resume : bool
        Go on with the run of `folder` where its last checkpoint left it, or begin where there is none.
    save_every : steps between checkpoints within an epoch, optional
        After each epoch one is written anyway.
    patience : epochs without a lower validation loss after which to stop, optional
    keep : "last" or "best"
        Whether the network ends with its last values, or those of the lowest validation loss.
    ema_decay : 0 < decay < 1, optional
        Average the values over the steps by this factor; validated and kept is the average.
    clip_gradients : greatest norm of all gradients together, optional
    precision : "32-true", "bf16-mixed" or "16-mixed"
    device : "cpu", "cuda", "cuda:1", …; a GPU if there is one where None
    progress : bool
        Show a bar.
    callbacks : more of Lightning's callbacks

    Returns
    -------
    History

    Raises
    ------
    ValueError
        An option is out of range or lacks what it needs, `data` is empty, `folder` holds a run, or the run to resume
        was another.

    Notes
    -----
    The same seed gives the same losses on a CPU, however the run was interrupted: the order of images and the random
    numbers of a step depend on (seed, epoch, step) alone. A data set whose randomness comes from elsewhere breaks this.

    A script started by `torchrun --nproc-per-node=2` trains in two processes; each reads its share of every batch, and
    gradients are averaged. A last batch of one image (a process) is left out, since batch normalisation cannot take it.

    Examples
    --------
    >>> from deep.train.tasks import ClassificationTask
    >>> samples = [(torch.full((3, 2, 2), float(k % 2)), k % 2) for k in range(8)]
    >>> task = ClassificationTask(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2)), lr=0.1)
    >>> history = fit(task, samples, epochs=3, batch_size=4, device="cpu", progress=False)
    >>> len(history.losses), history.losses[-1] < history.losses[0]
    (6, True)
    """
    _check_data(data=data, validation=validation)
    _check_numbers(epochs=epochs, batch_size=batch_size, save_every=save_every, patience=patience, ema_decay=ema_decay)
    place = _check_needs(validation, folder, resume=resume, save_every=save_every, patience=patience, keep=keep)
    processes = _processes(batch_size, len(data))
    collate = Collate(task.preprocess)
    common: dict[str, Any] = {"batch_size": batch_size, "workers": workers, "processes": processes}
    loader = make_loader(data, collate, seed=seed, **common)
    tests = None if validation is None else make_loader(validation, collate, seed=None, **common)
    task.total_steps = epochs * len(loader)
    run = {"epochs": epochs, "batch_size": batch_size, "seed": seed, "images": len(data), "steps": len(loader)}
    last = None if place is None else _last_checkpoint(place, run, resume=resume)
    with _quiet_lightning(), torch.random.fork_rng(range(torch.cuda.device_count())):
        from deep.train.callbacks import Checkpoints, Recorder, load_values

        recorder = Recorder(seed, run)
        own = [recorder, *_usual_callbacks(patience, ema_decay, progress=progress), *callbacks]
        trainer = _trainer(
            device, processes[1], max_epochs=epochs, precision=precision, gradient_clip_val=clip_gradients,
            callbacks=own if place is None else [*own, Checkpoints(place, save_every)],
            enable_checkpointing=place is not None, enable_progress_bar=progress,
        )  # fmt: skip
        task.train()
        trainer.fit(task, loader, tests, ckpt_path=last, weights_only=True)
        if place is not None:  # of a finished run that is only read again, Lightning takes no averages
            load_values(task, place / f"{keep}.ckpt")
    losses, accuracies = recorder.validation["validation_loss"], recorder.validation["validation_accuracy"]
    history = History(tuple(recorder.losses), len(loader), tuple(losses), tuple(accuracies), place)
    if place is not None and processes[0] == 0:
        save_picture(history, place / "curves.png")
    return history


def _check_data(**sets: Any) -> None:
    for name, data in sets.items():
        if data is not None and not (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
            raise TypeError(f"{name} must be a data set with a length, got {type(data).__name__}")
        if data is not None and len(data) == 0:
            raise ValueError(f"{name} must hold at least one image, got none")


def _check_numbers(*, ema_decay: float | None, **counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    if ema_decay is not None and not 0 < ema_decay < 1:
        raise ValueError(f"ema_decay must lie between 0 and 1, got {ema_decay!r}")


def _check_needs(
    validation: Any,
    folder: str | os.PathLike[str] | None,
    *,
    resume: bool,
    save_every: int | None,
    patience: int | None,
    keep: str,
) -> Path | None:
    """Check that options have what they need; return the folder."""
    if keep not in ("last", "best"):
        raise ValueError(f"keep must be 'last' or 'best', got {keep!r}")
    needs_validation = {"patience": patience is not None, "keep='best'": keep == "best"}
    needs_folder = {"resume": resume, "save_every": save_every is not None, "keep='best'": keep == "best"}
    for name, value, users in (("validation", validation, needs_validation), ("folder", folder, needs_folder)):
        for user, is_used in users.items():
            if is_used and value is None:
                raise ValueError(f"{name} must be given for {user}, got None")
    return None if folder is None else Path(folder)


def _last_checkpoint(folder: Path, run: dict[str, int], *, resume: bool) -> Path | None:
    """Find where to go on, None at the beginning; make the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / "last.ckpt"
    if not last.exists():
        return None
    if not resume:
        raise ValueError(f"folder must hold no run yet, got {folder} with a checkpoint; resume=True goes on with it")
    before = torch.load(last, map_location="cpu", weights_only=True, mmap=True)["records"]["run"]
    for name, value in run.items():
        if before[name] != value:
            raise ValueError(f"{name} must be {before[name]} as in the run of {folder}, got {value}")
    return last


def _processes(batch_size: int, images: int) -> tuple[int, int]:
    """Tell this process's rank and how many there are: one unless `torchrun` started us."""
    if not torch.distributed.is_available() or not torch.distributed.is_torchelastic_launched():
        return 0, 1
    rank, number = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if batch_size % number:
        raise ValueError(f"batch_size must be a multiple of the {number} processes, got {batch_size}")
    if images < number:
        raise ValueError(f"data must hold an image for each of the {number} processes, got {images}")
    return rank, number


def _usual_callbacks(patience: int | None, ema_decay: float | None, *, progress: bool) -> "list[Callback]":
    from pytorch_lightning.callbacks import EarlyStopping, EMAWeightAveraging, TQDMProgressBar

    chosen: list[Callback] = []
    if progress:
        chosen.append(TQDMProgressBar(leave=True))
    if ema_decay is not None:
        chosen.append(EMAWeightAveraging(decay=ema_decay))
    if patience is not None:
        chosen.append(EarlyStopping("validation_loss", patience=patience))
    return chosen


def _trainer(device: str | torch.device | None, processes: int, **options: Any) -> Any:
    from pytorch_lightning import Trainer

    place = None if device is None else torch.device(device)
    local = int(os.environ["LOCAL_WORLD_SIZE"]) if processes > 1 else 1
    return Trainer(
        accelerator="auto" if place is None else place.type,
        devices=local if place is None or place.index is None else [place.index],
        num_nodes=processes // local, strategy="ddp" if processes > 1 else "auto", use_distributed_sampler=False,
        logger=False, enable_model_summary=False, num_sanity_val_steps=0, **options,
    )  # fmt: skip


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Hold back what Lightning tells of its surroundings, and advice that does not hold here."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for advice in (
            ".*does not have many workers",  # small images are read faster without
            ".*but have no `val_dataloader`",  # validation is the caller's choice
            ".*GPU available but not used",  # so is the device
            ".*treespec, LeafSpec.* is deprecated",  # Lightning 2.6 on torch 2.13
        ):
            warnings.filterwarnings("ignore", advice)
        try:
            for logger in loggers:
                logger.setLevel(logging.WARNING)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
