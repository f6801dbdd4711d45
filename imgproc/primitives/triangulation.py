"""Points of space from two images: both points moved the least that makes their rays meet."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_STEPS = 8
"""Two leave nothing above rounding unless an epipole is near [1]_; the rest is for that."""

_COST = 2000
"""Elementary operations of one point, by which work is shared out."""


@dispatched
def triangulation(points1: Any, points2: Any, F: Any, P1: Any, P2: Any) -> Any:
    """Return (..., N, 3): where the rays of points (..., N, 2), corrected to obey F (..., 3, 3), meet; all float64.

    Each step solves the constraint exactly along the normals of the epipolar lines of the step before [1]_ [2]_; where
    it stands still the corrections are along their own normals, which is the condition of the least sum of squares.
    Parallel rays meet at inf; rays that are one give NaN.

    References
    ----------
    .. [1] P. Lindstrom, "Triangulation made easy", CVPR 2010, listing 2.
    .. [2] K. Kanatani, Y. Sugaya and H. Niitsuma, "Triangulation from two views revisited", BMVC 2008.
    """
    xp = namespace(points1)
    x, y, u, v = points1[..., 0], points1[..., 1], points2[..., 0], points2[..., 1]
    f = [[F[..., i, j, None] for j in range(3)] for i in range(3)]
    first = [f[0][j] * u + f[1][j] * v + f[2][j] for j in range(2)]  # normals of the lines, as given
    second = [f[i][0] * x + f[i][1] * y + f[i][2] for i in range(2)]
    off = second[0] * u + second[1] * v + f[2][0] * x + f[2][1] * y + f[2][2]
    n, m = first, second
    length = off
    for step in range(_STEPS):
        if step:
            n, m = (
                [first[j] - length * (f[0][j] * m[0] + f[1][j] * m[1]) for j in range(2)],
                [second[i] - length * (f[i][0] * n[0] + f[i][1] * n[1]) for i in range(2)],
            )
        length = _least_root(n, m, first, second, off, f)
    moved = (x - length * n[0], y - length * n[1]), (u - length * m[0], v - length * m[1])
    # the line through the second point at right angles to its epipolar line, and both axes through the first
    slope = [f[i][0] * moved[0][0] + f[i][1] * moved[0][1] + f[i][2] for i in range(2)]
    rows = [[P[..., i, j, None] for j in range(4)] for P in (P1, P2) for i in range(3)]
    depth1 = [moved[0][k] * c for k in range(2) for c in rows[2]]
    a = [p - q for p, q in zip(rows[0], depth1[:4], strict=True)]
    b = [p - q for p, q in zip(rows[1], depth1[4:], strict=True)]
    reach = slope[1] * moved[1][0] - slope[0] * moved[1][1]
    c = [slope[0] * q - slope[1] * p + reach * r for p, q, r in zip(*rows[3:], strict=True)]
    X, Y, Z, W = _common_point(a, b, c)
    is_far = (W == 0) & ((X != 0) | (Y != 0) | (Z != 0))
    divisor = xp.where(is_far | (W == 0), xp.ones_like(W), W)
    beyond = xp.where(is_far, xp.full_like(W, math.inf), xp.where(W == 0, xp.full_like(W, math.nan), xp.zeros_like(W)))
    return xp.stack([X / divisor, Y / divisor, Z / divisor], axis=-1) + beyond[..., None]


def _least_root(n: Any, m: Any, first: Any, second: Any, off: Any, f: Any) -> Any:
    """Return how far along n and m the constraint is met: the smaller root of a quadratic, 0 where there is none."""
    xp = namespace(off)
    a = m[0] * (f[0][0] * n[0] + f[0][1] * n[1]) + m[1] * (f[1][0] * n[0] + f[1][1] * n[1])
    b = (n[0] * first[0] + n[1] * first[1] + m[0] * second[0] + m[1] * second[1]) / 2
    inside = b * b - a * off
    is_real = inside > 0
    root = xp.where(is_real, xp.sqrt(xp.where(is_real, inside, xp.ones_like(inside))), xp.zeros_like(inside))
    divisor = b + xp.where(b < 0, -root, root)
    return off / xp.where(divisor == 0, xp.full_like(divisor, math.inf), divisor)


def _common_point(a: list[Any], b: list[Any], c: list[Any]) -> tuple[Any, Any, Any, Any]:
    """Return the homogeneous point on three planes."""
    pairs = {(i, j): a[i] * b[j] - a[j] * b[i] for i in range(4) for j in range(i + 1, 4)}

    def minor(i: int, j: int, k: int) -> Any:
        return pairs[i, j] * c[k] - pairs[i, k] * c[j] + pairs[j, k] * c[i]

    return minor(1, 2, 3), -minor(0, 2, 3), minor(0, 1, 3), -minor(0, 1, 2)


@implements(triangulation, "numpy")
def _triangulation_numba(points1: Any, points2: Any, F: Any, P1: Any, P2: Any) -> Any:
    from imgproc.primitives import _triangulation_numba

    shape = points1.shape[:-1]
    count = math.prod(shape[:-1])
    first, second = (np.ascontiguousarray(x, np.float64).reshape(count, -1, 2) for x in (points1, points2))
    matrices = [
        np.ascontiguousarray(np.broadcast_to(x, (*shape[:-1], 3, x.shape[-1])), np.float64).reshape(count, 3, -1)
        for x in (F, P1, P2)
    ]
    out = np.empty((count, shape[-1], 3))
    kernel = compiled(
        _triangulation_numba.triangulation, "in3(float64), " * 5 + "out3(float64), int64, int64, int64"
    )  # fmt: skip
    rows = count * shape[-1]
    run_bands(lambda start, stop: kernel(first, second, *matrices, out, _STEPS, start, stop), rows, rows * _COST)
    return out.reshape(*shape, 3)
