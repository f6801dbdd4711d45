"""How far an image is from another."""

from typing import Any

import cv2
import kornia
import numpy as np
import skimage.metrics
import torch

from benchmarks.case import Case, Peer
from imgproc import metrics


def _noisy(image: np.ndarray) -> tuple[Any, ...]:
    noise = np.random.default_rng(0).normal(0, 15, image.shape)
    if image.dtype == np.uint8:
        return image, np.clip(image + noise, 0, 255).astype(np.uint8)
    return image, np.clip(image + noise / 255, 0, 1).astype(image.dtype)


def _span(x: Any) -> float:
    return 255.0 if x.dtype == np.uint8 else 1.0


def _ssim_by_skimage(first: np.ndarray, second: np.ndarray) -> float:
    return skimage.metrics.structural_similarity(  # type: ignore[no-any-return]
        first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=_span(first)
    )


def _ssim_by_opencv(first: np.ndarray, second: np.ndarray) -> float:
    """Blur five images, as the recipe in OpenCV's tutorials does."""
    span = _span(first)
    a, b = first.astype(np.float32), second.astype(np.float32)
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    mean_a, mean_b, aa, bb, ab = (cv2.GaussianBlur(x, (11, 11), 1.5) for x in (a, b, a * a, b * b, a * b))
    product, squares = mean_a * mean_b, mean_a * mean_a + mean_b * mean_b
    structure = (2 * (ab - product) + c2) / (aa + bb - squares + c2)
    similarity = (2 * product + c1) / (squares + c1) * structure
    return float(similarity[5:-5, 5:-5].mean())


def _ssim_by_kornia(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return kornia.metrics.ssim(first, second, 11, padding="valid").mean()  # type: ignore[no-any-return]


def _number(result: Any, dtype: str) -> np.ndarray:
    return np.array([[float(result)]])


def _exact(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    span = 255.0 if first.max() > 1 else 1.0
    return np.array([[
        skimage.metrics.structural_similarity(
            first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=span
        )
    ]])  # fmt: skip


_SSIM = Case(
    "ssim",
    "Wang's, where the 11×11 window fits",
    lambda first, second: metrics.ssim(first, second)[None, None],
    _exact,
    (
        Peer("scikit-image", _ssim_by_skimage, finish=_number),
        Peer("OpenCV", _ssim_by_opencv, finish=_number, note="five blurs"),
        Peer("kornia", _ssim_by_kornia, dtypes=("float32",), on="torch", finish=_number),
    ),
    operands=_noisy,
    layouts=("gray",),
    with_memory=True,
    with_growth=True,
)

CASES = (_SSIM,)
