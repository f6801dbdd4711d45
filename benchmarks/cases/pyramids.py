"""Subsampling and pyramids."""

from typing import Any

import cv2
import kornia
import numpy as np
import skimage.transform
from PIL import Image
from scipy import ndimage

from benchmarks.case import Case, Peer, greatest_difference
from imgproc import pyramids

_BINOMIAL = np.array([1.0, 3.0, 3.0, 1.0]) / 8
_FIVE_TAPS = "five weights about every second pixel, so that images move by half a pixel"
_LEVELS = 5


def _at_phase(image: np.ndarray, weights: np.ndarray, factor: int) -> np.ndarray:
    """Correlate both axes, mirrored, and keep every so-many-th from the first whose window is whole on its side."""
    made, before = image.astype(np.float64), (len(weights) - factor) // 2
    for axis in (0, 1):
        whole = ndimage.correlate1d(made, weights, axis, mode="mirror", origin=before - len(weights) // 2)
        made = whole[::factor] if axis == 0 else whole[:, ::factor]
    return np.asarray(made)


def _lanczos(factor: int) -> np.ndarray:
    t = (np.arange(6 * factor) - (6 * factor - 1) / 2) / factor
    weights = np.sinc(t) * np.sinc(t / 3)
    return np.asarray(weights / weights.sum())


def _each_channel(function: Any, x: np.ndarray) -> Any:
    """Call a function of scikit-image, telling it where channels are."""
    return function(x, channel_axis=-1 if x.ndim == 3 else None)


_REDUCE = Case(
    "reduce",
    "weights 1, 3, 3, 1 in half-pixel phase, mirrored at the border",
    pyramids.reduce,
    lambda x: _at_phase(x, _BINOMIAL, 2),
    (
        Peer("OpenCV", lambda x: cv2.pyrDown(x, borderType=cv2.BORDER_REFLECT_101), differs=_FIVE_TAPS),
        Peer(
            "scikit-image",
            lambda x: _each_channel(
                lambda x, **k: skimage.transform.pyramid_reduce(x, preserve_range=True, mode="reflect", **k), x
            ),
            differs="Gaussian of 2/3 pixels, then linear interpolation",
        ),
        Peer("kornia", kornia.geometry.pyrdown, dtypes=("float32",), on="torch", differs="five weights, then linear"),
    ),
    with_memory=True,
)


def _error_in_range(result: np.ndarray, exact: np.ndarray) -> float:
    """Return the greatest difference from the exact value, clipped for bytes."""
    return greatest_difference(result, np.clip(exact, 0, 255) if result.dtype == np.uint8 else exact)


def _expanded(x: np.ndarray) -> np.ndarray:
    made = np.pad(x.astype(np.float64), [(1, 1), (1, 1)] + [(0, 0)] * (x.ndim - 2), "edge")
    for axis in (0, 1):
        rows = np.moveaxis(made, axis, 0)
        pairs = np.stack((0.75 * rows[1:-1] + 0.25 * rows[:-2], 0.75 * rows[1:-1] + 0.25 * rows[2:]), axis=1)
        made = np.moveaxis(pairs.reshape(-1, *rows.shape[1:]), 0, axis)
    return made


_EXPAND = Case(
    "expand",
    "three parts of the nearer pixel and one of the next, edges repeated",
    lambda x: pyramids.expand(x, border="edge"),
    _expanded,
    (
        Peer(
            "OpenCV",
            lambda x: cv2.resize(x, (2 * x.shape[1], 2 * x.shape[0]), interpolation=cv2.INTER_LINEAR),
            note="resize; rounds uint8 half up",
        ),
    ),
    with_memory=True,
)


def _by_pillow(x: np.ndarray) -> Any:
    size = (x.shape[1] // 2, x.shape[0] // 2)
    return np.asarray(Image.fromarray(x).resize(size, Image.Resampling.LANCZOS))


_SUBSAMPLE = Case(
    "subsample, factor 2",
    "Lanczos of three lobes of two pixels, mirrored at the border",
    lambda x: pyramids.subsample(x, 2),
    lambda x: _at_phase(x, _lanczos(2), 2),
    (
        Peer("Pillow", _by_pillow, dtypes=("uint8",), margin=3, note="nothing beyond the border"),
        Peer("Pillow", _by_pillow, dtypes=("float32",), layouts=("gray",), margin=3, note="nothing beyond the border"),
        Peer(
            "OpenCV",
            lambda x: cv2.resize(x, (x.shape[1] // 2, x.shape[0] // 2), interpolation=cv2.INTER_AREA),
            differs="mean of 2 × 2: a fifth of a tone of 0.44 cycles per pixel is left",
        ),
    ),
    error=_error_in_range,
    with_memory=True,
)


def _bands_by_opencv(x: np.ndarray) -> tuple[Any, ...]:
    bands: list[Any] = []
    current: Any = x.astype(np.float32)
    for _ in range(_LEVELS - 1):
        small = cv2.pyrDown(current)
        bands.append(current - cv2.pyrUp(small, dstsize=(current.shape[1], current.shape[0])))
        current = small
    return (*bands, current)


def _bands(x: np.ndarray) -> tuple[Any, ...]:
    bands: list[Any] = []
    current: Any = x.astype(np.float64)
    for _ in range(_LEVELS - 1):
        small = _at_phase(current, _BINOMIAL, 2)
        pairs = np.pad(small, [(1, 1), (1, 1)] + [(0, 0)] * (x.ndim - 2), "reflect")
        inner = (slice(2, 2 + current.shape[0]), slice(2, 2 + current.shape[1]))
        bands.append(current - _expanded(pairs)[inner])
        current = small
    return (*bands, current)


_LAPLACIAN = Case(
    f"laplacian_pyramid, {_LEVELS} levels",
    "each level minus the expanded next one, mirrored at the border",
    lambda x: tuple(pyramids.laplacian_pyramid(x, _LEVELS)),
    _bands,
    (
        Peer("OpenCV", _bands_by_opencv, differs=_FIVE_TAPS, note="pyrDown, pyrUp, difference in float32"),
        Peer(
            "scikit-image",
            lambda x: _each_channel(
                lambda x, **k: tuple(skimage.transform.pyramid_laplacian(x, _LEVELS - 1, preserve_range=True, **k)), x
            ),
            dtypes=("float32",),
            differs="each level minus its own blur: the levels do not add up",
        ),
    ),
    with_memory=True,
)


def _two_photos(image: np.ndarray) -> tuple[Any, ...]:
    mask = np.arange(image.shape[1]) < image.shape[1] // 2
    return image, np.ascontiguousarray(image[::-1]), np.broadcast_to(mask, image.shape[:2]).copy()


def _blended_by_opencv(first: np.ndarray, second: np.ndarray, mask: np.ndarray) -> Any:
    mixed: list[Any] = []
    weights: Any = mask.astype(np.float32)
    for a, b in zip(_bands_by_opencv(first), _bands_by_opencv(second), strict=True):
        w = weights[..., None] if a.ndim == 3 else weights
        mixed.append(b + w * (a - b))
        weights = cv2.pyrDown(weights)
    made = mixed.pop()
    while mixed:
        band = mixed.pop()
        made = band + cv2.pyrUp(made, dstsize=(band.shape[1], band.shape[0]))
    return np.clip(np.rint(made), 0, 255).astype(np.uint8) if first.dtype == np.uint8 else made


_BLEND = Case(
    f"blend, {_LEVELS} levels",
    "our own bodies in float64",
    lambda first, second, mask: pyramids.blend(first, second, mask, levels=_LEVELS),
    lambda first, second, mask: pyramids.blend(
        first.astype(np.float64), second.astype(np.float64), mask > 0, levels=_LEVELS
    ),
    (Peer("OpenCV", _blended_by_opencv, differs=_FIVE_TAPS, note="two pyramids of pyrDown and pyrUp in float32"),),
    operands=_two_photos,
    error=_error_in_range,
)

CASES = (_REDUCE, _EXPAND, _SUBSAMPLE, _LAPLACIAN, _BLEND)
