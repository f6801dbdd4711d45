"""Where points come to when each moves to the mean of those near it."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

FARTHEST = 5.0
"""Bandwidths at which the Gaussian is cut off: it weighs 4e-6 there."""

_BLOCK = 1 << 22
_CELLS_A_POINT = 4
_LEAST = 1e-300
_FARTHEST_CELL = 1e150
"""Of numbers beyond, cells are not counted."""


@dispatched(differentiable=False)
def shift_to_point_modes(
    points: Any, weights: Any, bandwidth: float, kernel: str, max_iterations: int, tolerance: float
) -> tuple[Any, Any]:
    """Move each point (N, D) to a mode; return where they end (N, D), and the weight of what is near to there (N,).

    All in float64. In each step a point moves to the mean of the points around it, these times `weights` (N,): for
    "flat" the ones within `bandwidth`, for "gaussian" the ones within FARTHEST bandwidths, times
    exp(-distance² / (2 bandwidth²)). It has settled when the step was at most `tolerance` bandwidths long.
    """
    xp = namespace(points)
    rows = max(1, _BLOCK // max(points.shape[0] * points.shape[1], 1))
    limit, scale, still = _limits(bandwidth, kernel, tolerance)
    ends, masses = [], []
    for first in range(0, points.shape[0], rows):
        here = points[first : min(first + rows, points.shape[0]), :]
        active = xp.ones(here.shape[0], dtype=xp.bool, device=points.device)
        for _ in range(max_iterations):
            near = _weigh(points, weights, here, limit, scale)
            total = xp.sum(near, axis=1)
            mean = xp.matmul(near, points) / xp.where(total > 0, total, xp.ones_like(total))[:, None]
            moves = active & (total > 0)
            moved = xp.where(moves[:, None], mean, here)
            active = moves & (xp.sum((moved - here) ** 2, axis=1) > still)
            here = moved
            if not bool(xp.any(active)):
                break
        ends.append(here)
        masses.append(xp.sum(_weigh(points, weights, here, limit, scale), axis=1))
    return xp.concat(ends), xp.concat(masses)


def _limits(bandwidth: float, kernel: str, tolerance: float) -> tuple[float, float, float]:
    """Return the greatest squared distance, the exponent of a squared distance of 1, and the squared last step."""
    square, last = bandwidth * bandwidth, tolerance * bandwidth
    if kernel == "flat":
        return square, 0.0, last * last
    return FARTHEST * FARTHEST * square, -0.5 / max(square, _LEAST), last * last


def _weigh(points: Any, weights: Any, here: Any, limit: float, scale: float) -> Any:
    """Return the weight of each point (columns) for each place (rows)."""
    xp = namespace(points)
    square: Any = 0.0
    for d in range(points.shape[1]):
        difference = points[:, d][None, :] - here[:, d][:, None]
        square = square + difference * difference
    own = weights[None, :] if scale == 0.0 else weights[None, :] * xp.exp(square * scale)
    return xp.where(square <= limit, own, xp.zeros_like(square))


@implements(shift_to_point_modes, "numpy")
def _shift_numba(
    points: Any, weights: Any, bandwidth: float, kernel: str, max_iterations: int, tolerance: float
) -> Any:
    """Sort points into cells, of the first three dimensions, and look into those within reach."""
    from imgproc.primitives import _mean_shift_numba

    limit, scale, still = _limits(bandwidth, kernel, tolerance)
    reach = bandwidth if kernel == "flat" else FARTHEST * bandwidth
    if not max(reach, float(np.abs(points).max())) < _FARTHEST_CELL:
        return NotImplemented
    least, size, counts = _grid(points, reach)
    cell = np.zeros(len(points), np.int64)
    for d in range(3):
        cell *= counts[d]
        if d < points.shape[1]:
            cell += np.minimum(np.floor((points[:, d] - least[d]) / size).astype(np.int64), counts[d] - 1)
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(counts.prod() + 1))
    ends, masses = np.empty_like(points), np.empty(len(points))
    work = compiled(
        _mean_shift_numba.shift_points,
        "in2(float64), in1(float64), in2(float64), in1(float64), float64, in1(int64), in1(int64), float64, float64, "
        "float64, float64, int64, out2(float64), out1(float64), int64, int64",
    )
    arguments = (
        points[order], weights[order], np.ascontiguousarray(points), least, size, counts, starts, reach, limit, scale,
        still, max_iterations, ends, masses,
    )  # fmt: skip
    run_bands(lambda first, last: work(*arguments, first, last), len(points), len(points) ** 2)
    return ends, masses


def _grid(points: np.ndarray, reach: float) -> tuple[np.ndarray, float, np.ndarray]:
    """Return the least corner, the side of a cell, and the number of cells along three dimensions."""
    least, most = points.min(axis=0), points.max(axis=0)
    extents = np.ones(3)
    side = float(max(reach, np.max(most - least) / 1024))
    while True:
        extents[: points.shape[1]] = np.floor((most - least)[:3] / side) + 1
        if extents.prod() <= max(_CELLS_A_POINT * len(points), 64):
            return least, side, extents.astype(np.int64)
        side *= 1.5
