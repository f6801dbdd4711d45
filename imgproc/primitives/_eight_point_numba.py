"""The normalised eight-point algorithm, one problem after another."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._null_vector_numba import CHUNK, clear_triangle, orthogonalise, sort_sizes, triangulate


def eight_point(points1, points2, shares, tie, made, values, offsets, first, last):
    """Fit problems first <= b < last: F as three rows of `made`, singular values, and the offset of the points."""
    work, turned = empty((9, 9 + CHUNK)), empty((9, 9))
    small, around = empty((3, 3)), empty((3, 3))
    F, sizes = empty((3, 3)), empty(3)
    for b in range(first, last):
        x1, y1, scale1, offset1 = centre(points1, shares, b)
        x2, y2, scale2, offset2 = centre(points2, shares, b)
        offsets[b] = max(offset1, offset2)
        clear_triangle(work)
        for start in range(0, points1.shape[1], CHUNK):
            count = min(CHUNK, points1.shape[1] - start)
            for i in range(Index(count)):
                k, o = Index(start) + i, Index(9) + i
                weight = np.sqrt(shares[b, k])
                x, y = (points1[b, k, 0] - x1) * scale1, (points1[b, k, 1] - y1) * scale1
                u, v = (points2[b, k, 0] - x2) * scale2 * weight, (points2[b, k, 1] - y2) * scale2 * weight
                work[0, o], work[1, o], work[2, o] = u * x, u * y, u
                work[3, o], work[4, o], work[5, o] = v * x, v * y, v
                work[6, o], work[7, o], work[8, o] = weight * x, weight * y, weight
            triangulate(work, 9 + count)
        orthogonalise(work, turned)
        least = sort_sizes(work, values[b])
        for i in range(3):
            for j in range(3):
                F[i, j] = turned[least, 3 * i + j]
                small[j, i] = F[i, j]
        orthogonalise(small, around)
        lower_rank(F, around, sort_sizes(small, sizes))
        leave_centre(F, x1, y1, scale1, x2, y2, scale2)
        write_scaled(F, tie, made, 3 * b)


@inline
def centre(points, shares, b):
    """Return the mean, the factor that makes the RMS distance to it sqrt(2), and the mean over that distance."""
    count = Index(points.shape[1])
    x = y = 0.0
    for i in range(count):
        x += shares[b, i] * points[b, i, 0]
        y += shares[b, i] * points[b, i, 1]
    spread = 0.0
    for i in range(count):
        right, down = points[b, i, 0] - x, points[b, i, 1] - y
        spread += shares[b, i] * (right * right + down * down)
    length = np.sqrt(spread) if spread != 0.0 else 1.0
    return x, y, np.sqrt(2.0) / length, max(abs(x), abs(y)) / length


@inline
def lower_rank(F, around, least):
    """Take from F its part along the unit vector in row `least` of `around`."""
    for i in range(3):
        along = F[i, 0] * around[least, 0] + F[i, 1] * around[least, 1] + F[i, 2] * around[least, 2]
        for j in range(3):
            F[i, j] -= along * around[least, j]


@inline
def leave_centre(F, x1, y1, scale1, x2, y2, scale2):
    """Turn F of centred points into F of the points: T2' F T1."""
    for i in range(3):
        F[i, 0], F[i, 1] = F[i, 0] * scale1, F[i, 1] * scale1
        F[i, 2] -= F[i, 0] * x1 + F[i, 1] * y1
    for j in range(3):
        F[0, j], F[1, j] = F[0, j] * scale2, F[1, j] * scale2
        F[2, j] -= F[0, j] * x2 + F[1, j] * y2


@inline
def write_scaled(F, tie, made, row):
    """Write F of norm 1, its greatest entry, the first of those within `tie`, positive."""
    squares = greatest = 0.0
    for i in range(3):
        for j in range(3):
            squares += F[i, j] * F[i, j]
            greatest = max(greatest, abs(F[i, j]))
    norm = np.sqrt(squares) if squares > 0.0 else 1.0
    for i in range(8, -1, -1):
        if abs(F[i // 3, i % 3]) >= (1.0 - tie) * greatest:
            leading = F[i // 3, i % 3]
    if leading < 0.0:
        norm = -norm
    for i in range(3):
        for j in range(3):
            made[row + i, j] = F[i, j] / norm + 0.0  # no negative zeros
