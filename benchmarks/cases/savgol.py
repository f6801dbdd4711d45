"""Savitzky-Golay along one axis and in the plane."""

import functools
from typing import Any

import cv2
import numpy as np
from scipy import ndimage
from scipy.signal import savgol_filter

from benchmarks.case import Case, Peer
from imgproc import filters

_WORDS = ("columns", "rows")


def _savgol(axis: int, length: int, deriv: int) -> Case:
    def by_scipy(x: np.ndarray) -> Any:
        return savgol_filter(x, length, 3, deriv, axis=axis)

    return Case(
        f"savgol along {_WORDS[axis]}, {length} samples" + ", slope" * deriv,
        "cubics; the ends from the first and last windows; SciPy in float64",
        lambda x: filters.savgol(x, length, 3, deriv=deriv, axis=axis),
        by_scipy,
        (Peer("SciPy", by_scipy, note="uint8 gives float64"),),
        with_memory=length == 11 and not deriv,
    )


@functools.cache
def _surface_weights(side: int, order: int) -> np.ndarray:
    """Return the weights of the middle of a window, by least squares."""
    y, x = np.mgrid[:side, :side].reshape(2, -1) - side // 2
    powers = [x**i * y**j for i in range(order + 1) for j in range(order + 1 - i)]
    return np.asarray(np.linalg.pinv(np.stack(powers, axis=1).astype(np.float64))[0].reshape(side, side))


def _savgol2d(side: int, order: int) -> Case:
    weights = _surface_weights(side, order)
    return Case(
        f"savgol2d, {side}×{side}, order {order}",
        "the weights of the middle of the window, mirrored at the border; SciPy in float64",
        lambda x: filters.savgol2d(x, side, order, border="reflect"),
        lambda x: ndimage.correlate(x, weights, output=np.float64, mode="mirror", axes=(0, 1)),
        (
            Peer(
                "OpenCV",
                lambda x: cv2.filter2D(x, cv2.CV_32F, weights, borderType=cv2.BORDER_REFLECT_101),
                note="filter2D with our weights",
            ),
            Peer(
                "SciPy",
                lambda x: ndimage.correlate(x, weights, output=np.float32, mode="mirror", axes=(0, 1)),
                note="correlate with our weights",
            ),
        ),
        with_memory=side == 5,
    )


CASES = (
    *(_savgol(axis, length, deriv) for axis in (0, 1) for length, deriv in ((11, 0), (11, 1), (51, 0))),
    _savgol2d(5, 2),
    _savgol2d(11, 3),
)
