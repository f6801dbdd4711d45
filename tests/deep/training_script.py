"""A small training as a process of its own: test_train_processes.py kills it, resumes it, and runs it by torchrun."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import Callback
from torch import Tensor, nn

from deep.data import Augmented
from deep.train import History, fit
from deep.train.tasks import ClassificationTask


def stripes(count: int) -> list[tuple[Tensor, int]]:
    """Draw images of two classes: stripes that lie, and stripes that stand."""
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 120, (count, 3, 12, 12), generator=rng, dtype=torch.uint8)
    images[::2, :, ::3] += 100
    images[1::2, :, :, ::3] += 100
    return [(image.float() / 255, index % 2) for index, image in enumerate(images)]


def shift(image: Tensor, rng: np.random.Generator) -> Tensor:
    """Move an image by whole pixels at random."""
    return image.roll(tuple(int(step) for step in rng.integers(0, 12, 2)), (1, 2))


class Slow(Callback):
    """Give time to be killed in."""

    def on_train_batch_start(self, *_: object) -> None:
        """Wait a little."""
        time.sleep(0.1)


def network(*, is_exact: bool) -> nn.Module:
    """Build a network; an exact one is the same on parts of a batch: nothing drops, no batch is normalised."""
    torch.manual_seed(0)
    random = () if is_exact else (nn.BatchNorm2d(8), nn.Dropout(0.3))
    end = (nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 2))
    return nn.Sequential(nn.Conv2d(3, 8, 3), *random, *end)


def train(folder: Path | None, *, is_exact: bool, is_slow: bool = False) -> tuple[History, nn.Module]:
    """Run, or go on."""
    torch.set_num_threads(1)
    model = network(is_exact=is_exact)
    history = fit(
        ClassificationTask(model, lr=0.01), Augmented(stripes(52), shift), epochs=4, batch_size=8, device="cpu",
        validation=stripes(16), folder=folder, resume=folder is not None, save_every=None if folder is None else 2,
        progress=False, callbacks=[Slow()] if is_slow else [],
    )  # fmt: skip
    return history, model


def main() -> None:
    """Train as the arguments say, and write what came of it."""
    result, *words = sys.argv[1:]
    folder = Path(result).parent / "run" if "kept" in words else None
    history, model = train(folder, is_exact="exact" in words, is_slow="slow" in words)
    weights = [value.tolist() for value in model.state_dict().values()]
    part = Path(f"{result}.{os.getpid()}")  # torchrun's processes write the same
    part.write_text(json.dumps([history.losses, history.validation_losses, weights]))
    part.replace(result)


if __name__ == "__main__":
    main()
