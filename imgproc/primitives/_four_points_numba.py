"""Homographies of four points, sample by sample; the formulas are those of the reference body."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import inline


def solve_samples(source, target, roundings, made):
    """Write the homographies (S, 9) of samples (S, 4, 2); NaN where one is not sound."""
    p, q = empty((4, 2)), empty((4, 2))
    a, b, depth, line, h = empty(4), empty(4), empty(4), empty(3), empty(9)
    for n in range(len(source)):
        px, py, is_apart = centre(source[n], p, a, roundings)
        qx, qy, is_also = centre(target[n], q, b, roundings)
        made[n] = math.nan
        if not (is_apart and is_also):
            continue
        for i in range(4):
            depth[i] = b[i] / a[i]
        if not (depth[0] * depth[3] > 0 and depth[1] * depth[3] > 0 and depth[2] * depth[3] > 0):
            continue
        h[:] = 0.0
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            line[0] = depth[i] * (p[j, 1] - p[k, 1])
            line[1] = depth[i] * (p[k, 0] - p[j, 0])
            line[2] = depth[i] * (p[j, 0] * p[k, 1] - p[k, 0] * p[j, 1])
            for m in range(3):
                h[m] += line[m] * q[i, 0]
                h[3 + m] += line[m] * q[i, 1]
                h[6 + m] += line[m]
        scale(h, px, py, qx, qy)
        for k in range(9):
            made[n, k] = h[k]


@inline
def centre(points, about, areas, roundings):
    """Write points about their middle and twice the signed areas; return the middle and whether all are apart."""
    x, y = 0.0, 0.0
    for i in range(4):
        x += points[i, 0] / 4
        y += points[i, 1] / 4
    extent = 0.0
    for i in range(4):
        about[i, 0], about[i, 1] = points[i, 0] - x, points[i, 1] - y
        extent += abs(about[i, 0]) + abs(about[i, 1])
    areas[0] = area(about[3], about[1], about[2])
    areas[1] = area(about[0], about[3], about[2])
    areas[2] = area(about[0], about[1], about[3])
    areas[3] = area(about[0], about[1], about[2])
    blur = roundings * extent * (extent + max(abs(x), abs(y)))
    is_apart = True
    for i in range(4):
        is_apart &= abs(areas[i]) > blur
    return x, y, is_apart


@inline
def area(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@inline
def scale(h, px, py, qx, qy):
    """Move `h` from points about their middles to points as they are; h[8] = 1, or the norm where that is 0."""
    depth = h[8]
    rounding = 2.0**-48 * (abs(depth) + abs(h[6] * px) + abs(h[7] * py))
    for i in range(3):
        h[3 * i + 2] -= h[3 * i] * px + h[3 * i + 1] * py
    for m in range(3):
        h[m] += qx * h[6 + m]
        h[3 + m] += qy * h[6 + m]
    divisor = h[8]
    if abs(divisor) <= rounding:
        divisor = 0.0
        for m in range(9):
            divisor += h[m] * h[m]
        divisor = math.copysign(math.sqrt(divisor), depth)
    for m in range(9):
        h[m] /= divisor
