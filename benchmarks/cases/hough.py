"""Lines, segments and circles by votes."""

import math
from typing import Any

import cv2
import numpy as np
import skimage.transform

from benchmarks.case import Case, Peer
from imgproc import edges, filters, hough

_DEGREES = np.radians(np.arange(-90, 90))
_RADII = np.arange(15, 26)
_SPACING = 64
"""Pixels between the centres of the disks."""


def _edge_mask(image: np.ndarray) -> np.ndarray:
    """Take the steepest 5 % of the pixels."""
    lengths = edges.gradient_magnitude(image)
    return lengths > np.quantile(lengths, 0.95)


# line_accumulator and hough_lines


def _counted(mask: np.ndarray) -> np.ndarray:
    y, x = np.nonzero(mask)
    reach = _reach(len(mask))
    votes = [
        np.bincount(np.floor(x * np.cos(a) + y * np.sin(a) + 0.5).astype(int) + reach, minlength=2 * reach + 1)
        for a in _DEGREES
    ]
    return np.stack(votes, axis=1)


def _reach(size: int) -> int:
    """Return the greatest rho of a square, in bins."""
    return math.ceil((size - 1) * math.sqrt(2))


def _cut_to_reach(votes: np.ndarray, dtype: str) -> np.ndarray:
    """Leave out the rows that no pixel of a square can vote for; scikit-image has some."""
    middle = len(votes) // 2
    reach = _reach(int(middle / math.sqrt(2)))
    return votes[middle - reach : middle + reach + 1]


_ACCUMULATOR = Case(
    "line_accumulator, 180 angles",
    "votes by rho rounded half up in float64; the error is the share of votes in another bin",
    lambda mask: hough.line_accumulator(mask, _DEGREES)[0],
    _counted,
    (
        Peer(
            "scikit-image",
            lambda mask: skimage.transform.hough_line(mask, _DEGREES)[0],
            differs="rounds half away from zero",
            finish=_cut_to_reach,
        ),
    ),
    operands=lambda image: (_edge_mask(image),),
    dtypes=("float32",),
    layouts=("gray",),
    error=lambda result, exact: float(np.abs(result.astype(np.int64) - exact).sum() / (2 * exact.sum())),
    with_memory=True,
)


def _mask_and_threshold(image: np.ndarray) -> tuple[Any, ...]:
    mask = _edge_mask(image)
    return mask, int(hough.line_accumulator(mask)[0].max() + 1) // 2


_LINES = Case(
    "hough_lines, 5 % edges",
    "180 angles, bins of a pixel, peaks of at least half the most votes",
    lambda mask, threshold: hough.hough_lines(mask, threshold=threshold),
    None,
    (
        Peer(
            "OpenCV",
            lambda mask, threshold: cv2.HoughLines(mask.view(np.uint8), 1, np.pi / 180, threshold),
            differs="middles of bins, neighbours not suppressed",
        ),
        Peer(
            "scikit-image",
            lambda mask, threshold: skimage.transform.hough_line_peaks(
                *skimage.transform.hough_line(mask, _DEGREES), threshold=threshold
            ),
            differs="middles of bins",
        ),
    ),
    operands=_mask_and_threshold,
    dtypes=("float32",),
    layouts=("gray",),
    with_memory=True,
)

# hough_segments

_SEGMENTS = Case(
    "hough_segments",
    "on Canny's edges: threshold 10, length 30, gap 3",
    lambda mask: hough.hough_segments(mask, threshold=10, min_length=30, max_gap=3),
    None,
    (
        Peer(
            "OpenCV",
            lambda mask: cv2.HoughLinesP(mask.view(np.uint8), 1, np.pi / 180, 10, minLineLength=30, maxLineGap=3),
            differs="a corridor of one pixel: lines in pieces",
        ),
        Peer(
            "scikit-image",
            lambda mask: skimage.transform.probabilistic_hough_line(mask, 10, 30, 3, _DEGREES, rng=0),
            differs="a corridor of one pixel: lines in pieces",
        ),
    ),
    operands=lambda image: (edges.canny(image),),
    dtypes=("float32",),
    layouts=("gray",),
    with_memory=True,
)

# hough_circles


def _disks(image: np.ndarray) -> tuple[Any, ...]:
    """Paint a grid of disks of random places, radii and contrasts, blurred, under a little noise."""
    rng = np.random.default_rng(0)
    size = len(image)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    row, column = (at // _SPACING for at in np.mgrid[:size, :size])
    count = -(-size // _SPACING)
    radius, value = rng.uniform(15, 25, (count, count)), rng.uniform(0.4, 1.0, (count, count))
    centre_x, centre_y = (_SPACING * (at + 0.5) + rng.uniform(-4, 4, (count, count)) for at in np.mgrid[:count, :count])
    centre_x, centre_y = centre_x.T, centre_y.T
    distance = np.hypot(x - centre_x[row, column], y - centre_y[row, column])
    inside = np.clip(radius[row, column] + 0.5 - distance, 0, 1)
    painted = filters.gaussian((0.1 + inside * (value[row, column] - 0.1)).astype(np.float32), 1.0)
    noisy = painted + rng.normal(0, 0.005, painted.shape).astype(np.float32)
    whole = size // _SPACING
    truth = np.stack((centre_x[:whole, :whole].ravel(), centre_y[:whole, :whole].ravel()), axis=1)
    return (noisy if image.dtype != np.uint8 else np.rint(noisy * 255).clip(0, 255).astype(np.uint8)), truth


def _matched(x: Any, y: Any, truth: np.ndarray) -> np.ndarray:
    """Return the found centre nearest to each true one."""
    points = np.stack((np.asarray(x, np.float64), np.asarray(y, np.float64)), axis=1)
    distance = np.hypot(*(points[:, None] - truth[None]).transpose(2, 0, 1))
    return points[distance.argmin(axis=0)]


def _circles(image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    found = hough.hough_circles(image, _RADII, quantiles=True, high=0.9, low=0.8)
    return _matched(found.x, found.y, truth)


def _circles_by_opencv(image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    found = cv2.HoughCircles(image, cv2.HOUGH_GRADIENT, 1, 15, param1=60, param2=12, minRadius=15, maxRadius=25)
    return _matched(found[0, :, 0], found[0, :, 1], truth)


def _circles_by_skimage(image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    outline = edges.canny(image, quantiles=True, high=0.9, low=0.8)
    votes = skimage.transform.hough_circle(outline, _RADII)
    _, x, y, _ = skimage.transform.hough_circle_peaks(votes, _RADII, 15, 15, threshold=0.4)
    return _matched(x, y, truth)


_CIRCLES = Case(
    "hough_circles, 11 radii",
    "blurred disks at known places; the error is that of the worst centre, in pixels",
    _circles,
    lambda image, truth: truth,
    (
        Peer("OpenCV", _circles_by_opencv, dtypes=("uint8",), differs="centres in cells, by another Canny"),
        Peer("scikit-image", _circles_by_skimage, differs="centres on pixels", note="after our Canny"),
    ),
    operands=_disks,
    layouts=("gray",),
    error=lambda result, exact: float(np.hypot(*(result - exact).T).max()),
    with_memory=True,
)

CASES = (_ACCUMULATOR, _LINES, _SEGMENTS, _CIRCLES)
