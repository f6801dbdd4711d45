"""A data set whose samples are augmented, the same for every number of workers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from imgproc._checks import check_integer

__all__ = ["Augmented", "sample_rng"]


def sample_rng(seed: int, epoch: int, index: int) -> np.random.Generator:
    """Make the generator of one sample in one epoch.

    Parameters
    ----------
    seed, epoch, index : int, >= 0

    Returns
    -------
    numpy.random.Generator
        Independent for any two triples.

    Examples
    --------
    >>> sample_rng(0, 1, 2).random() == sample_rng(0, 1, 2).random() != sample_rng(0, 2, 1).random()
    True
    """
    return np.random.default_rng((seed, epoch, index))


class Augmented(Dataset[Any]):
    """A data set seen through an augmentation, another one in each epoch.

    Parameters
    ----------
    dataset : data set with a length
        Gives images, dicts as `Compose` takes them, (image, dict) as torchvision's detectors do, or other tuples that
        begin with an image, whose rest passes.
    augment : Compose, or a function of a sample and a numpy.random.Generator
    seed : int, >= 0

    Raises
    ------
    TypeError, ValueError
        `seed` is no integer or negative.

    Notes
    -----
    What is drawn for a sample depends on (seed, epoch, index) alone: not on workers, their order, or what was drawn
    before. The epoch lies in shared memory, so that `set_epoch` reaches workers that persist.

    Examples
    --------
    >>> from deep.data.augment import Compose, Mirror
    >>> data = Augmented([(np.array([[1, 2, 3]], np.uint8), 7)], Compose(Mirror(probability=1)))
    >>> image, label = data[0]
    >>> image.tolist(), label
    ([[3, 2, 1]], 7)
    """

    def __init__(self, dataset: Any, augment: Any, *, seed: int = 0) -> None:
        self.dataset = dataset
        self.augment = augment
        self.seed = check_integer(seed, "seed", at_least=0)
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]

    @property
    def epoch(self) -> int:
        """The epoch that samples are drawn for."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, in all workers; call it before the loader is iterated over."""
        self._epoch.fill_(check_integer(epoch, "epoch", at_least=0))

    @property
    def classes(self) -> Any:
        """The names of the classes, where the data set has them."""
        return self.dataset.classes

    @property
    def labels(self) -> Any:
        """The label of every sample, where the data set has them."""
        return self.dataset.labels

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"index must be from {-count} to {count - 1}, got {index}")
        place = int(index) % count
        sample, rng = self.dataset[place], sample_rng(self.seed, self.epoch, place)
        if not isinstance(sample, tuple | list):
            return self.augment(sample, rng)
        image, *rest = sample
        if len(rest) == 1 and isinstance(rest[0], Mapping):
            moved = dict(self.augment({**rest[0], "image": image}, rng))
            return moved.pop("image"), moved
        return (self.augment(image, rng), *rest)
