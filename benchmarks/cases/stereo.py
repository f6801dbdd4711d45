"""Disparity, and images without distortion."""

from typing import Any

import cv2
import numpy as np
from skimage import data

from benchmarks.case import Case, Peer
from imgproc import color, geometry

_LEVELS = 64


def _tiled(x: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    repeats = [-(-wanted // given) for wanted, given in zip(size, x.shape, strict=False)]
    return np.ascontiguousarray(np.tile(x, (*repeats, *(1,) * (x.ndim - 2)))[: size[0], : size[1]])


def _pair(photo: np.ndarray) -> tuple[Any, ...]:
    """Return Middlebury's motorcycle, tiled to the size of the photo, instead of the photo."""
    left, right, _ = data.stereo_motorcycle()
    pair = (left, right) if photo.ndim == 3 else (color.rgb_to_gray(left), color.rgb_to_gray(right))
    return tuple(_tiled(x, photo.shape[:2]) for x in pair)


def _truth(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    truth = data.stereo_motorcycle()[2]
    return _tiled(np.where(np.isfinite(truth), truth, np.nan), left.shape[:2])


def _bad_share(result: np.ndarray, exact: np.ndarray) -> float:
    """Return the share of pixels that are unknown, or wrong by more than two."""
    known = np.isfinite(exact)
    return float(1 - (np.abs(result - exact)[known] <= 2).mean())


def _semi_global(mode: int) -> Any:
    """OpenCV's defaults in its samples: blocks of 5, uniqueness 10 %, speckles of 100 pixels taken out."""

    def call(left: np.ndarray, right: np.ndarray) -> Any:
        channels = 3 if left.ndim == 3 else 1
        matcher = cv2.StereoSGBM_create(
            0, _LEVELS, 5, P1=8 * channels * 25, P2=32 * channels * 25, disp12MaxDiff=1, uniquenessRatio=10,
            speckleWindowSize=100, speckleRange=2, mode=mode,
        )  # fmt: skip
        return matcher.compute(left, right)

    return call


def _in_pixels(result: np.ndarray, dtype: str) -> np.ndarray:
    return np.where(result < 0, np.nan, result / 16)


_FIVE_PATHS = "five paths; cannot match the first 64 columns"
_SGM = Case(
    "disparity, semi-global",
    "Middlebury's motorcycle, 64 disparities; errors are shares of pixels unknown or off by more than two",
    lambda left, right: geometry.disparity(left, right, max_disparity=_LEVELS - 1),
    _truth,
    (
        Peer("OpenCV", _semi_global(cv2.STEREO_SGBM_MODE_SGBM), differs=_FIVE_PATHS, finish=_in_pixels),
        Peer(
            "OpenCV, 3WAY",
            _semi_global(cv2.STEREO_SGBM_MODE_SGBM_3WAY),
            differs="three paths, in stripes; cannot match the first 64 columns",
            finish=_in_pixels,
        ),
    ),
    operands=_pair,
    dtypes=("uint8",),
    error=_bad_share,
    with_memory=True,
)
_BLOCK = Case(
    "disparity, blocks",
    "as the semi-global one, by squares of 11",
    lambda left, right: geometry.disparity(left, right, max_disparity=_LEVELS - 1, method="block", window=11),
    _truth,
    (
        Peer(
            "OpenCV",
            lambda left, right: cv2.StereoBM_create(_LEVELS, 15).compute(left, right),
            differs="sums of absolute differences over squares of 15; cannot match the first 64 columns",
            finish=_in_pixels,
        ),
    ),
    operands=_pair,
    dtypes=("uint8",),
    layouts=("gray",),
    error=_bad_share,
    with_memory=True,
)

_LENS = np.array([-0.2651, -0.0467, 0.0018, -0.0003, 0.2523])


def _camera(x: np.ndarray) -> np.ndarray:
    side = max(x.shape[:2])
    return np.array([[0.84 * side, 0, (x.shape[1] - 1) / 2], [0, 0.84 * side, (x.shape[0] - 1) / 2], [0, 0, 1]])


def _exactly_undistorted(x: np.ndarray) -> Any:
    return geometry.undistort(x.astype(np.float64), _camera(x), _LENS)


_UNDISTORT = Case(
    "undistort, five coefficients",
    "our own in float64, whose positions tests hold to distort_points",
    lambda x: geometry.undistort(x, _camera(x), _LENS),
    _exactly_undistorted,
    (Peer("OpenCV", lambda x: cv2.undistort(x, _camera(x), _LENS), note="positions to 1/32 pixel"),),
    with_memory=True,
)

CASES = (_SGM, _BLOCK, _UNDISTORT)
