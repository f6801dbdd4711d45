"""Few weighted points for many: the means of the cells of a grid, finer where there are more."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled

_FIRST = 32
"""Cells along the longest side of the box around all points, before any is halved."""

_MOST_HALVED = 30

_WITHIN = 1.001
"""Times the side of a cell, so that the last point lies within the last one."""


@dispatched(differentiable=False)
def cell_means(columns: Any, weights: Any, limit: float) -> tuple[Any, Any]:
    """Return the means (D, M) of the points (D, N) of each cell, and the sums of their weights (M,), float64.

    Cells are cubes, halved along every axis while weight · side² is above `limit` > 0. Not all points are equal.
    """
    xp, (dimensions, _) = namespace(columns), columns.shape
    corner, scale, limits = _grid(columns, weights, limit)
    shifted = columns - corner[:, None]
    places = cast_to(shifted * scale, "int64")
    cells, count = places[0, :], _FIRST**dimensions
    for d in range(1, dimensions):
        cells = cells * _FIRST + places[d, :]
    for most in limits:
        held, inverse = _totals(weights[None, :], cells)
        is_heavy = held[0, :] > most
        halves = count + 2**dimensions * (xp.cumulative_sum(cast_to(is_heavy, "int64")) - 1)
        count += 2**dimensions * int(xp.sum(cast_to(is_heavy, "int64")))
        scale = scale + scale
        within = cast_to(shifted * scale, "int64") % 2
        place = within[0, :]
        for d in range(1, dimensions):
            place = 2 * place + within[d, :]
        cells = xp.where(xp.take(is_heavy, inverse), xp.take(halves, inverse) + place, cells)
    sums, _ = _totals(xp.concat([cast_to(columns, "float64") * weights[None, :], weights[None, :]]), cells)
    return cast_to(sums[:-1, :] / sums[-1:, :], dtype_name(columns)), sums[-1, :]


def _grid(columns: Any, weights: Any, limit: float) -> tuple[Any, Any, list[float]]:
    """Return the corner (D,) of the grid, how many cells are one, (1,), and the most that cells of each size hold."""
    xp = namespace(columns)
    corner = xp.min(columns, axis=1)
    side = xp.max(xp.max(columns, axis=1) - corner, keepdims=True) * (_WITHIN / _FIRST)
    total, least = float(xp.sum(weights)), limit / float(side[0, ...]) ** 2
    limits = [least * 4.0**n for n in range(_MOST_HALVED)]
    return corner, 1 / side, [x for x in limits if x < total]


def _totals(shares: Any, cells: Any) -> tuple[Any, Any]:
    """Return the sums (C, M) of the shares (C, N) of each cell that occurs, in order, and which of them is whose."""
    xp = namespace(shares)
    order = xp.argsort(cells)
    ends = xp.cumulative_sum(xp.unique_counts(cells).counts) - 1
    running = xp.take(xp.cumulative_sum(xp.take(shares, order, axis=1), axis=1), ends, axis=1)
    return xp.concat([running[:, :1], running[:, 1:] - running[:, :-1]], axis=1), xp.unique_inverse(cells)[1]


@implements(cell_means, "numpy")
def _cell_means_numba(columns: Any, weights: Any, limit: float) -> Any:
    from imgproc.primitives import _cell_means_numba as kernels

    work, (dimensions, total) = dtype_name(columns), columns.shape
    points, shares = np.ascontiguousarray(columns), np.ascontiguousarray(weights, dtype=np.float64)
    corner, scale, limits = _grid(points, shares, limit)
    cells, found = np.empty(total, np.int32), np.empty(1, np.int64)
    find = compiled(
        kernels.find_cells,
        f"in2({work}), in1(float64), in1({work}), in1({work}), int64, in1(float64), out1(int32), out1(int64)",
    )
    find(points, shares, corner, scale, _FIRST, np.asarray(limits, np.float64), cells, found)
    sums = np.zeros((found[0], dimensions + 1))
    add = compiled(kernels.add_points, f"in2({work}), in1(float64), in1(int32), out2(float64)")
    add(points, shares, cells, sums)
    return np.ascontiguousarray((sums[:, :-1] / sums[:, -1:]).T, dtype=work), sums[:, -1].copy()
