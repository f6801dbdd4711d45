"""What one step of Gauss and Newton's method on Sampson distances must know of all the pairs."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled


@dispatched(differentiable=False)
def sampson_moments(points1: Any, points2: Any, weights: Any, F: Any) -> Any:
    """Return J' W J (10, 10), where a row of J is the derivative of a residual r by the entries of F, and r itself.

    r is the signed root of the Sampson distance of a pair (N, 2), (N, 2) to F (3, 3), and W its weight (N,). Pairs of
    weight 0 count for nothing. float64.
    """
    xp = namespace(points1)
    one = xp.ones_like(points1[:, 0])
    first, second = (points1[:, 0], points1[:, 1], one), (points2[:, 0], points2[:, 1], one)
    along2 = [F[i, 0] * first[0] + F[i, 1] * first[1] + F[i, 2] for i in range(3)]
    along1 = [F[0, j] * second[0] + F[1, j] * second[1] + F[2, j] for j in range(2)]
    off = along2[0] * second[0] + along2[1] * second[1] + along2[2]
    squared = along1[0] ** 2 + along1[1] ** 2 + along2[0] ** 2 + along2[1] ** 2
    is_used = (weights > 0) & (squared > 0)
    size = xp.sqrt(xp.where(is_used, squared, one))
    residual = off / size
    columns = []
    for i in range(3):
        for j in range(3):
            steepness = (along2[i] * first[j] if i < 2 else 0) + (along1[j] * second[i] if j < 2 else 0)
            columns.append(second[i] * first[j] / size - residual * steepness / (size * size))
    root = xp.sqrt(xp.where(is_used, weights, xp.zeros_like(weights)))
    rows = xp.stack([*columns, residual], axis=0)
    rows = xp.where(is_used, rows * root, xp.zeros_like(rows))
    return rows @ xp.matrix_transpose(rows)


@implements(sampson_moments, "numpy")
def _moments_numba(points1: Any, points2: Any, weights: Any, F: Any) -> Any:
    from imgproc.primitives import _sampson_moments_numba

    points1, points2, weights, F = (np.ascontiguousarray(x, np.float64) for x in (points1, points2, weights, F))
    out = np.zeros((10, 10))
    kernel = compiled(
        _sampson_moments_numba.moments, "in2(float64), in2(float64), in1(float64), in2(float64), out2(float64)"
    )
    kernel(points1, points2, weights, F, out)
    return out
