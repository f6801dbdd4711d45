"""Edges at thresholds that the gradient's lengths set themselves."""

import functools
import math
from collections.abc import Callable, Iterable
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
from imgproc.primitives.limits import limit
from imgproc.primitives.quantile import interpolate, nonzero_quantiles
from imgproc.typing import Border

HIGH_QUANTILE = 0.9
LOW_SHARE = 0.4

_RUN = 32
"""Pixels side by side whose lengths the sample holds."""

_CELL, _MOST_CELLS = (16, 64), (64, 32)
"""There is one run in a cell of so many rows and columns, but no more cells than tell enough of any image."""

_GOLDEN = (math.sqrt(5) - 1) / 2
"""By such steps the runs of one row of cells begin elsewhere than those of the rows around."""

_NOTED = (1 << 20) - 1
"""Pixels marked at once: room for all of them to be noted, of which what stays empty takes no memory.

Larger arrays would be of large pages.
"""

_DEVIATIONS, _LEAST_MARGIN = 0.075, 0.005
"""Of a quantile in the sample from that of all lengths, in units of sqrt(q (1 - q)); neighbours are alike.

Of 98 photos and drawings in three sizes up to 1500², nine of ten stay within.
"""


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


def _thresholds(
    like: Any, low: float | None, high: float | None, quantiles: bool, lengths: Iterable[Any]
) -> tuple[Any, Any]:
    """Return both thresholds as lengths: as given, or of the kind of `lengths`, those of `_wanted_quantiles`."""
    found = iter(lengths)
    low_length: Any = next(found) if quantiles and low is not None else low
    high_length: Any = next(found) if quantiles or high is None else high
    if low_length is None:
        low_length = LOW_SHARE * high_length
    if high is None and not quantiles and low is not None:  # the default may lie below what the caller set
        high_length = _at_least(high_length, low)
    return positive_threshold(low_length, like), positive_threshold(high_length, like)


def positive_threshold(threshold: Any, like: Any) -> Any:
    """Raise a threshold of 0 to the least positive number, since a zero length is never an edge."""
    return _at_least(threshold, float(np.finfo(work_dtype(like)).smallest_normal))


def _at_least(x: Any, least: float) -> Any:
    if isinstance(x, float | np.floating):
        return max(x, least)
    return limit(x, least, math.inf)


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
    """Mark edges while lengths are counted, and keep no plane of these."""
    wanted = _wanted_quantiles(low, high, quantiles)
    height, width = image.shape[axes[0]], image.shape[axes[1]]
    if mask is not None or not wanted or work_dtype(image) != "float32":
        return NotImplemented
    planes, channels = as_planes(image, axes)
    if channels > 1:
        return NotImplemented
    reaches = reach(smoothing)
    arguments = (
        np.array(smoothing, np.float32), np.array(derivative, np.float32), border_indices(height, *reaches, border),
        border_indices(width, *reaches, border), fill,
    )  # fmt: skip

    def thresholds(lengths: list[Any]) -> tuple[Any, Any]:
        return _thresholds(image, low, high, quantiles, map(np.float32, lengths))

    edges = np.empty(planes.shape, np.bool_)
    for plane, made in zip(planes, edges, strict=True):
        if not _detect_plane(plane, made, arguments, wanted, thresholds):
            made[:] = detect_relative_edges.reference(
                plane, smoothing, derivative, low, high, quantiles, None, (0, 1), border, fill
            )
    return edges.reshape(image.shape)


def _detect_plane(
    plane: np.ndarray,
    edges: np.ndarray,
    arguments: tuple[Any, ...],
    wanted: tuple[float, ...],
    thresholds: Callable[[list[Any]], tuple[Any, Any]],
) -> bool:
    """Write edges; return whether the sample was right about the quantiles, and every length finite.

    The sample brackets each quantile, so that few lengths must be kept to find it. R. W. Floyd and R. L. Rivest,
    "Expected time bounds for selection", CACM 18(3), 1975.
    """
    from imgproc.primitives import _relative_edges_numba as kernels

    sample = _sample(plane, arguments)
    if len(sample) == 0:
        return False
    ends = [_bracket(sample, quantile) for quantile in wanted]
    of_quantiles = np.array(ends, np.float32)
    brackets = np.array([thresholds([end[k] for end in ends]) for k in (0, 1)], np.float32).T.copy()
    bits = BitRows(*plane.shape)
    mark = compiled(
        kernels.mark_doubtful,
        f"in2({dtype_name(plane)}), out2(uint64), out2(uint64), in1(float32), in1(float32), in1(int64), in1(int64), "
        "float32, in2(float32), in2(float32), out2(float32), out2(int64), out1(int32), out1(float32), int64, int64",
    )
    tall = max(1, _NOTED // plane.shape[1])
    strips: list[tuple[Any, ...]] = []

    def mark_band(first: int, last: int) -> None:
        pixels = min(tall, last - first) * plane.shape[1]
        inside = np.empty((len(wanted), pixels), np.float32)
        places, strengths = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
        for top in range(first, last, tall):
            end, counts = min(top + tall, last), np.zeros((len(wanted) + 1, 4), np.int64)
            mark(
                plane, bits.weak, bits.found, *arguments, brackets, of_quantiles, inside, counts, places, strengths,
                top, end,
            )  # fmt: skip
            kept = [part[:n].copy() for part, n in zip(inside, counts[:, 3], strict=False)]
            n = counts[-1, 0]
            strips.append((counts, kept, places[:n].copy(), strengths[:n].copy(), top, end))

    run_bands(mark_band, len(plane), plane.size * (2 * len(arguments[0]) + 14))
    counts = sum(strip[0] for strip in strips)
    found = [
        _quantile(quantile, counts[k].tolist(), np.concatenate([strip[1][k] for strip in strips]))
        for k, quantile in enumerate(wanted)
    ]
    if None in found:
        return False
    low, high = thresholds(found)
    settle = compiled(kernels.settle, f"{TABLES}, in1(int32), in1(float32), float32, float32, int64, int64")

    def settle_strips(first: int, last: int) -> None:
        for _, _, places, strengths, top, end in strips[first:last]:
            settle(*bits.tables, places, strengths, low, high, top, end)

    run_bands(settle_strips, len(strips), 3 * plane.size, 1)
    bits.link(edges)
    return True


def _sample(plane: np.ndarray, arguments: tuple[Any, ...]) -> np.ndarray:
    """Return the lengths of runs all over the plane, those that are not zero."""
    from imgproc.primitives import _relative_edges_numba as kernels

    smoothing, derivative, *_ = arguments
    tops, lefts = _place_runs(*plane.shape, len(smoothing) // 2)
    measure = compiled(
        kernels.measure_runs,
        f"in2({dtype_name(plane)}), in1(float32), in1(float32), in1(int64), in1(int64), out2(float32), int64, int64",
    )
    lengths = np.empty((len(tops), _RUN), np.float32)
    run_bands(
        lambda first, last: measure(plane, smoothing, derivative, tops, lefts, lengths, first, last),
        len(tops), lengths.size * 9 * len(smoothing), 1,
    )  # fmt: skip
    return lengths[(lengths > 0) & (lengths < np.inf)]


@functools.lru_cache(maxsize=64)
def _place_runs(height: int, width: int, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns where runs begin: none nearer than `begin` to a side, so that no border is needed."""
    high, wide = height - 2 * begin, width - 2 * begin - _RUN + 1
    if high <= 0 or wide <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    down, across = (
        max(1, min(length // cell, most))
        for length, cell, most in zip((height, width), _CELL, _MOST_CELLS, strict=True)
    )
    row, column = np.divmod(np.arange(down * across), across)
    tops, lefts = begin + (row + 0.5) * (high / down), begin + (column + row * _GOLDEN % 1) * (wide / across)
    return tops.astype(np.int64), lefts.astype(np.int64)


def _bracket(sample: np.ndarray, quantile: float) -> tuple[float, float]:
    """Return lengths between which a quantile should lie; the sample changes its order."""
    last = len(sample) - 1
    margin = max(_DEVIATIONS * math.sqrt(quantile * (1 - quantile)), _LEAST_MARGIN)
    low, high = quantile - margin, quantile + margin
    least = 0.0 if low <= 0 else _pick(sample, int(low * last))
    return least, math.inf if high >= 1 else _pick(sample, int(high * last))


def _pick(values: np.ndarray, rank: int) -> float:
    """Return the value that would lie at a place in order, and put it there."""
    values.partition(rank)
    return float(values[rank])


def _quantile(quantile: float, counts: list[int], inside: np.ndarray) -> float | None:
    """Return the quantile if it lies inside its bracket, and all lengths are finite; see `survey_row`."""
    number, below, endless, _ = counts
    position = (number - 1) * quantile - below
    if endless > 0 or not 0 <= position <= len(inside) - 1:
        return None
    return interpolate(lambda rank: _pick(inside, rank), position)
