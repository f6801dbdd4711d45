"""Quantiles of the lengths that are not zero, plane by plane, without waiting for the device."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import dtype_name, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.correlate import Axes

_SIDE = 64
"""Of a square grid of pixels whose lengths are looked at first."""

_DEVIATIONS = 5
"""How far these may mislead, in standard deviations of independent ones."""

_FEW = 1 << 14
"""Lengths that are sorted sooner than looked at again."""


@dispatched(differentiable=False)
def nonzero_quantiles(strength: Any, quantiles: tuple[float, ...], axes: Axes) -> tuple[Any, ...]:
    """Return quantiles of |strength| over its non-zero finite values, each of `strength`'s rank with 1 along `axes`.

    Quantile q of n sorted values v is v at (n - 1) q, linear between neighbours (NumPy's default); infinite where there
    is none.
    """
    xp = namespace(strength)
    length = xp.abs(strength)
    planes = xp.moveaxis(length, axes, (-2, -1))
    flat = xp.reshape(planes, (*planes.shape[:-2], -1))
    counted = (flat > 0) & xp.isfinite(flat)
    ordered = xp.sort(xp.where(counted, flat, xp.full_like(flat, float("inf"))), axis=-1)
    number = xp.sum(xp.astype(counted, xp.int64), axis=-1, keepdims=True)
    results = []
    for quantile in quantiles:
        position = xp.astype(xp.where(number > 0, number - 1, 0 * number), xp.float64) * quantile
        below = xp.astype(xp.floor(position), xp.int64)
        above = xp.where(below + 1 < number, below + 1, below)
        low = xp.astype(xp.take_along_axis(ordered, below, axis=-1), xp.float64)
        high = xp.astype(xp.take_along_axis(ordered, above, axis=-1), xp.float64)
        share = position - xp.astype(below, xp.float64)
        # a plane without any value has infinite ones, and infinity times no share would be NaN
        low = low * (1 - share)
        value = xp.where(share > 0, low + xp.where(share > 0, high, xp.zeros_like(high)) * share, low)
        shaped = xp.reshape(xp.astype(value, strength.dtype), (*value.shape[:-1], 1, 1))
        results.append(xp.moveaxis(shaped, (-2, -1), axes))
    return tuple(results)


@implements(nonzero_quantiles, "numpy")
def _by_survey(strength: Any, quantiles: tuple[float, ...], axes: Axes) -> tuple[Any, ...]:
    planes, channels = as_planes(strength, axes, work_dtype(strength))
    if channels > 1:
        return NotImplemented  # type: ignore[no-any-return]
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(strength.shape))
    values = np.array([[_find(plane, quantile) for quantile in quantiles] for plane in planes], strength.dtype)
    return tuple(np.ascontiguousarray(values[:, k]).reshape(shape) for k in range(len(quantiles)))


def _find(lengths: np.ndarray, quantile: float, position: float | None = None) -> float:
    """Return what lies at a position among the lengths in order, by default that of the quantile.

    A sample tells between which two it should lie: those are collected, the ones below counted. R. W. Floyd and
    R. L. Rivest, "Expected time bounds for selection", CACM 18(3), 1975.
    """
    sample = _sample(lengths)
    likely = _DEVIATIONS * math.sqrt(quantile * (1 - quantile) / max(len(sample), 1))
    for share in (likely, 4 * likely, 1.0):  # where the sample was misleading, collect more
        number, below, inside = _survey(lengths, *_bracket(sample, quantile, share))
        if number == 0:
            return math.inf
        wanted = ((number - 1) * quantile if position is None else position) - below
        if 0 <= wanted <= len(inside) - 1:
            break
    if _FEW < len(inside) < lengths.size // 2:
        return _find(inside.reshape(1, -1), wanted / len(inside), wanted)
    inside.sort()
    return interpolate(lambda rank: float(inside[rank]), wanted)


def _sample(lengths: np.ndarray) -> np.ndarray:
    """Return those of a grid of pixels that count, in order."""
    height, width = lengths.shape
    down = height // _SIDE | 1
    rows = lengths[down // 2 :: down]
    across = len(rows) * width // _SIDE**2 | 1
    looked = np.abs(rows[:, across // 2 :: across])
    return np.sort(looked[(looked > 0) & (looked < np.inf)])


def _bracket(sample: np.ndarray, quantile: float, share: float) -> tuple[float, float]:
    """Return lengths between which the quantile lies, if by the sample it is off by less than a share of all."""
    end = len(sample) - 1
    below, above = math.floor(end * (quantile - share)) - 1, math.ceil(end * (quantile + share)) + 1
    least = float(sample[below]) if 0 <= below <= end else 0.0
    return least, float(sample[above]) if 0 <= above <= end else math.inf


def _survey(lengths: np.ndarray, least: float, most: float) -> tuple[int, int, np.ndarray]:
    """Return how many lengths count, how many of them are below `least`, and those from there to `most`."""
    from imgproc.primitives import _quantile_numba

    work = dtype_name(lengths)
    survey = compiled(_quantile_numba.survey, f"in2({work}), {work}, {work}, out1({work}), out1(int64), int64, int64")
    parts: list[tuple[np.ndarray, np.ndarray]] = []

    def survey_band(first: int, last: int) -> None:
        # what stays empty takes no memory
        inside, counts = np.empty((last - first) * lengths.shape[1], work), np.empty(3, np.int64)
        survey(lengths, least, most, inside, counts, first, last)
        parts.append((counts, inside[: counts[2]]))

    run_bands(survey_band, len(lengths), 2 * lengths.size)
    number, below, _ = np.sum([counts for counts, _ in parts], axis=0).tolist()
    return number, below, np.concatenate([inside for _, inside in parts])


def interpolate(order_statistic: Callable[[int], float], position: float) -> float:
    """Return the value at a position between two ranks."""
    below = int(position)
    share = position - below
    if share == 0:
        return order_statistic(below)
    return order_statistic(below) * (1 - share) + order_statistic(below + 1) * share
