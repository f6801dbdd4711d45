"""Clusters of the colours of a photo."""

from typing import Any

import cv2
import numpy as np

from benchmarks.case import Case, Peer
from imgproc import segmentation

_LARGEST_SIDE = 512
"""Of the photo; every fourth pixel of a larger one will do, or the run takes minutes."""

_CRITERIA = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)


def _by_sklearn(k: int) -> Any:
    def cluster(pixels: np.ndarray) -> float:
        from sklearn.cluster import KMeans

        return float(KMeans(k, n_init=1, random_state=0).fit(pixels).inertia_)

    return cluster


def _by_opencv(k: int) -> Any:
    def cluster(pixels: np.ndarray) -> float:
        cv2.setRNGSeed(0)
        return float(cv2.kmeans(pixels, k, None, _CRITERIA, 1, cv2.KMEANS_PP_CENTERS)[0])

    return cluster


def _pixels(image: np.ndarray) -> tuple[Any, ...]:
    step = max(1, image.shape[0] // _LARGEST_SIDE)
    return (image[::step, ::step].reshape(-1, 3).astype(np.float32),)


def _peers(k: int) -> tuple[Peer, ...]:
    return (Peer("scikit-learn", _by_sklearn(k)), Peer("OpenCV", _by_opencv(k)))


def _case(k: int) -> Case:
    return Case(
        f"kmeans, k = {k}",
        "one run of k-means++ on the pixels of a photo; no run is exact",
        lambda pixels: np.array([[float(segmentation.kmeans(pixels, k).inertia)]]),
        None,
        _peers(k),
        operands=_pixels,
        dtypes=("uint8",),
        layouts=("rgb",),
    )


_QUANTIZE = Case(
    "quantize_colors, k = 32",
    "each colour counted as often as it occurs",
    lambda image: segmentation.quantize_colors(image, 32),
    None,
    tuple(
        Peer(p.library, lambda image, p=p: p.call(image.reshape(-1, 3).astype(np.float32)), note="the clustering alone")
        for p in _peers(32)
    ),
    dtypes=("uint8",),
    layouts=("rgb",),
    with_growth=True,
)

CASES = (_case(8), _case(32), _QUANTIZE)
