"""Moments of the derivatives of Sampson distances, a block of pairs after the other; see sampson_moments.py."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index
from imgproc.primitives._row_products_numba import add_products, put_row
from imgproc.primitives._vectors_numba import inlined, lanes_of, root, select, spread, take, vector_of

BLOCK = 256
"""Pairs taken at once: few enough for their rows to stay in the first-level cache; whole vectors."""


def moments(points1, points2, weights, F, out):
    near = empty((5, len(weights) + 8))
    kept = Index(0)
    for n in range(Index(len(weights))):
        near[0, kept], near[1, kept] = points1[n, 0], points1[n, 1]
        near[2, kept], near[3, kept], near[4, kept] = points2[n, 0], points2[n, 1], weights[n]
        kept += Index(weights[n] > 0.0)
    near[:, kept : kept + 8] = 0.0
    fill_moments(near, kept, F, empty((10, BLOCK)), out)


@allocating
def fill_moments(near, count, F, rows, out):
    """Fill the symmetric matrix `out` (10, 10) from `count` columns x, y, u, v, weight, and some of weight 0."""
    like, lanes = vector_of(near), empty(8)
    out[:] = 0.0
    for first in range(0, count, BLOCK):
        padded = -(-min(BLOCK, count - first) // lanes_of(like)) * lanes_of(like)
        for at in range(0, padded, lanes_of(like)):
            fill_rows(near, first + at, F, rows, at, like)
        for i in range(10):
            for j in range(i, 10, 2):
                add_products(rows, i, j, min(j + 1, 9), padded, lanes, out, like)
    for i in range(10):
        for j in range(i):
            out[i, j] = out[j, i]


@inlined
def fill_rows(near, first, F, rows, at, like):
    """Fill ten rows with derivatives and residuals times the roots of their weights; 0 where these are 0."""
    total = near.shape[1]
    x, y = take(near, first, like), take(near, first + total, like)
    u, v = take(near, first + 2 * total, like), take(near, first + 3 * total, like)
    weight, none, one = take(near, first + 4 * total, like), spread(0.0, like), spread(1.0, like)
    a, b = line_of(F[0, 0], F[0, 1], F[0, 2], x, y), line_of(F[1, 0], F[1, 1], F[1, 2], x, y)
    d, e = line_of(F[0, 0], F[1, 0], F[2, 0], u, v), line_of(F[0, 1], F[1, 1], F[2, 1], u, v)
    squared = a * a + b * b + d * d + e * e
    is_used = (weight > none) & (squared > none)
    inverse = one / root(select(is_used, squared, one))
    residual = (a * u + b * v + line_of(F[2, 0], F[2, 1], F[2, 2], x, y)) * inverse
    heavy = root(select(is_used, weight, none))
    scale = heavy * inverse
    turn = residual * scale * inverse
    put_row(rows, 0, at, u * x * scale - turn * (a * x + d * u))
    put_row(rows, 1, at, u * y * scale - turn * (a * y + e * u))
    put_row(rows, 2, at, u * scale - turn * a)
    put_row(rows, 3, at, v * x * scale - turn * (b * x + d * v))
    put_row(rows, 4, at, v * y * scale - turn * (b * y + e * v))
    put_row(rows, 5, at, v * scale - turn * b)
    put_row(rows, 6, at, x * scale - turn * d)
    put_row(rows, 7, at, y * scale - turn * e)
    put_row(rows, 8, at, scale)
    put_row(rows, 9, at, residual * heavy)


@inlined
def line_of(p, q, r, x, y):
    return spread(p, x) * x + spread(q, x) * y + spread(r, x)
