"""Batches in an order that depends on seed and epoch alone, and a place in it that a checkpoint can hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler, default_collate

from deep.inference.prepare import lay_out
from deep.preprocess import Preprocess
from imgproc.arrays import to_torch

__all__ = ["Collate", "EpochSampler", "ResumableLoader", "make_loader"]


@dataclass(frozen=True)
class Collate:
    """Make a batch of samples (image, label); uint8 images of any size get that of `preprocess`."""

    preprocess: Preprocess | None

    def __call__(self, samples: list[tuple[Any, int]]) -> tuple[Tensor, Tensor]:
        images = torch.stack([self._laid_out(image) for image, _ in samples])
        return images, default_collate([label for _, label in samples])

    def _laid_out(self, image: Any) -> Tensor:
        tensor = image if isinstance(image, Tensor) else to_torch(image)
        if self.preprocess is None or tensor.dtype != torch.uint8:
            return tensor
        channels = len(self.preprocess.mean)
        if tuple(tensor.shape) == (channels, *self.preprocess.height_width):
            return tensor
        batch = tensor[None] if tensor.ndim == 3 else tensor[None, None]
        return lay_out(batch, self.preprocess)[0]


class EpochSampler(DistributedSampler[Any]):
    """Shuffle by (seed, epoch), share among the processes, tell the data set its epoch.

    Global batches are the same for any number of processes; images at the end that cannot be shared evenly wait for
    another epoch.
    """

    def __init__(self, data: Dataset[Any], *, rank: int, processes: int, seed: int) -> None:
        super().__init__(data, processes, rank, shuffle=True, seed=seed, drop_last=True)
        self.skip = 0

    def __iter__(self) -> Iterator[int]:
        order = list(super().__iter__())
        return iter(order[self.skip :])

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the order and of the data set's augmentation."""
        super().set_epoch(epoch)
        if hasattr(self.dataset, "set_epoch"):
            self.dataset.set_epoch(epoch)


class ResumableLoader(DataLoader[Any]):
    """A loader whose state is how many batches of the epoch it has given; Lightning keeps it in its checkpoints."""

    given = 0
    start = 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # a generator: workers begin at the first batch, when Lightning has told the sampler its epoch
        sampler, size = self.sampler, self.batch_size
        assert isinstance(sampler, EpochSampler)
        assert size is not None
        self.given, self.start = self.start, 0
        sampler.skip = self.given * size
        for batch in super().__iter__():
            self.given += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Tell how many batches of this epoch are done; none where all are."""
        return {"given": self.given % len(self)}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Begin the next epoch behind the batches that are done."""
        self.start = state["given"]


def make_loader(
    data: Any, collate: Collate, *, batch_size: int, workers: int, processes: tuple[int, int], seed: int | None
) -> DataLoader[Any]:
    """Build the loader of this process, `processes` being (rank, number); shuffled where there is a seed."""
    rank, number = processes
    common: dict[str, Any] = {
        "batch_size": batch_size // number,
        "num_workers": workers,  # new ones for each epoch, so that all know it
        "collate_fn": collate,
        "pin_memory": torch.cuda.is_available(),
        "generator": torch.Generator().manual_seed(seed or 0),  # else every epoch draws from the global one
    }
    if seed is None:
        sampler: Any = DistributedSampler(data, number, rank, shuffle=False) if number > 1 else None
        return DataLoader(data, sampler=sampler, **common)
    epoch_sampler = EpochSampler(data, rank=rank, processes=number, seed=seed)
    # batch normalisation cannot take a last batch of one image
    is_alone = len(epoch_sampler) % common["batch_size"] == 1 and len(epoch_sampler) > 1
    return ResumableLoader(data, sampler=epoch_sampler, drop_last=is_alone, **common)
