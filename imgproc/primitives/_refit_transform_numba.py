"""Refits of transforms: the pairs near a model, sums over them, then the few numbers they give."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating, in_any_order
from imgproc.primitives._consensus_numba import AFFINE as AFFINE_ERROR
from imgproc.primitives._consensus_numba import TRANSFER, columns_of, near_pairs
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._epipolar_step_numba import solve
from imgproc.primitives._row_products_numba import add_products, put_row
from imgproc.primitives._sampson_moments_numba import line_of
from imgproc.primitives._vectors_numba import inlined, lanes_of, spread, take, vector_of

TRANSLATION, EUCLIDEAN, SIMILARITY, AFFINE = range(4)

_BLOCK = 128
"""Pairs taken at once: few enough for their rows to stay in the first-level cache; whole vectors."""

_PRODUCTS = np.array([(i, j) for i in range(6) for j in (6, 8)] + [(10, 13), (11, 13), (12, 13), (15, 10)])
"""Rows that are multiplied: i with j and j + 1, see `fill_rows`."""


def refit_linear(models, source, target, inverses, kind, roundings, made, first, last):
    """Write models first <= m < last, rows of nine, each refitted to the pairs near it for one threshold after another.

    `inverses` are 1 / threshold², and less than `roundings` of a coordinate is nothing.
    """
    columns = columns_of(source, target)
    for m in range(first, last):
        for k in range(9):
            made[m, k] = models[m, k]
        for i in range(len(inverses)):
            near, count = near_pairs(made, m, columns, AFFINE_ERROR, inverses[i])
            fit_linear(near, count, made, m, kind, roundings)


def fit_samples(source, target, kind, roundings, made):
    """Write the matrices, as rows of nine, of samples (S, k, 2) whose pairs count alike."""
    size = source.shape[1]
    near = np.ones((5, size))
    for m in range(len(source)):
        for n in range(size):
            near[0, n], near[1, n] = source[m, n, 0], source[m, n, 1]
            near[2, n], near[3, n] = target[m, n, 0], target[m, n, 1]
        fit_linear(near, size, made, m, kind, roundings)


def refit_homographies(models, source, target, inverses, damping, made, first, last):
    """Do as `refit_linear` by steps of Gauss and Newton's method."""
    columns = columns_of(source, target)
    for m in range(first, last):
        for k in range(9):
            made[m, k] = models[m, k]
        for i in range(len(inverses)):
            step_homography(made, m, columns, inverses[i], damping)


@inline
def fit_linear(near, count, made, m, kind, roundings):
    """Write row m: the least-squares matrix of a kind up to affine of columns x, y, u, v, weight."""
    made[m] = math.nan
    total, ax, ay, bx, by = sum_firsts(near, count)
    if not total > 0.0:
        return
    ax, ay, bx, by = ax / total, ay / total, bx / total, by / total
    xx, xy, yy, xu, xv, yu, yv, uv = sum_seconds(near, count, 1.0 / total, ax, ay, bx, by)
    before, after = math.sqrt(xx + yy), math.sqrt(uv)
    blur = roundings * (before + max(abs(ax), abs(ay)))
    if kind == TRANSLATION:
        p, q, r, s = 1.0, 0.0, 0.0, 1.0
    elif kind == AFFINE:
        # on the columns x and y, made orthogonal first: normal equations would lose half the digits
        slope = xy / xx if xx > 0.0 else 0.0
        rest, ru, rv = sum_across(near, count, 1.0 / total, slope, ax, ay, bx, by)
        if not math.sqrt(xx * rest) > before * blur:
            return
        q, s = ru / rest, rv / rest
        p, r = xu / xx - q * slope, xv / xx - s * slope
    else:
        along, across = xu + yv, xv - yu
        length = math.hypot(along, across)
        if not length > before * roundings * (after + max(abs(bx), abs(by))) + after * blur:
            return
        divisor = xx + yy if kind == SIMILARITY else length
        p, r = along / divisor, across / divisor
        q, s = -r, p
    made[m, 0], made[m, 1], made[m, 2] = p, q, bx - p * ax - q * ay
    made[m, 3], made[m, 4], made[m, 5] = r, s, by - r * ax - s * ay
    made[m, 6], made[m, 7], made[m, 8] = 0.0, 0.0, 1.0


@in_any_order
def sum_firsts(near, count):
    total, x, y, u, v = 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(Index(count)):
        w = near[4, n]
        total += w
        x += w * near[0, n]
        y += w * near[1, n]
        u += w * near[2, n]
        v += w * near[3, n]
    return total, x, y, u, v


@in_any_order
def sum_seconds(near, count, scale, ax, ay, bx, by):
    xx, xy, yy, xu, xv, yu, yv, uv = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(Index(count)):
        w, x, y, u, v = near[4, n] * scale, near[0, n] - ax, near[1, n] - ay, near[2, n] - bx, near[3, n] - by
        wx, wy = w * x, w * y
        xx += wx * x
        xy += wx * y
        yy += wy * y
        xu += wx * u
        xv += wx * v
        yu += wy * u
        yv += wy * v
        uv += w * (u * u + v * v)
    return xx, xy, yy, xu, xv, yu, yv, uv


@in_any_order
def sum_across(near, count, scale, slope, ax, ay, bx, by):
    rest, u, v = 0.0, 0.0, 0.0
    for n in range(Index(count)):
        y = near[1, n] - ay - slope * (near[0, n] - ax)
        wy = near[4, n] * scale * y
        rest += wy * y
        u += wy * (near[2, n] - bx)
        v += wy * (near[3, n] - by)
    return rest, u, v


@allocating
def step_homography(made, m, columns, inverse, damping):
    """Replace model m by where a step of Gauss and Newton leads, towards the least squares of distances."""
    near, count = near_pairs(made, m, columns, TRANSFER, inverse)
    g, normal, right, scale = empty((3, 3)), zeros((8, 8)), empty(8), empty(8)
    for k in range(9):
        g[k // 3, k % 3] = made[m, k] / made[m, 8]
    fill_equations(g, near, count, normal, right)
    made[m] = math.nan
    for i in range(8):
        if not normal[i, i] > 0.0:
            return
        scale[i] = 1.0 / math.sqrt(normal[i, i])
    for i in range(8):
        right[i] *= scale[i]
        for j in range(8):
            normal[i, j] *= scale[i] * scale[j]
        normal[i, i] += damping
    solve(normal, right)
    for k in range(8):
        made[m, k] = g[k // 3, k % 3] + scale[k] * right[k]
    made[m, 8] = 1.0


@allocating
def fill_equations(g, near, count, normal, right):
    """Write J'WJ and J'Wr from sums of f f' times 1, a, b and a² + b², and of f times what pulls."""
    like, lanes = vector_of(near), empty(8)
    rows, found = empty((16, _BLOCK)), zeros((16, 16))
    for first in range(0, count, _BLOCK):
        padded = -(-min(_BLOCK, count - first) // lanes_of(like)) * lanes_of(like)
        for at in range(0, padded, lanes_of(like)):
            fill_rows(g, near, first + at, rows, at, like)
        for i, j in _PRODUCTS:
            add_products(rows, i, j, j + 1, padded, lanes, found, like)
    for i in range(3):
        right[i], right[3 + i] = found[10 + i, 13], found[10 + i, 14]
        for j in range(3):
            at = i + j + (i > 0 and j > 0)  # of f_i f_j among the six
            normal[i, j] = normal[3 + i, 3 + j] = found[at, 6]
            if j < 2:
                normal[i, 6 + j] = normal[6 + j, i] = -found[at, 7]
                normal[3 + i, 6 + j] = normal[6 + j, 3 + i] = -found[at, 8]
                if i < 2:
                    normal[6 + i, 6 + j] = found[at, 9]
    right[6], right[7] = -found[15, 10], -found[15, 11]


@inlined
def fill_rows(g, near, first, rows, at, like):
    """Fill 16 rows: products of f = (x, y, 1) / depth; w times 1, a, b and a² + b²; f; and what pulls at each row."""
    total = near.shape[1]
    x, y, w = take(near, first, like), take(near, first + total, like), take(near, first + 4 * total, like)
    inverse = spread(1.0, like) / line_of(g[2, 0], g[2, 1], g[2, 2], x, y)
    a = line_of(g[0, 0], g[0, 1], g[0, 2], x, y) * inverse
    b = line_of(g[1, 0], g[1, 1], g[1, 2], x, y) * inverse
    p, q = x * inverse, y * inverse
    du = w * (take(near, first + 2 * total, like) - a)
    dv = w * (take(near, first + 3 * total, like) - b)
    put_row(rows, 0, at, p * p)
    put_row(rows, 1, at, p * q)
    put_row(rows, 2, at, p * inverse)
    put_row(rows, 3, at, q * q)
    put_row(rows, 4, at, q * inverse)
    put_row(rows, 5, at, inverse * inverse)
    put_row(rows, 6, at, w)
    put_row(rows, 7, at, w * a)
    put_row(rows, 8, at, w * b)
    put_row(rows, 9, at, w * (a * a + b * b))
    put_row(rows, 10, at, p)
    put_row(rows, 11, at, q)
    put_row(rows, 12, at, inverse)
    put_row(rows, 13, at, du)
    put_row(rows, 14, at, dv)
    put_row(rows, 15, at, a * du + b * dv)
