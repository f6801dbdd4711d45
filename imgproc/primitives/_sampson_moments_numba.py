"""Moments of the derivatives of Sampson distances, a block of pairs after the other; see sampson_moments.py."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

_BLOCK = 128
"""Pairs taken at once: few enough for their rows to stay in the first-level cache."""


@inline
def fill_rows(points1, points2, weights, F, first, count, rows):
    """Fill ten rows with derivatives and residuals times the roots of their weights, 0 beyond `count`.

    Before that, rows 6 to 10 take the coordinates and weights: neighbours in memory are worked on together.
    """
    for k in range(Index(_BLOCK)):
        n = Index(first) + min(k, Index(count - 1))
        rows[6, k], rows[7, k] = points1[n, 0], points1[n, 1]
        rows[8, k], rows[9, k] = points2[n, 0], points2[n, 1]
        rows[10, k] = weights[n] if k < count else 0.0
    f00, f01, f02 = F[0, 0], F[0, 1], F[0, 2]
    f10, f11, f12 = F[1, 0], F[1, 1], F[1, 2]
    f20, f21, f22 = F[2, 0], F[2, 1], F[2, 2]
    for k in range(Index(_BLOCK)):
        x, y, u, v = rows[6, k], rows[7, k], rows[8, k], rows[9, k]
        a, b = f00 * x + f01 * y + f02, f10 * x + f11 * y + f12
        d, e = f00 * u + f10 * v + f20, f01 * u + f11 * v + f21
        squared = a * a + b * b + d * d + e * e
        is_used = (rows[10, k] > 0) & (squared > 0)
        root = math.sqrt(rows[10, k] if is_used else 0.0)
        inverse = 1.0 / math.sqrt(squared if is_used else 1.0)
        residual = (a * u + b * v + f20 * x + f21 * y + f22) * inverse
        scale = root * inverse
        turn = residual * scale * inverse
        rows[0, k] = u * x * scale - turn * (a * x + d * u)
        rows[1, k] = u * y * scale - turn * (a * y + e * u)
        rows[2, k] = u * scale - turn * a
        rows[3, k] = v * x * scale - turn * (b * x + d * v)
        rows[4, k] = v * y * scale - turn * (b * y + e * v)
        rows[5, k] = v * scale - turn * b
        rows[6, k] = x * scale - turn * d
        rows[7, k] = y * scale - turn * e
        rows[8, k] = scale
        rows[9, k] = residual * root


@inline
def dot(rows, i, j):
    """Return the product of two rows, in sums kept apart so that the processor adds several at once."""
    a = b = c = d = e = f = g = h = 0.0
    for k in range(Index(0), Index(_BLOCK), Index(8)):
        a += rows[i, k] * rows[j, k]
        b += rows[i, k + Index(1)] * rows[j, k + Index(1)]
        c += rows[i, k + Index(2)] * rows[j, k + Index(2)]
        d += rows[i, k + Index(3)] * rows[j, k + Index(3)]
        e += rows[i, k + Index(4)] * rows[j, k + Index(4)]
        f += rows[i, k + Index(5)] * rows[j, k + Index(5)]
        g += rows[i, k + Index(6)] * rows[j, k + Index(6)]
        h += rows[i, k + Index(7)] * rows[j, k + Index(7)]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@inline
def fill_moments(points1, points2, weights, F, out):
    """Fill the symmetric matrix `out` (10, 10)."""
    rows = np.empty((11, _BLOCK))
    out[:] = 0.0
    for first in range(0, len(weights), _BLOCK):
        fill_rows(points1, points2, weights, F, first, min(_BLOCK, len(weights) - first), rows)
        for i in range(Index(10)):
            for j in range(i, Index(10)):
                out[i, j] += dot(rows, i, j)
    for i in range(10):
        for j in range(i):
            out[i, j] = out[j, i]


def moments(points1, points2, weights, F, out):
    fill_moments(points1, points2, weights, F, out)
