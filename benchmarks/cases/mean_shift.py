"""Moving the pixels of an image to their modes."""

from typing import Any

import cv2
import numpy as np

from benchmarks.case import Case, Peer
from imgproc import segmentation

_SPATIAL, _RANGE = 10, 20
_LARGEST_SIDE = 1024
"""Of the photo; a corner of a larger one will do, or the run takes minutes."""


def _corner(image: np.ndarray) -> tuple[Any, ...]:
    return (np.ascontiguousarray(image[:_LARGEST_SIDE, :_LARGEST_SIDE]),)


def _filter(image: np.ndarray) -> np.ndarray:
    return segmentation.filter_mean_shift(image, _SPATIAL, _RANGE if image.dtype == np.uint8 else _RANGE / 255)


def _by_opencv(criteria: tuple[int, int, float]) -> Any:
    return lambda image: cv2.pyrMeanShiftFiltering(image, _SPATIAL, _RANGE, maxLevel=0, termcrit=criteria)


_COUNTED = cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER

_FILTER = Case(
    "filter_mean_shift",
    "radii 10 pixels and 20 levels, at most 20 steps",
    _filter,
    None,
    (
        Peer("OpenCV", _by_opencv((_COUNTED, 5, 1.0)), differs="squares; 5 steps", dtypes=("uint8",)),
        Peer("OpenCV", _by_opencv((_COUNTED, 20, 0.01)), differs="squares", note="20 steps", dtypes=("uint8",)),
    ),
    operands=_corner,
    layouts=("rgb",),
)

CASES = (_FILTER,)
