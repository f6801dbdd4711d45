"""Filters."""

from typing import Any

import cv2
import kornia
import numpy as np
import skimage.filters
import torch
from scipy import ndimage

from benchmarks.case import Case, Peer
from imgproc import filters

_EIGHT_BITS = "uint8 weights of 8 bits"


def gaussian_taps(sigma: float) -> np.ndarray:
    """Samples of exp(-x² / 2σ²) up to 4σ, summing to 1."""
    radius = int(4 * sigma + 0.5)
    bell = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return np.asarray(bell / bell.sum())


def separable(image: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Correlate columns with `down` and rows with `across` in float64, mirrored at the border."""
    half = ndimage.correlate1d(image.astype(np.float64), down, axis=0, mode="mirror")
    return np.asarray(ndimage.correlate1d(half, across, axis=1, mode="mirror"))


def _gaussian(sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1

    def by_skimage(x: np.ndarray) -> Any:
        axis = -1 if x.ndim == 3 else None
        return skimage.filters.gaussian(x, sigma, mode="mirror", preserve_range=True, channel_axis=axis)

    return Case(
        f"gaussian, sigma {sigma:g}",
        "sampled Gaussian up to 4 sigma, mirrored at the border",
        lambda x: filters.gaussian(x, sigma),
        lambda x: separable(x, gaussian_taps(sigma), gaussian_taps(sigma)),
        (
            Peer(
                "OpenCV",
                lambda x: cv2.GaussianBlur(x, (size, size), sigma, borderType=cv2.BORDER_REFLECT_101),
                note=_EIGHT_BITS,
            ),
            Peer("scikit-image", by_skimage, note="uint8 gives float64"),
            Peer(
                "SciPy",
                lambda x: ndimage.gaussian_filter(x, sigma, mode="mirror", axes=(0, 1)),
                note="truncates uint8 after each axis",
            ),
            Peer(
                "kornia",
                lambda x: kornia.filters.gaussian_blur2d(x, (size, size), (sigma, sigma), "reflect"),
                dtypes=("float32",),
                on="torch",
            ),
        ),
        with_memory=True,
    )


def _correlate(side: int) -> Case:
    kernel = np.random.default_rng(0).uniform(-1, 1, (side, side)) / side
    narrow = kernel.astype(np.float32)
    tensor = torch.from_numpy(narrow)[None]

    def by_scipy(x: np.ndarray) -> Any:
        return ndimage.correlate(x, kernel, output=np.float32, mode="mirror", axes=(0, 1))

    return Case(
        f"correlate, {side}×{side}",
        "a kernel that is not separable, mirrored at the border, float result",
        lambda x: filters.correlate(x, kernel),
        lambda x: ndimage.correlate(x.astype(np.float64), kernel, mode="mirror", axes=(0, 1)),
        (
            Peer("OpenCV", lambda x: cv2.filter2D(x, cv2.CV_32F, narrow, borderType=cv2.BORDER_REFLECT_101)),
            Peer("SciPy", by_scipy),
            Peer("kornia", lambda x: kornia.filters.filter2d(x, tensor, "reflect"), dtypes=("float32",), on="torch"),
        ),
        with_memory=True,
    )


def _median(side: int) -> Case:
    footprint = np.ones((side, side))

    def by_scipy(x: np.ndarray) -> Any:
        return ndimage.median_filter(x, side, mode="nearest", axes=(0, 1))

    return Case(
        f"median, {side}×{side}",
        "square window, edge repeated at the border",
        lambda x: filters.median(x, side, border="edge"),
        lambda x: by_scipy(x.astype(np.float64)),
        (
            Peer(
                "OpenCV",
                lambda x: cv2.medianBlur(x, side),
                dtypes=("uint8", "float32") if side <= 5 else ("uint8",),
            ),
            Peer("scikit-image", lambda x: skimage.filters.median(x, footprint, mode="nearest"), layouts=("gray",)),
            Peer("SciPy", by_scipy),
            Peer(
                "kornia",
                lambda x: kornia.filters.median_blur(x, side, "replicate"),
                dtypes=("float32",),
                on="torch",
            ),
        ),
        with_memory=True,
    )


CASES = (
    _gaussian(1),
    _gaussian(4),
    _correlate(3),
    _correlate(5),
    _correlate(15),
    _median(3),
    _median(5),
    _median(7),
)
