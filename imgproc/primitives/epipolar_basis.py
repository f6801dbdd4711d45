"""The matrices F that a few pairs of points leave free: the null space of x2' F x1 = 0, many samples at once."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_COST = 10_000
"""Elementary operations of one sample, by which work is shared out."""


def epipolar_design(points1: Any, points2: Any) -> Any:
    """Return (..., n, 9): the row of each pair is x2 x1', row by row, so that its product with vec F is x2' F x1."""
    xp = namespace(points1)
    one = xp.ones_like(points1[..., 0])
    first = (points1[..., 0], points1[..., 1], one)
    second = (points2[..., 0], points2[..., 1], one)
    return xp.concat([xp.stack([b * a for a in first], axis=-1) for b in second], axis=-1)


@dispatched(differentiable=False)
def epipolar_basis(points1: Any, points2: Any) -> Any:
    """Return an orthonormal basis (B, 9 - n, 3, 3) of the matrices with x2' F x1 = 0 for n < 9 pairs (B, n, 2).

    Which basis it is may differ from body to body. Where pairs repeat one another the matrices are still solutions, but
    not all of them. float64.
    """
    xp = namespace(points1)
    count = points1.shape[1]
    columns = xp.matrix_transpose(epipolar_design(points1, points2))
    rest = xp.linalg.qr(columns, mode="complete").Q[:, :, count:]
    return xp.reshape(xp.matrix_transpose(rest), (points1.shape[0], 9 - count, 3, 3))


@implements(epipolar_basis, "numpy")
def _basis_numba(points1: Any, points2: Any) -> Any:
    from imgproc.primitives import _five_point_numba

    points1, points2 = (np.ascontiguousarray(x, np.float64) for x in (points1, points2))
    count, pairs, _ = points1.shape
    out = np.empty((count, 9 - pairs, 9))
    kernel = compiled(_five_point_numba.epipolar_basis, "in3(float64), in3(float64), out3(float64), int64, int64")
    run_bands(lambda start, stop: kernel(points1, points2, out, start, stop), count, count * _COST)
    return out.reshape(count, 9 - pairs, 3, 3)
