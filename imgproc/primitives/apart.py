"""Of things that lie near one another, those that come first."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled

_MOST_PAIRS = 1 << 22
"""Pairs compared at once."""


@dispatched(differentiable=False)
def thin_lines(lines: Any, min_distance: float, min_angle: float, limit: int) -> Any:
    """Say which lines stay, bool (N,), if each in order takes away the later ones near it; at most `limit` stay.

    Parameters
    ----------
    lines : (N, 2), float64
        Rho and theta, which lies within half a turn: (rho, theta) is the line (-rho, theta + pi).
    min_distance, min_angle :
        Lines nearer than both are near.
    """

    def near(some: Any, others: Any) -> Any:
        xp = namespace(some)
        turn = xp.abs(some[..., 1] - others[..., 1])
        is_turned = turn > math.pi / 2
        gap = xp.abs(xp.where(is_turned, some[..., 0] + others[..., 0], some[..., 0] - others[..., 0]))
        turn = xp.where(is_turned, math.pi - turn, turn)
        return (gap < min_distance) & (turn < min_angle)

    return _first_of_each(lines, near, limit)


@dispatched(differentiable=False)
def thin_points(points: Any, min_distance: float, limit: int) -> Any:
    """Say which points (N, 2) stay, bool (N,), as `thin_lines` does."""

    def near(some: Any, others: Any) -> Any:
        step = some - others
        return step[..., 0] * step[..., 0] + step[..., 1] * step[..., 1] < min_distance * min_distance

    return _first_of_each(points, near, limit)


def _first_of_each(rows: Any, near: Callable[[Any, Any], Any], limit: int) -> Any:
    """Say which rows stay if each takes away the later ones that are near it.

    In every round those stay that have no living row before them nearby: the outcome of the loop over rows, in as many
    rounds as its longest chain. The end is read from the device.
    """
    xp = namespace(rows)
    count = rows.shape[0]
    order = xp.arange(count, device=rows.device)
    step = max(1, _MOST_PAIRS // max(count, 1))
    alive, stays = order >= 0, order < 0

    def any_near_before(which: Any) -> Any:
        parts = [stays[:0]]
        for first in range(0, count, step):
            i = slice(first, min(first + step, count))
            pairs = near(rows[i, None, :], rows[None, :, :]) & (order[i, None] > order[None, :])
            parts.append(xp.any(pairs & which[None, :], axis=1))
        return xp.concat(parts)

    while bool(xp.any(alive)):
        chosen = alive & ~any_near_before(alive)
        stays = stays | chosen
        alive = alive & ~chosen & ~any_near_before(chosen)
    return stays & (xp.cumulative_sum(xp.astype(stays, xp.int32), axis=0) <= limit)


def select_rows(stays: Any, *arrays: Any) -> tuple[Any, ...]:
    """Return the rows of each array that stay; their number is read from the device."""
    return tuple(x[stays] for x in arrays)


@implements(thin_lines, "numpy")
def _lines_numba(lines: Any, min_distance: float, min_angle: float, limit: int) -> Any:
    from imgproc.primitives import _hough_numba

    stays = np.zeros(len(lines), np.bool_)
    thin = compiled(_hough_numba.thin_lines, "in2(float64), float64, float64, int64, out1(boolean)")
    thin(np.ascontiguousarray(lines), min_distance, min_angle, limit, stays)
    return stays


@implements(thin_points, "numpy")
def _points_numba(points: Any, min_distance: float, limit: int) -> Any:
    from imgproc.primitives import _hough_numba

    stays = np.zeros(len(points), np.bool_)
    thin = compiled(_hough_numba.thin_points, "in2(float64), float64, int64, out1(boolean)")
    thin(np.ascontiguousarray(points), min_distance, limit, stays)
    return stays
