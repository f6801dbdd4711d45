"""The fundamental matrix of least squared error over eight pairs of points or more, many problems at once."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.epipolar_basis import epipolar_design
from imgproc.primitives.leading_sign import TIE, towards_positive
from imgproc.primitives.null_vector import null_vector

_COST = 10_000
"""Elementary operations that a problem takes besides those of its pairs."""


@dispatched
def eight_point(points1: Any, points2: Any, shares: Any) -> tuple[Any, Any, Any]:
    """Return F (..., 3, 3) with x2' F x1 near 0 for pairs (..., N, 2) of weights `shares` (..., N) that sum to 1.

    F has rank 2 and norm 1, and its greatest entry is positive. With it the singular values (..., 9) of the equations
    of the centred points, greatest first, which tell how well F is determined, and how far (...) the points of either
    image lie from the origin, over their spread: what centring multiplies their rounding by. float64 in and out.
    """
    xp = namespace(points1)
    first, T1, offset1 = centre_points(points1, shares)
    second, T2, offset2 = centre_points(points2, shares)
    vector, sizes = null_vector(xp.sqrt(shares)[..., None] * epipolar_design(first, second))
    F = xp.reshape(vector, (*vector.shape[:-1], 3, 3))
    least, _ = null_vector(F)
    singular = F - (F @ least[..., :, None]) @ least[..., None, :]
    return scale_fundamental(xp.matrix_transpose(T2) @ singular @ T1), sizes, xp.maximum(offset1, offset2)


def centre_points(points: Any, shares: Any) -> tuple[Any, Any, Any]:
    """Return points (..., N, 2) about their mean, of RMS sqrt(2), the matrix that did it, and the mean's offset.

    The offset (...) is the greater coordinate of the mean over the RMS distance to it.
    """
    xp = namespace(points)
    middle = xp.sum(shares[..., None] * points, axis=-2)
    apart = points - middle[..., None, :]
    spread = xp.sum(shares[..., None] * apart * apart, axis=(-2, -1))
    is_one = spread == 0
    length = xp.sqrt(xp.where(is_one, xp.ones_like(spread), spread))
    scale = math.sqrt(2) / length
    none = xp.zeros_like(scale)
    x, y = middle[..., 0], middle[..., 1]
    rows = ([scale, none, -scale * x], [none, scale, -scale * y], [none, none, xp.ones_like(scale)])
    matrix = xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
    return apart * scale[..., None, None], matrix, xp.max(xp.abs(middle), axis=-1) / length


def scale_fundamental(F: Any) -> Any:
    """Scale to norm 1, greatest entry positive."""
    xp = namespace(F)
    norm = xp.sqrt(xp.sum(F * F, axis=(-2, -1), keepdims=True))
    return towards_positive(F / xp.where(norm > 0, norm, xp.ones_like(norm)), 2)


@implements(eight_point, "numpy")
def _eight_point_numba(points1: Any, points2: Any, shares: Any) -> Any:
    from imgproc.primitives import _eight_point_numba

    batch, (count, _) = points1.shape[:-2], points1.shape[-2:]
    first, second = (np.ascontiguousarray(x, np.float64).reshape(-1, count, 2) for x in (points1, points2))
    weights = np.ascontiguousarray(shares, np.float64).reshape(-1, count)
    F, sizes, offsets = np.empty((len(first) * 3, 3)), np.empty((len(first), 9)), np.empty(len(first))
    points = "in3(float64), in3(float64), in2(float64)"
    kernel = compiled(
        _eight_point_numba.eight_point,
        f"{points}, float64, out2(float64), out2(float64), out1(float64), int64, int64",
    )

    def fit(start: int, stop: int) -> None:
        kernel(first, second, weights, TIE, F, sizes, offsets, start, stop)

    run_bands(fit, len(first), len(first) * (_COST + 100 * count))
    return F.reshape(*batch, 3, 3), sizes.reshape(*batch, 9), offsets.reshape(batch)
