"""Filters."""

from typing import Any

import cv2
import kornia
import numpy as np
import skimage.exposure
import skimage.filters
import torch
from scipy import ndimage

from benchmarks.case import Case, Peer
from imgproc import filters
from imgproc.filters.gaussian import gaussian_weights

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


def _box(side: int) -> Case:
    def by_scipy(x: np.ndarray) -> Any:
        return ndimage.uniform_filter(x, side, mode="mirror", axes=(0, 1))

    return Case(
        f"box, {side}×{side}",
        "mean of a square window, mirrored at the border",
        lambda x: filters.box(x, side),
        lambda x: by_scipy(x.astype(np.float64)),
        (
            Peer("OpenCV", lambda x: cv2.blur(x, (side, side)), note="running sums: a NaN spreads to the edge"),
            Peer("SciPy", by_scipy, note="truncates uint8 after each axis"),
            Peer(
                "kornia",
                lambda x: kornia.filters.box_blur(x, (side, side), "reflect"),
                dtypes=("float32",),
                on="torch",
            ),
        ),
        with_memory=True,
    )


def _by_gabor_kernels(x: np.ndarray) -> Any:
    """Filter with the cosine and the sine of the definition, as one filters with any kernel."""
    size, place = 2 * 13 + 1, np.arange(-13, 14)
    volume = np.exp(-0.5 * (place / (0.56 / 0.125)) ** 2).sum() ** 2
    kernels = (cv2.getGaborKernel((size, size), 0.56 / 0.125, 0.0, 8.0, 1.0, psi) for psi in (0.0, -np.pi / 2))
    return tuple(cv2.filter2D(x, cv2.CV_64F if x.dtype == np.float64 else cv2.CV_32F, k / volume) for k in kernels)


_GABOR = Case(
    "gabor, 1/8 cycle per pixel",
    "a wave along x under a Gaussian of 4.48 pixels, cut at 13",
    lambda x: filters.gabor(x, 0.125, sigma=4.48, truncate=2.9),
    lambda x: _by_gabor_kernels(x.astype(np.float64)),
    (
        Peer("OpenCV", _by_gabor_kernels, note="two kernels of 27 × 27"),
        Peer("scikit-image", lambda x: skimage.filters.gabor(x, 0.125, sigma_x=4.48, sigma_y=4.48, mode="mirror"),
             layouts=("gray",), dtypes=("float32",), differs="14 pixels, other scale"),
    ),
)  # fmt: skip


def _bilateral(sigma: float) -> Case:
    radius = int(3 * sigma + 0.5)

    def spread(x: Any) -> float:
        return 25.0 if x.dtype == np.uint8 else 0.1

    def by_opencv(x: np.ndarray) -> Any:
        return cv2.bilateralFilter(x, 2 * radius + 1, spread(x), sigma)

    def exact(x: np.ndarray) -> Any:
        return filters.bilateral(x.astype(np.float64), sigma, 25.0 if x.max() > 1 else 0.1)

    return Case(
        f"bilateral, sigma {sigma:g}",
        "disk of 3 sigma, Euclidean distance of colours; error against our float64 body",
        lambda x: filters.bilateral(x, sigma, spread(x)),
        exact,
        (
            Peer("OpenCV", by_opencv, layouts=("gray",), note="a table of 4096 weights for floats"),
            Peer("OpenCV", by_opencv, layouts=("rgb",), differs="sums absolute differences of the channels"),
        ),
        with_memory=True,
    )


def _laplacian_of_gaussian(sigma: float) -> Case:
    smooth, bend = (np.array(gaussian_weights(sigma, 4.0, order)) for order in (0, 2))
    narrow = smooth.astype(np.float32), bend.astype(np.float32)

    def by_opencv(x: np.ndarray) -> Any:
        across = cv2.sepFilter2D(x, cv2.CV_32F, narrow[1], narrow[0])
        return cv2.add(across, cv2.sepFilter2D(x, cv2.CV_32F, narrow[0], narrow[1]))

    def by_scipy(x: np.ndarray) -> Any:
        return ndimage.gaussian_laplace(x, sigma, output=np.float32, mode="mirror", axes=(0, 1))

    return Case(
        f"laplacian of Gaussian, sigma {sigma:g}",
        "sum of second derivatives by taps that are exact on polynomials, float result",
        lambda x: filters.laplacian_of_gaussian(x, sigma),
        lambda x: separable(x, smooth, bend) + separable(x, bend, smooth),
        (
            Peer("OpenCV", by_opencv, note="our taps, two separable filters and a sum"),
            Peer("SciPy", by_scipy, differs="samples of the derivative, off by a thousandth"),
        ),
        with_memory=True,
    )


def _difference_of_gaussians(low: float, high: float) -> Case:
    sizes = [2 * int(4 * sigma + 0.5) + 1 for sigma in (low, high)]

    def by_opencv(x: np.ndarray) -> Any:
        exact = x.astype(np.float32)
        narrow = cv2.GaussianBlur(exact, (sizes[0], sizes[0]), low)
        return cv2.subtract(narrow, cv2.GaussianBlur(exact, (sizes[1], sizes[1]), high))

    def by_skimage(x: np.ndarray) -> Any:
        axis = -1 if x.ndim == 3 else None
        return skimage.filters.difference_of_gaussians(x, low, high, mode="mirror", channel_axis=axis)

    return Case(
        f"difference of Gaussians, sigma {low:g} and {high:g}",
        "narrow minus wide, float result",
        lambda x: filters.difference_of_gaussians(x, low, high),
        lambda x: (
            separable(x, gaussian_taps(low), gaussian_taps(low))
            - separable(x, gaussian_taps(high), gaussian_taps(high))
        ),
        (Peer("OpenCV", by_opencv), Peer("scikit-image", by_skimage, dtypes=("float32",))),
        with_memory=True,
    )


def _unsharp_mask(sigma: float) -> Case:
    size = 2 * int(4 * sigma + 0.5) + 1

    def by_opencv(x: np.ndarray) -> Any:
        return cv2.addWeighted(x, 2, cv2.GaussianBlur(x, (size, size), sigma), -1, 0)

    return Case(
        f"unsharp mask, sigma {sigma:g}",
        "image + (image - Gaussian), rounded and saturated once",
        lambda x: filters.unsharp_mask(x, sigma),
        lambda x: _sharpened(x, sigma),
        (
            Peer("OpenCV", by_opencv, note="rounds the Gaussian of uint8 first"),
            Peer(
                "kornia",
                lambda x: kornia.filters.unsharp_mask(x, (size, size), (sigma, sigma), "reflect"),
                dtypes=("float32",),
                on="torch",
            ),
        ),
        with_memory=True,
    )


def _sharpened(x: np.ndarray, sigma: float) -> np.ndarray:
    made = 2 * x.astype(np.float64) - separable(x, gaussian_taps(sigma), gaussian_taps(sigma))
    return np.asarray(np.clip(made, 0, 255) if x.max() > 1 else made)


_TONE = (
    Case(
        "otsu",
        "threshold that parts the histogram with the greatest variance between",
        filters.otsu,
        None,
        (
            Peer(
                "OpenCV",
                lambda x: cv2.threshold(x, 0, 255, cv2.THRESH_OTSU)[0],
                dtypes=("uint8",),
                layouts=("gray",),
                note="thresholds as well",
            ),
            Peer("scikit-image", skimage.filters.threshold_otsu, layouts=("gray",)),
        ),
    ),
    Case(
        "equalize",
        "cumulative counts spread over the range",
        filters.equalize,
        None,
        (
            Peer("OpenCV", cv2.equalizeHist, dtypes=("uint8",), layouts=("gray",)),
            Peer("scikit-image", skimage.exposure.equalize_hist, layouts=("gray",), differs="keeps the first count"),
        ),
        with_memory=True,
    ),
    Case(
        "clahe, 8×8 tiles",
        "counts limited to twice the mean, mappings blended between tiles",
        filters.clahe,
        None,
        (
            Peer(
                "OpenCV",
                cv2.createCLAHE(2.0, (8, 8)).apply,
                dtypes=("uint8",),
                layouts=("gray",),
                note="rounds before it blends",
            ),
            Peer(
                "scikit-image",
                skimage.exposure.equalize_adapthist,
                layouts=("gray",),
                differs="another limit and other tiles",
            ),
        ),
        with_memory=True,
    ),
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
    _box(3),
    _box(31),
    _GABOR,
    _bilateral(1.5),
    _bilateral(3),
    _laplacian_of_gaussian(1.5),
    _laplacian_of_gaussian(4),
    _difference_of_gaussians(1.5, 2.4),
    _unsharp_mask(2),
    _correlate(31),
    *_TONE,
)
