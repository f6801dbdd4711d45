"""Quantiles of the lengths that are not zero, plane by plane, without waiting for the device."""

from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.correlate import Axes


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
def _by_radix(strength: Any, quantiles: tuple[float, ...], axes: Axes) -> tuple[Any, ...]:
    if strength.dtype != np.float32:
        return NotImplemented  # type: ignore[no-any-return]
    planes, channels = as_planes(strength, axes)
    if channels > 1:
        return NotImplemented  # type: ignore[no-any-return]
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(strength.shape))
    values = np.array([_plane_quantiles(plane, quantiles) for plane in planes], np.float32)
    return tuple(np.ascontiguousarray(values[:, k]).reshape(shape) for k in range(len(quantiles)))


def _plane_quantiles(plane: np.ndarray, quantiles: tuple[float, ...]) -> list[float]:
    """Find the bin of each wanted rank by the upper bits of the floats, then search the few values in it."""
    from imgproc.primitives import _quantile_numba

    bits = plane.view(np.int32)
    tally = compiled(_quantile_numba.tally, "in2(int32), out1(int32), int64, int64")
    gather = compiled(_quantile_numba.gather, "in2(int32), int64, out1(int32), int64, int64")
    bands: dict[tuple[int, int], np.ndarray] = {}

    def count_band(first: int, last: int) -> None:
        bands[first, last] = np.zeros(1 << (31 - _quantile_numba.LOWER_BITS), np.int32)
        tally(bits, bands[first, last], first, last)

    run_bands(count_band, len(bits), 4 * bits.size)
    total = np.cumsum(sum(counts.astype(np.int64) for counts in bands.values()))
    bins: dict[int, np.ndarray] = {}

    def order_statistic(rank: int) -> float:
        upper = int(np.searchsorted(total, rank, side="right"))
        if upper not in bins:
            parts = {band: np.empty(counts[upper], np.int32) for band, counts in bands.items()}

            def gather_band(first: int, last: int) -> None:
                gather(bits, upper, parts[first, last], first, last)

            run_bands(gather_band, len(bits), 4 * bits.size)
            bins[upper] = np.concatenate(list(parts.values())).view(np.float32)
        within = int(rank - (total[upper - 1] if upper else 0))
        return float(np.partition(bins[upper], within)[within])

    number = int(total[-1])
    if number == 0:
        return [float("inf")] * len(quantiles)
    return [_interpolate(order_statistic, (number - 1) * quantile) for quantile in quantiles]


def _interpolate(order_statistic: Callable[[int], float], position: float) -> float:
    below = int(position)
    share = position - below
    if share == 0:
        return order_statistic(below)
    return order_statistic(below) * (1 - share) + order_statistic(below + 1) * share
