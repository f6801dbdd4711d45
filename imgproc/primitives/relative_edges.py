"""Edges at thresholds that the gradient's lengths set themselves."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices
from imgproc.primitives.correlate import Axes, Weights, reach
from imgproc.primitives.gradient import signed_strength
from imgproc.primitives.hysteresis import TABLES, BitRows, link_hysteresis
from imgproc.primitives.quantile import interpolate, nonzero_quantiles
from imgproc.typing import Border

HIGH_QUANTILE = 0.9
LOW_SHARE = 0.4

_FITS_CACHE = 1 << 20
"""Pixels of which a plane of lengths does no harm."""

_GROUP, _EVERY, _COLUMNS = 4, 64, 4
"""The sample: so many rows of every so many, and one column of so many."""

_NOTED = (1 << 20) - 1
"""Pixels marked at once: room for all of them to be noted, of which what stays empty takes no memory.

Larger arrays would be of large pages.
"""

_DEVIATIONS, _LEAST_MARGIN = 0.05, 0.005
"""Of a quantile in the sample from that of all lengths, in units of sqrt(q (1 - q)); neighbours are alike."""


@dispatched(differentiable=False)
def detect_relative_edges(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    low: float | None,
    high: float | None,
    quantiles: bool,
    mask: Any,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    """Do as `detect_edges` where a threshold is missing or a quantile, and outside a mask is no edge.

    Parameters
    ----------
    low, high : float or None
        Lengths, or with `quantiles` quantiles of those inside the mask that are not zero. Without it `high` is their
        0.9 quantile, and `low` 0.4 `high`.
    mask : bool array of the shape of `image`, or None
    """
    strength = signed_strength(image, smoothing, derivative, axes, border, fill)
    if mask is not None:
        xp = namespace(strength)
        strength = xp.where(mask, strength, xp.zeros_like(strength))
    wanted = _wanted_quantiles(low, high, quantiles)
    found = nonzero_quantiles(strength, wanted, axes) if wanted else ()
    least, sure = _thresholds(strength, low, high, quantiles, found)
    return link_hysteresis(strength, least, sure, axes)


def _wanted_quantiles(low: float | None, high: float | None, quantiles: bool) -> tuple[float, ...]:
    wanted = []
    if quantiles and low is not None:
        wanted.append(low)
    if quantiles or high is None:
        wanted.append(HIGH_QUANTILE if high is None else high)
    return tuple(wanted)


def _thresholds(like: Any, low: float | None, high: float | None, quantiles: bool, lengths: tuple[Any, ...]) -> Any:
    """Return both thresholds as lengths: numbers as given, or arrays of one value per image.

    `lengths` are those of `_wanted_quantiles`.
    """
    found = iter(lengths)
    low_length: Any = next(found) if quantiles and low is not None else low
    high_length: Any = next(found) if quantiles or high is None else high
    if low_length is None:
        low_length = LOW_SHARE * high_length
    if high is None and not quantiles and low is not None:  # the default may lie below what the caller set
        xp = namespace(high_length)
        high_length = xp.where(high_length < low, xp.full_like(high_length, low), high_length)
    return positive_threshold(low_length, like), positive_threshold(high_length, like)


def positive_threshold(threshold: Any, like: Any) -> Any:
    """Raise a threshold of 0 to the least positive number, since a zero length is never an edge."""
    least = float(np.finfo(work_dtype(like)).smallest_normal)
    if isinstance(threshold, float):
        return max(threshold, least)
    xp = namespace(threshold)
    return xp.where(threshold < least, xp.full_like(threshold, least), threshold)


@implements(detect_relative_edges, "numpy")
def _detect_at_once(
    image: Any,
    smoothing: Weights,
    derivative: Weights,
    low: float | None,
    high: float | None,
    quantiles: bool,
    mask: Any,
    axes: Axes,
    border: Border,
    fill: float,
) -> Any:
    """Mark the edges of large images while their lengths are counted, and keep no plane of lengths."""
    wanted = _wanted_quantiles(low, high, quantiles)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    if mask is not None or not wanted or height * width <= _FITS_CACHE or work_dtype(image) != "float32":
        return NotImplemented
    planes, channels = as_planes(image, axes)
    if channels > 1:
        return NotImplemented
    reaches = reach(smoothing)
    arguments = (
        np.array(smoothing, np.float32), np.array(derivative, np.float32), border_indices(height, *reaches, border),
        border_indices(width, *reaches, border), fill,
    )  # fmt: skip

    def thresholds(lengths: np.ndarray) -> np.ndarray:
        of_planes = tuple(lengths.astype(np.float32).reshape(-1, 1, 1))
        found = _thresholds(image, low, high, quantiles, of_planes)
        return np.array([np.max(x) for x in found], np.float32)

    edges = np.empty(planes.shape, np.bool_)
    for plane, made in zip(planes, edges, strict=True):
        if not _detect_plane(plane, made, arguments, wanted, thresholds):
            return NotImplemented
    return edges.reshape(image.shape)


def _detect_plane(
    plane: np.ndarray,
    edges: np.ndarray,
    arguments: tuple[Any, ...],
    wanted: tuple[float, ...],
    thresholds: Callable[[np.ndarray], np.ndarray],
) -> bool:
    """Write edges; return whether the sample was right about the quantiles, and every length finite.

    The sample brackets each quantile, so that few lengths must be kept to find it. R. W. Floyd and R. L. Rivest,
    "Expected time bounds for selection", CACM 18(3), 1975.
    """
    from imgproc.primitives import _relative_edges_numba as kernels

    sample = _sample(plane, arguments)
    if len(sample) == 0:
        return False
    ends = np.array([_bracket(sample, quantile) for quantile in wanted], np.float32)
    brackets = np.stack([thresholds(ends[:, 0]), thresholds(ends[:, 1])], axis=1)
    bits = BitRows(*plane.shape)
    mark = compiled(
        kernels.mark_doubtful,
        f"in2({dtype_name(plane)}), out2(uint64), out2(uint64), in1(float32), in1(float32), in1(int64), in1(int64), "
        "float32, in2(float32), in2(float32), out2(float32), out2(int64), out1(int32), out1(float32), int64, int64",
    )
    tall = max(1, _NOTED // plane.shape[1])
    strips: list[tuple[int, np.ndarray, list[np.ndarray], np.ndarray, np.ndarray]] = []

    def mark_band(first: int, last: int) -> None:
        pixels = min(tall, last - first) * plane.shape[1]
        inside = np.empty((len(wanted), pixels), np.float32)
        places, strengths = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
        for top in range(first, last, tall):
            counts = np.zeros((len(wanted) + 1, 4), np.int64)
            mark(
                plane, bits.weak, bits.found, *arguments, brackets, ends, inside, counts, places, strengths, top,
                min(top + tall, last),
            )  # fmt: skip
            kept = [part[:n].copy() for part, n in zip(inside, counts[:, 3], strict=False)]
            n = counts[-1, 0]
            strips.append((top, counts, kept, places[:n].copy(), strengths[:n].copy()))

    run_bands(mark_band, len(plane), plane.size * (2 * len(arguments[0]) + 14))
    counts = np.sum([strip[1] for strip in strips], axis=0)
    found = [
        _quantile(quantile, counts[k], np.concatenate([strip[2][k] for strip in strips]))
        for k, quantile in enumerate(wanted)
    ]
    if None in found:
        return False
    low, high = thresholds(np.array(found))
    settle = compiled(kernels.settle, "out2(uint64), out2(uint64), in1(int32), in1(float32), float32, float32, int64")
    for top, _, _, places, strengths in strips:
        settle(bits.weak, bits.found, places, strengths, low, high, top)
    link = compiled(kernels.spread_band, f"{TABLES}, int64, int64")
    run_bands(lambda first, last: link(*bits.tables, first, last), len(plane), plane.size)
    bits.link(edges)
    return True


def _sample(plane: np.ndarray, arguments: tuple[Any, ...]) -> np.ndarray:
    """Return some of the lengths that are not zero, in order."""
    from imgproc.primitives import _gradient_numba

    (height, width), (smoothing, derivative, row_index, column_index, fill) = plane.shape, arguments
    rows = min(_GROUP, height)
    groups = max(1, height // _EVERY)
    sample = np.empty((groups, rows, -(-width // _COLUMNS)), np.float32)
    kernel = compiled(
        _gradient_numba.gradient_magnitude,
        f"in2({dtype_name(plane)}), out2(float32), in1(float32), in1(float32), in1(int64), in1(int64), int64, float32, "
        "int64, int64",
    )

    def look(first: int, last: int) -> None:
        made = np.empty((rows, width), np.float32)
        for group in range(first, last):
            top = min(group * _EVERY + _EVERY // 2, height - rows)
            kernel(plane, made, smoothing, derivative, row_index[top:], column_index, 1, fill, 0, rows)
            sample[group] = made[:, ::_COLUMNS]

    run_bands(look, groups, groups * width * 200, 1)
    return np.sort(sample[(sample > 0) & (sample < np.inf)])


def _bracket(sample: np.ndarray, quantile: float) -> tuple[float, float]:
    """Return lengths between which a quantile should lie."""
    last = len(sample) - 1
    margin = max(_DEVIATIONS * math.sqrt(quantile * (1 - quantile)), _LEAST_MARGIN)
    low, high = quantile - margin, quantile + margin
    return 0.0 if low <= 0 else sample[int(low * last)], math.inf if high >= 1 else sample[int(high * last)]


def _quantile(quantile: float, counts: np.ndarray, inside: np.ndarray) -> float | None:
    """Return the quantile if it lies inside its bracket, and all lengths are finite; see `survey_row`."""
    number, below, endless, _ = counts.tolist()
    position = (number - 1) * quantile - below
    if endless > 0 or not 0 <= position <= len(inside) - 1:
        return None
    inside.sort()
    return interpolate(lambda rank: float(inside[rank]), position)
