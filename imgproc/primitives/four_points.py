"""Homographies of four points, many at once, in closed form."""

import math
from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._planes import compiled
from imgproc.primitives.transform_fits import ROUNDINGS, scale_homography


@dispatched(differentiable=False)
def solve_four_points(source: Any, target: Any, rounding: float) -> Any:
    """Return the homographies (S, 3, 3) of samples (S, 4, 2), scaled as `scale_homography` does.

    NaN where three points lie on a line, or where some would pass behind the camera: the depths that a true homography
    gives to four points have one sign.

    With areas a_i of the triangle without point i in the source, and b_i in the target, H takes p_i to q_i b_i / a_i.
    """
    xp = namespace(source)
    middles = xp.mean(source, axis=1), xp.mean(target, axis=1)
    p, q = (
        [(points[:, i, 0] - middle[:, 0], points[:, i, 1] - middle[:, 1]) for i in range(4)]
        for points, middle in zip((source, target), middles, strict=True)
    )
    a, b = _areas(p), _areas(q)
    is_sound = _are_apart(p, a, middles[0], rounding) & _are_apart(q, b, middles[1], rounding)
    depths = [area / xp.where(is_sound, base, xp.ones_like(base)) for base, area in zip(a, b, strict=True)]
    for depth in depths[:3]:
        is_sound = is_sound & (depth * depths[3] > 0)
    # H is the sum of depth_i q_i (p_j x p_k)': each term vanishes at the other two points
    lines = [[depth * part for part in _line(p[(i + 1) % 3], p[(i + 2) % 3])] for i, depth in enumerate(depths[:3])]
    rows = [[sum(lines[i][j] * q[i][k] for i in range(3)) for j in range(3)] for k in range(2)]
    rows.append([sum(lines[i][j] for i in range(3)) for j in range(3)])
    h = xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
    H = scale_homography(h, *middles)
    return xp.where(is_sound[:, None, None], H, xp.full_like(H, math.nan))


Points = list[tuple[Any, Any]]


def _areas(points: Points) -> list[Any]:
    """Return twice the signed areas of 1, 2, 3 with the fourth point in place of each; last, of 1, 2, 3 themselves."""
    first, second, third, fourth = points
    triangles = (fourth, second, third), (first, fourth, third), (first, second, fourth), (first, second, third)
    return [(b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) for a, b, c in triangles]


def _are_apart(points: Points, areas: list[Any], middle: Any, rounding: float) -> Any:
    """Say which samples have triangles that are more than the rounding of coordinates."""
    xp = namespace(middle)
    extent = sum(abs(x) + abs(y) for x, y in points)
    blur = ROUNDINGS * rounding * extent * (extent + xp.max(xp.abs(middle), axis=-1))
    is_apart = abs(areas[0]) > blur
    for area in areas[1:]:
        is_apart = is_apart & (abs(area) > blur)
    return is_apart


def _line(p: tuple[Any, Any], q: tuple[Any, Any]) -> tuple[Any, Any, Any]:
    """Return the line through two points: the cross product of (x, y, 1)."""
    return p[1] - q[1], q[0] - p[0], p[0] * q[1] - q[0] * p[1]


@implements(solve_four_points, "numpy")
def _solve_numba(source: Any, target: Any, rounding: float) -> Any:
    from imgproc.primitives import _four_points_numba

    made = np.empty((len(source), 9))
    solve = compiled(_four_points_numba.solve_samples, "in3(float64), in3(float64), float64, out2(float64)")
    solve(np.ascontiguousarray(source), np.ascontiguousarray(target), ROUNDINGS * rounding, made)
    return made.reshape(-1, 3, 3)
