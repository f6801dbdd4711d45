"""Data sets of samples: drawn shapes, and augmentation that workers do not change."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Subset

from deep.data import Augmented, sample_rng, synthetic_shapes
from deep.data.augment import Compose, LocalWarp, Mirror, PcaColor, ResizedCrop, Rotate, ShiftColor

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than cores, on purpose


class Photos:
    """Twelve small pictures with their labels."""

    classes = ("a", "b")

    def __init__(self) -> None:
        self.images = torch.randint(
            0, 256, (12, 3, 32, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
        )
        self.labels = [i % 2 for i in range(12)]

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.images[index], self.labels[index]


def augment() -> Compose:
    return Compose(Mirror(), Rotate(20), LocalWarp(2, 16), ResizedCrop(24), ShiftColor(), PcaColor())


def images_of(loader) -> torch.Tensor:
    return torch.cat([images for images, _ in loader])


def test_workers_do_not_change_a_sample():
    data = Augmented(Photos(), augment(), seed=3)
    expected = {}
    for workers in (0, 1, 4):
        loader = DataLoader(
            data, batch_size=5, num_workers=workers, persistent_workers=workers > 0, timeout=60 * (workers > 0)
        )
        for epoch in (0, 1, 5):
            data.set_epoch(epoch)
            found = images_of(loader)
            assert torch.equal(found, expected.setdefault(epoch, found))
    assert not torch.equal(expected[0], expected[1])


def test_the_order_of_asking_does_not_matter():
    data = Augmented(Photos(), augment())
    shuffled = torch.randperm(12, generator=torch.Generator().manual_seed(1)).tolist()
    asked = {i: data[i][0] for i in shuffled}
    assert all(torch.equal(asked[i], data[i][0]) for i in range(12))
    assert torch.equal(Subset(data, [7])[0][0], data[7][0])
    assert torch.equal(data[-1][0], data[11][0])


@given(seed=st.integers(0, 2**31), epoch=st.integers(0, 1000), index=st.integers(0, 10**6))
def test_seed_epoch_and_index_each_matter(seed, epoch, index):
    first = sample_rng(seed, epoch, index).random(4).tolist()
    others = ((seed + 1, epoch, index), (seed, epoch + 1, index), (seed, epoch, index + 1))
    assert all(sample_rng(*other).random(4).tolist() != first for other in others)
    assert sample_rng(seed, epoch, index).random(4).tolist() == first


def test_names_and_labels_pass():
    data = Augmented(Photos(), augment())
    assert data.classes == ("a", "b")
    assert data.labels == Photos().labels
    assert [data[i][1] for i in range(len(data))] == data.labels


def test_a_copy_goes_on_with_the_same_samples():
    data = Augmented(Photos(), augment(), seed=2)
    data.set_epoch(4)
    for again in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert again.epoch == 4
        assert torch.equal(again[3][0], data[3][0])


def test_dicts_are_augmented_whole():
    data = Augmented(synthetic_shapes(4), Compose(ResizedCrop(64), keep=0.2))
    sample = data[2]
    assert sample["image"].shape == (3, 64, 64)
    assert len(sample["boxes"]) == len(sample["labels"]) == len(sample["masks"])


def test_images_with_a_dict_of_targets_move_with_them():
    image, target = torch.arange(6, dtype=torch.uint8).reshape(1, 2, 3), {"boxes": torch.tensor([[0.0, 0, 1, 1]])}
    moved, boxes = Augmented([(image, target)], Compose(Mirror(probability=1)))[0]
    assert moved[0, 0].tolist() == [2, 1, 0]
    assert boxes["boxes"].tolist() == [[2, 0, 3, 1]]
    assert target["boxes"].tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("index", [12, -13])
def test_an_index_out_of_range_is_refused(index):
    with pytest.raises(IndexError, match="index must be from -12 to 11"):
        Augmented(Photos(), augment())[index]


@pytest.mark.parametrize(
    "call", [lambda: Augmented(Photos(), augment(), seed=-1), lambda: Augmented([], None).set_epoch(-1)]
)
def test_negative_seeds_and_epochs_are_refused(call):
    with pytest.raises(ValueError, match="must be from 0"):
        call()


@given(seed=st.integers(0, 2**31), size=st.tuples(st.integers(24, 160), st.integers(24, 160)))
def test_what_is_said_of_shapes_is_true(seed, size):
    sample = synthetic_shapes(1, size=size, rng=seed)[0]
    masks, count = sample["masks"], len(sample["labels"])
    assert sample["image"].shape == (3, *size)
    assert masks.shape == (count, *size)
    assert 1 <= count <= 4
    assert (masks.sum(0) <= 1).all()
    for mask, box in zip(masks, sample["boxes"].int().tolist(), strict=True):
        rows, columns = torch.nonzero(mask, as_tuple=True)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == box


def test_shapes_are_the_same_each_time():
    shapes = synthetic_shapes(6, rng=1)
    assert torch.equal(shapes[4]["image"], synthetic_shapes(6, rng=1)[-2]["image"])
    assert torch.equal(shapes[1:5][3]["image"], shapes[4]["image"])
    assert not torch.equal(shapes[4]["image"], synthetic_shapes(6, rng=2)[4]["image"])
    assert len(synthetic_shapes(6, rng=np.random.default_rng(1))[2:]) == 4
    assert {int(label) for sample in synthetic_shapes(20) for label in sample["labels"]} == {0, 1, 2}
    with pytest.raises(IndexError):
        shapes[6]


def test_shapes_can_be_told_from_the_ground():
    for sample in synthetic_shapes(10):
        image, masks = sample["image"].float(), sample["masks"]
        for mask in masks:
            ring = torch.nn.functional.max_pool2d(mask[None].float(), 7, 1, 3)[0].bool() & ~masks.any(0)
            assert (image[:, mask].mean(1) - image[:, ring].mean(1)).norm() > 50


@pytest.mark.parametrize("call", [lambda: synthetic_shapes(-1), lambda: synthetic_shapes(1, size=(8, 128))])
def test_bad_counts_and_sizes_are_refused(call):
    with pytest.raises(ValueError, match="must be from"):
        call()
