"""Data sets and what is done to their samples: readers, synthetic shapes, augmentation."""

from deep.data import augment
from deep.data.augmented import Augmented, sample_rng
from deep.data.folder import ImageFolder, Skipped
from deep.data.idx import IdxImages, read_idx
from deep.data.shapes import SyntheticShapes, synthetic_shapes

__all__ = [
    "Augmented",
    "IdxImages",
    "ImageFolder",
    "Skipped",
    "SyntheticShapes",
    "augment",
    "read_idx",
    "sample_rng",
    "synthetic_shapes",
]
