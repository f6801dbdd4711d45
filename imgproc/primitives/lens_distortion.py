"""Lens distortion on the plane z = 1, by OpenCV's model of eight coefficients, there and back, and over an image."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._checks import can_look
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled

_MAX_ITERATIONS = 30
_SETTLED = 1e-15
_ON_TARGET = 1e-9
"""Residual, in units of the focal length, above which a point has no inverse."""

Pair = tuple[Any, Any]


def distort(point: Pair, k: list[Any]) -> Pair:
    """Apply the model to points of the plane z = 1."""
    moved, _ = _distort_with_jacobian(point, k)
    return moved


def _distort_with_jacobian(point: Pair, k: list[Any]) -> tuple[Pair, tuple[Any, Any, Any]]:
    """Return the moved points and the derivatives (xx, xy = yx, yy)."""
    x, y = point
    k1, k2, p1, p2, k3, k4, k5, k6 = k
    square = x * x + y * y
    above = 1 + square * (k1 + square * (k2 + square * k3))
    below = 1 + square * (k4 + square * (k5 + square * k6))
    radial = above / below
    slope = (k1 + square * (2 * k2 + square * (3 * k3)) - radial * (k4 + square * (2 * k5 + square * (3 * k6)))) / below
    moved = (
        x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
        y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y,
    )
    xx = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    xy = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    yy = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
    return moved, (xx, xy, yy)


def undistort_plane(target: Pair, k: list[Any]) -> Pair:
    """Invert `distort` by Newton's method, from the target itself; NaN where there is no inverse around the centre."""
    xp = namespace(target[0])
    x, y = target
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_MAX_ITERATIONS):
            (u, v), (xx, xy, yy) = _distort_with_jacobian((x, y), k)
            off_x, off_y = u - target[0], v - target[1]
            determinant = xx * yy - xy * xy
            step_x, step_y = (yy * off_x - xy * off_y) / determinant, (xx * off_y - xy * off_x) / determinant
            x, y = x - step_x, y - step_y
            if can_look(x):
                size = xp.abs(step_x) + xp.abs(step_y)
                if not bool(xp.any(size > _SETTLED * (1 + xp.abs(x) + xp.abs(y)))):  # NaN will not settle
                    break
        (u, v), (xx, xy, yy) = _distort_with_jacobian((x, y), k)
        off = xp.abs(u - target[0]) + xp.abs(v - target[1])
        is_near = off <= _ON_TARGET * (1 + xp.abs(target[0]) + xp.abs(target[1]))
        is_found = is_near & (xx * yy - xy * xy > 0) & (xx + yy > 0)  # beyond the fold the Jacobian is not positive
    nowhere = xp.full_like(x, float("nan"))
    return xp.where(is_found, x, nowhere), xp.where(is_found, y, nowhere)


def to_plane(pixels: Pair, K: Any) -> Pair:
    """Return points on the plane z = 1, K⁻¹ (x, y, 1), in closed form."""
    a, b, c, d, e, f = (K[..., i, j, None] for i in range(2) for j in range(3))
    x, y = pixels[0] - c, pixels[1] - f
    determinant = linear_determinant(K)[..., None]
    return (e * x - b * y) / determinant, (a * y - d * x) / determinant


def to_pixels(point: Pair, K: Any) -> Pair:
    """Return K (x, y, 1)."""
    a, b, c, d, e, f = (K[..., i, j, None] for i in range(2) for j in range(3))
    return a * point[0] + b * point[1] + c, d * point[0] + e * point[1] + f


def linear_determinant(K: Any) -> Any:
    """Return the determinant of the upper left (2, 2)."""
    return K[..., 0, 0] * K[..., 1, 1] - K[..., 0, 1] * K[..., 1, 0]


@dispatched
def distorted_grid(matrix: Any, K: Any, coefficients: Any, size: tuple[int, int]) -> Any:
    """Return x, y (h, w) at which a lens shows what an image of `size` without distortion shows at each pixel.

    `matrix` (3, 3) takes pixels of that image to those of a camera K without distortion; `coefficients` are eight. All
    are float64.
    """
    xp = namespace(matrix)
    height, width = size
    u = xp.arange(width, dtype=xp.float64, device=matrix.device)
    v = xp.arange(height, dtype=xp.float64, device=matrix.device)[:, None]
    first, second, third = (matrix[i, 0] * u + (matrix[i, 1] * v + matrix[i, 2]) for i in range(3))
    point = to_plane((first / third, second / third), K)
    return to_pixels(distort(point, [coefficients[i] for i in range(8)]), K)


@implements(distorted_grid, "numpy")
def _grid_numba(matrix: Any, K: Any, coefficients: Any, size: tuple[int, int]) -> Any:
    from imgproc.primitives import _lens_distortion_numba

    kernel = compiled(
        _lens_distortion_numba.grid,
        "in2(float64), in2(float64), in1(float64), out2(float64), out2(float64), int64, int64",
    )
    x, y = np.empty(size), np.empty(size)
    operands = [np.ascontiguousarray(operand) for operand in (matrix, K, coefficients)]
    run_bands(lambda first, last: kernel(*operands, x, y, first, last), size[0], 16 * x.size)
    return x, y
