"""Refits of transforms in one call: sums over the points, then the few numbers they give."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

TRANSLATION, EUCLIDEAN, SIMILARITY, AFFINE = range(4)


def fit_linear(source, target, weights, kind, roundings, made):
    """Write the least-squares matrix of a kind up to affine; less than `roundings` of a coordinate is nothing."""
    made[:] = math.nan
    total, ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(Index(len(source))):
        w = weights[n]
        total += w
        ax += w * source[n, 0]
        ay += w * source[n, 1]
        bx += w * target[n, 0]
        by += w * target[n, 1]
    if not total > 0.0:
        return
    ax, ay, bx, by = ax / total, ay / total, bx / total, by / total
    xx, xy, yy, xu, xv, yu, yv, uv = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(Index(len(source))):
        w = weights[n] / total
        x, y, u, v = source[n, 0] - ax, source[n, 1] - ay, target[n, 0] - bx, target[n, 1] - by
        xx += w * x * x
        xy += w * x * y
        yy += w * y * y
        xu += w * x * u
        xv += w * x * v
        yu += w * y * u
        yv += w * y * v
        uv += w * (u * u + v * v)
    before, after = math.sqrt(xx + yy), math.sqrt(uv)
    blur = roundings * (before + max(abs(ax), abs(ay)))
    if kind == TRANSLATION:
        p, q, r, s = 1.0, 0.0, 0.0, 1.0
    elif kind == AFFINE:
        # on the columns x and y, made orthogonal first: normal equations would lose half the digits
        slope, rest, ru, rv = xy / xx if xx > 0.0 else 0.0, 0.0, 0.0, 0.0
        for n in range(Index(len(source))):
            w = weights[n] / total
            y = source[n, 1] - ay - slope * (source[n, 0] - ax)
            rest += w * y * y
            ru += w * y * (target[n, 0] - bx)
            rv += w * y * (target[n, 1] - by)
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
    made[0, 0], made[0, 1], made[0, 2] = p, q, bx - p * ax - q * ay
    made[1, 0], made[1, 1], made[1, 2] = r, s, by - r * ax - s * ay
    made[2, 0], made[2, 1], made[2, 2] = 0.0, 0.0, 1.0


def step_homography(source, target, weights, start, damping, made):
    """Write `start` after one step of Gauss and Newton towards the least squares of distances."""
    made[:] = math.nan
    g = start / start[2, 2]
    normal, right = np.zeros((8, 8)), np.zeros(8)
    sum_equations(g, source, target, weights, normal, right)
    scale = np.empty(8)
    for i in range(8):
        if not normal[i, i] > 0.0:
            return
        scale[i] = 1.0 / math.sqrt(normal[i, i])
    for i in range(8):
        right[i] *= scale[i]
        for j in range(8):
            normal[i, j] *= scale[i] * scale[j]
        normal[i, i] += damping
    if solve(normal, right):
        for i in range(8):
            made[i // 3, i % 3] = g[i // 3, i % 3] + scale[i] * right[i]
        made[2, 2] = 1.0


@inline
def sum_equations(g, source, target, weights, normal, right):
    """Write J'WJ and J'Wr from sums of f f' times 1, a, b and a² + b²; pairs without weight cost nothing."""
    f, products = np.empty(3), np.zeros(8)  # six, and two that make whole vectors of the processor
    sums = np.zeros((4, 8))
    for n in range(len(source)):
        w = weights[n]
        if w == 0:
            continue
        x, y = source[n, 0], source[n, 1]
        inverse = 1.0 / (g[2, 0] * x + g[2, 1] * y + g[2, 2])
        a = (g[0, 0] * x + g[0, 1] * y + g[0, 2]) * inverse
        b = (g[1, 0] * x + g[1, 1] * y + g[1, 2]) * inverse
        f[0], f[1], f[2] = x * inverse, y * inverse, inverse
        products[0], products[1], products[2] = f[0] * f[0], f[0] * f[1], f[0] * f[2]
        products[3], products[4], products[5] = f[1] * f[1], f[1] * f[2], f[2] * f[2]
        wa, wb, wc = w * a, w * b, w * (a * a + b * b)
        for i in range(Index(8)):
            sums[0, i] += w * products[i]
            sums[1, i] += wa * products[i]
            sums[2, i] += wb * products[i]
            sums[3, i] += wc * products[i]
        du, dv = w * (target[n, 0] - a), w * (target[n, 1] - b)
        pull = a * du + b * dv
        for i in range(3):
            right[i] += du * f[i]
            right[3 + i] += dv * f[i]
        right[6] -= pull * f[0]
        right[7] -= pull * f[1]
    for i in range(3):
        for j in range(3):
            at = i + j + (i > 0 and j > 0)  # of f_i f_j among the six
            normal[i, j] = normal[3 + i, 3 + j] = sums[0, at]
            if j < 2:
                normal[i, 6 + j] = normal[6 + j, i] = -sums[1, at]
                normal[3 + i, 6 + j] = normal[6 + j, 3 + i] = -sums[2, at]
                if i < 2:
                    normal[6 + i, 6 + j] = sums[3, at]


@inline
def solve(matrix, right):
    """Solve in place by Cholesky; say whether the matrix is positive."""
    size = len(right)
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= matrix[i, k] * matrix[j, k]
            if i > j:
                matrix[i, j] = rest / matrix[j, j]
            elif rest > 0.0:
                matrix[i, i] = math.sqrt(rest)
            else:
                return False
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]
    return True
