"""Regions, superpixels and proposals."""

from typing import Any

import numpy as np
import skimage.segmentation

from benchmarks.case import Case, Peer
from imgproc import segmentation


def _gray(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float64) if image.ndim == 2 else image.mean(axis=-1, dtype=np.float64)


def _left_inside(labels: np.ndarray, gray: np.ndarray) -> float:
    """Return the share of the variance that lies inside regions, not between them: less is better."""
    flat = labels.reshape(-1).astype(np.int64)
    means = np.bincount(flat, gray.reshape(-1)) / np.maximum(np.bincount(flat), 1)
    return float(((gray.reshape(-1) - means[flat]) ** 2).mean() / gray.var())


def _count_regions(image: np.ndarray) -> int:
    """Return about as many superpixels for any size: cells of 16 × 16 pixels."""
    return max(1, image.size // (256 * (image.shape[2] if image.ndim == 3 else 1)))


def _channels(image: np.ndarray) -> int | None:
    return -1 if image.ndim == 3 else None


_FELZENSZWALB = Case(
    "felzenszwalb, k = 100",
    "the paper's k on 0-255, sigma 0.8, at least 20 pixels; the error is the share of the variance left inside",
    lambda image: segmentation.felzenszwalb(image, 100.0),
    _gray,
    (
        Peer(
            "scikit-image",
            lambda image: skimage.segmentation.felzenszwalb(image, 100, 0.8, 20, channel_axis=_channels(image)),
            differs="ties and smoothing rounded otherwise",
        ),
    ),
    error=_left_inside,
    with_memory=True,
    with_growth=True,
)


def _slic_by_skimage(image: np.ndarray) -> Any:
    return skimage.segmentation.slic(
        image, _count_regions(image), compactness=10, start_label=0, channel_axis=_channels(image)
    )


_SLIC = Case(
    "slic, cells of 16²",
    "10 iterations, compactness 10; the error is the share of the variance left inside",
    lambda image: segmentation.slic(image, _count_regions(image)),
    _gray,
    (Peer("scikit-image", _slic_by_skimage, layouts=("rgb",), differs="a fifth fewer superpixels"),),
    error=_left_inside,
    with_memory=True,
    with_growth=True,
)

_ADJACENCY = Case(
    "region_adjacency, superpixels",
    "pairs of 4-connected neighbours among superpixels of 16²",
    segmentation.region_adjacency,
    None,
    (),
    operands=lambda image: (segmentation.slic(image, _count_regions(image)),),
    dtypes=("uint8",),
    layouts=("rgb",),
    with_memory=True,
)

_SELECTIVE_SEARCH = Case(
    "selective_search, default",
    "two scales in HSV and Lab, two similarities each",
    segmentation.selective_search,
    None,
    (),
    dtypes=("uint8",),
    layouts=("rgb",),
)

CASES = (_FELZENSZWALB, _SLIC, _ADJACENCY, _SELECTIVE_SEARCH)
