"""Minimal solvers of two views, one sample after the other; see five_point.py and seven_point.py for the methods."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._real_roots_numba import roots_of
from imgproc.primitives._vectors_numba import eight_of, inlined, put, root, select, size_of, spread, take

_POLISH = 4
_RESIDUAL = 1e-8

_TURNS = tuple((math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in range(4))

# powers of x, y, z, 1 in the order of five_point.py
_CUBICS = (
    (3, 0, 0), (0, 3, 0), (2, 1, 0), (1, 2, 0), (2, 0, 1), (2, 0, 0), (0, 2, 1), (0, 2, 0), (1, 1, 1), (1, 1, 0),
    (1, 0, 2), (1, 0, 1), (1, 0, 0), (0, 1, 2), (0, 1, 1), (0, 1, 0), (0, 0, 3), (0, 0, 2), (0, 0, 1), (0, 0, 0),
)  # fmt: skip
_QUADRICS = tuple((i, j) for i in range(4) for j in range(i, 4))


def _place(*factors):
    return tuple(factors.count(k) for k in range(3))


_QUADRIC_OF = np.array([[_QUADRICS.index((min(i, j), max(i, j))) for j in range(4)] for i in range(4)])
"""Where the product of two of (x, y, z, 1) stands among ten."""

_CUBIC_OF = np.array([[_CUBICS.index(_place(*pair, k)) for k in range(4)] for pair in _QUADRICS])
"""Where the product of one of those with one of (x, y, z, 1) stands among twenty."""


def epipolar_basis(points1, points2, out, start, stop):
    """Householder reflections of the columns of the transposed design; the last columns of Q are the null space.

    Eight samples are reflected at once: the last axis of `columns` is theirs.
    """
    pairs = points1.shape[1]
    columns, scales = empty((pairs + 1, 9, 8)), empty((pairs, 8))  # the last column is one of Q
    for first in range(start, stop, 8):
        count = min(8, stop - first)
        fill_design(points1, points2, first, count, columns)
        triangulate(columns, scales, pairs)
        for j in range(9 - pairs):
            columns[pairs] = 0.0
            columns[pairs, pairs + j] = 1.0
            for k in range(pairs - 1, -1, -1):
                reflect(columns, k, pairs, scales)
            for t in range(count):
                for i in range(9):
                    out[first + t, j, i] = columns[pairs, i, t]


@inline
def fill_design(points1, points2, first, count, columns):
    for t in range(8):
        s = first + min(t, count - 1)
        for k in range(points1.shape[1]):
            x, y, u, v = points1[s, k, 0], points1[s, k, 1], points2[s, k, 0], points2[s, k, 1]
            columns[k, 0, t], columns[k, 1, t], columns[k, 2, t] = u * x, u * y, u
            columns[k, 3, t], columns[k, 4, t], columns[k, 5, t] = v * x, v * y, v
            columns[k, 6, t], columns[k, 7, t], columns[k, 8, t] = x, y, 1.0


@inline
def triangulate(columns, scales, pairs):
    """Make of each column k the axis of the reflection that ends it at k, and write what to multiply it by."""
    like = eight_of(columns)
    none, one = spread(0.0, like), spread(1.0, like)
    for k in range(pairs):
        square = none
        for i in range(k, 9):
            entry = take(columns, (9 * k + i) * 8, like)
            square += entry * entry
        length, head = root(square), take(columns, 80 * k, like)
        put(columns, 80 * k, head + select(head >= none, length, -length))
        size = length * (length + size_of(head))
        put(scales, 8 * k, select(size > none, one / size, none))
        for j in range(k + 1, pairs):
            reflect(columns, k, j, scales)


@inlined
def reflect(columns, k, j, scales):
    """Reflect column j by column k, from place k on."""
    like = eight_of(columns)
    inner = spread(0.0, like)
    for i in range(k, 9):
        inner += take(columns, (9 * k + i) * 8, like) * take(columns, (9 * j + i) * 8, like)
    inner = inner * take(scales, 8 * k, like)
    for i in range(k, 9):
        at = (9 * j + i) * 8
        put(columns, at, take(columns, at, like) - inner * take(columns, (9 * k + i) * 8, like))


@inline
def cofactor(m, i, j):
    p, q, r, s = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
    return m[3 * p + r] * m[3 * q + s] - m[3 * p + s] * m[3 * q + r]


@inline
def determinant(m):
    return m[0] * cofactor(m, 0, 0) + m[1] * cofactor(m, 0, 1) + m[2] * cofactor(m, 0, 2)


def seven_point(basis, tolerance, out, start, stop):
    """Roots of the cubic det(z first + w second)."""
    scratch, found, angles = empty((3, 5)), zeros(5, np.bool_), empty(3)
    first, second, trial, cubic = empty(9), empty(9), empty(9), empty(4)
    for s in range(start, stop):
        turn, greatest = 0, -1.0
        for k in range(4):
            c, d = _TURNS[k]
            for i in range(9):
                trial[i] = c * basis[s, 0, i] + d * basis[s, 1, i]
            size = abs(determinant(trial))
            if size > greatest:
                turn, greatest = k, size
        c, d = _TURNS[turn]
        for i in range(9):
            first[i] = c * basis[s, 0, i] + d * basis[s, 1, i]
            second[i] = c * basis[s, 1, i] - d * basis[s, 0, i]
        cubic[:] = 0.0
        for i in range(3):
            for j in range(3):
                of_first, of_second = cofactor(first, i, j), cofactor(second, i, j)
                cubic[0] += of_first * first[3 * i + j] / 3
                cubic[1] += of_first * second[3 * i + j]
                cubic[2] += of_second * first[3 * i + j]
                cubic[3] += of_second * second[3 * i + j] / 3
        roots_of(cubic, 3, tolerance, scratch[0], scratch[1], scratch[2], found, angles)
        for k in range(3):
            z, w = math.sin(angles[k]), math.cos(angles[k])
            for i in range(9):
                out[s, k, i] = z * first[i] + w * second[i]


@inline
def add_quadric(a, b, factor, out):
    """Add to `out` the product of two linear forms in (x, y, z, 1)."""
    for i in range(4):
        for j in range(4):
            out[_QUADRIC_OF[i, j]] += factor * a[i] * b[j]


@inline
def add_cubic(quadric, linear, out):
    for i in range(10):
        for j in range(4):
            out[_CUBIC_OF[i, j]] += quadric[i] * linear[j]


@inline
def fill_cubics(forms, gram, quadric, rows):
    """Fill the ten constraints: nine of 2 E E' E - tr(E E') E, and det E."""
    rows[:] = 0.0
    gram[:] = 0.0
    for i in range(3):
        for k in range(i, 3):
            for m in range(3):
                add_quadric(forms[3 * i + m], forms[3 * k + m], 2.0, gram[3 * i + k])
            for c in range(10):
                gram[3 * k + i, c] = gram[3 * i + k, c]
    for c in range(10):
        trace = (gram[0, c] + gram[4, c] + gram[8, c]) / 2
        for i in range(3):
            gram[4 * i, c] -= trace
    for i in range(3):
        for j in range(3):
            for k in range(3):
                add_cubic(gram[3 * i + k], forms[3 * k + j], rows[3 * i + j])
    for j in range(3):
        k, m = (j + 1) % 3, (j + 2) % 3
        quadric[:] = 0.0
        add_quadric(forms[3 + k], forms[6 + m], 1.0, quadric)
        add_quadric(forms[3 + m], forms[6 + k], -1.0, quadric)
        add_cubic(quadric, forms[j], rows[9])


@inline
def eliminate(rows):
    """Gauss and Jordan's elimination of the first ten columns, with the greatest pivots; return the least of them."""
    least = np.inf
    for c in range(10):
        best = c
        for i in range(c + 1, 10):
            if abs(rows[i, c]) > abs(rows[best, c]):
                best = i
        leading = rows[best, c]
        least = min(least, abs(leading))
        if leading == 0:
            leading = 1.0
        for j in range(c, 20):
            value = rows[best, j] / leading
            rows[best, j] = rows[c, j]
            rows[c, j] = value
        for i in range(10):
            if i != c:
                factor = rows[i, c]
                for j in range(c, 20):
                    rows[i, j] -= factor * rows[c, j]
    return least


@inline
def fill_forms(rows, forms):
    """Fill (3, 3, 5): what multiplies x, y and 1 in three equations, as polynomials in z, powers upward."""
    forms[:] = 0.0
    for e in range(3):
        a, b = rows[4 + 2 * e], rows[5 + 2 * e]
        for part in range(3):
            first, power = 10 + 3 * part, 2 if part < 2 else 3
            for k in range(power + 1):
                forms[e, part, power - k] += a[first + k]
                forms[e, part, power - k + 1] -= b[first + k]


@inline
def fill_determinant(forms, quintic, polynomial):
    """Fill the determinant of the three equations, highest power of z first."""
    polynomial[:] = 0.0
    for i in range(3):
        k, m = (i + 1) % 3, (i + 2) % 3
        quintic[:] = 0.0
        for p in range(4):
            for q in range(4):
                quintic[p + q] += forms[k, 0, p] * forms[m, 1, q] - forms[m, 0, p] * forms[k, 1, q]
        for p in range(7):
            for q in range(5):
                polynomial[10 - p - q] += quintic[p] * forms[i, 2, q]


@inline
def fill_weights(forms, angle, equations, weights):
    """Fill the unit weights of X, Y, Z and W at the root z = tan(angle)."""
    z, w = math.sin(angle), math.cos(angle)
    for e in range(3):
        for part in range(3):
            power = 3 if part < 2 else 4
            value, scale = 0.0, 1.0
            for k in range(power, -1, -1):  # by Horner's scheme of both: sum of c_k z^k w^(power - k)
                value = value * z + forms[e, part, k] * scale
                scale *= w
            equations[e, part] = value
    longest = -1.0
    for i in range(3):
        k = (i + 1) % 3
        x = equations[i, 1] * equations[k, 2] - equations[i, 2] * equations[k, 1]
        y = equations[i, 2] * equations[k, 0] - equations[i, 0] * equations[k, 2]
        one = equations[i, 0] * equations[k, 1] - equations[i, 1] * equations[k, 0]
        length = x * x + y * y + one * one
        if length > longest:
            longest = length
            weights[0], weights[1], weights[2], weights[3] = x, y, z * one, w * one
    normalise(weights)


@inline
def normalise(x):
    length = 0.0
    for i in range(len(x)):
        length += x[i] * x[i]
    length = math.sqrt(length) if length > 0 else 1.0
    for i in range(len(x)):
        x[i] /= length


@inline
def multiply(a, b, out):
    for i in range(3):
        for j in range(3):
            out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j]


@inline
def transpose(a, out):
    for i in range(3):
        for j in range(3):
            out[3 * i + j] = a[3 * j + i]


@inline
def fill_constraints(basis, weights, E, m, values, slopes, with_slopes):
    """Fill E, the ten constraints, and their derivatives by the weights; m is scratch (8, 9)."""
    for i in range(9):
        E[i] = weights[0] * basis[0, i] + weights[1] * basis[1, i] + weights[2] * basis[2, i] + weights[3] * basis[3, i]
    turned, of_row, of_column, D, product = m[0], m[1], m[2], m[3], m[4]
    transpose(E, turned)
    multiply(E, turned, of_row)
    multiply(turned, E, of_column)
    trace = of_row[0] + of_row[4] + of_row[8]
    multiply(of_row, E, product)
    for i in range(9):
        values[i] = 2 * product[i] - trace * E[i]
    values[9] = determinant(E)
    if not with_slopes:
        return
    for k in range(4):
        inner, steepness = 0.0, 0.0
        for i in range(9):
            inner += E[i] * basis[k, i]
            steepness += cofactor(E, i // 3, i % 3) * basis[k, i]
        for i in range(9):
            slopes[i, k] = -trace * basis[k, i] - 2 * inner * E[i]
        slopes[9, k] = steepness
        multiply(basis[k], of_column, product)
        add_twice(product, slopes, k)
        multiply(of_row, basis[k], product)
        add_twice(product, slopes, k)
        transpose(basis[k], D)
        multiply(D, E, m[5])
        multiply(E, m[5], product)
        add_twice(product, slopes, k)


@inline
def add_twice(product, slopes, k):
    for i in range(9):
        slopes[i, k] += 2 * product[i]


@inline
def step(values, slopes, weights, normal):
    """Take one step of Gauss and Newton at right angles to the weights; return its length."""
    for i in range(4):
        for j in range(4):
            total = weights[i] * weights[j] + (1e-14 if i == j else 0.0)
            for k in range(10):
                total += slopes[k, i] * slopes[k, j]
            normal[i, j] = total
        total = 0.0
        for k in range(10):
            total += slopes[k, i] * values[k]
        normal[i, 4] = total
    for c in range(4):  # positive definite: no pivots needed
        for i in range(c + 1, 4):
            factor = normal[i, c] / normal[c, c]
            for j in range(c, 5):
                normal[i, j] -= factor * normal[c, j]
    for c in range(3, -1, -1):
        for j in range(c + 1, 4):
            normal[c, 4] -= normal[c, j] * normal[j, 4]
        normal[c, 4] /= normal[c, c]
    inner = 0.0
    for c in range(4):
        inner += normal[c, 4] * weights[c]
    length = 0.0
    for c in range(4):
        moved = normal[c, 4] - inner * weights[c]
        length += moved * moved
    if length < 1e6:  # neither NaN nor infinite
        for c in range(4):
            weights[c] -= normal[c, 4] - inner * weights[c]
        normalise(weights)
    return length


@inline
def reduce(basis, forms, gram, quadric, rows):
    """Fill and eliminate the constraints; return the least pivot."""
    for i in range(9):
        for k in range(4):
            forms[i, k] = basis[k, i]
    fill_cubics(forms, gram, quadric, rows)
    return eliminate(rows)


def five_point(basis, turn, pivot, tolerance, out, start, stop):
    """Solve one sample after the other; where pivots get small, in another basis if they are greater there."""
    forms, rows, others, gram = empty((9, 4)), empty((10, 20)), empty((10, 20)), empty((9, 10))
    quadric, equations, three = empty(10), empty((3, 3)), empty((3, 3, 5))
    quintic, polynomial, angles = empty(7), empty(11), empty(10)
    scratch, found, used = empty((3, 12)), zeros(12, np.bool_), empty((4, 9))
    weights, E, m = empty(4), empty(9), empty((6, 9))
    values, slopes, normal = empty(10), empty((10, 4)), empty((4, 5))
    for s in range(start, stop):
        used[:] = basis[s]
        least = reduce(used, forms, gram, quadric, rows)
        if least < pivot:
            turn_basis(basis[s], turn, used)
            if reduce(used, forms, gram, quadric, others) > least:
                rows[:] = others
            else:
                used[:] = basis[s]
        fill_forms(rows, three)
        fill_determinant(three, quintic, polynomial)
        count = roots_of(polynomial, 10, tolerance, scratch[0], scratch[1], scratch[2], found, angles)
        for r in range(10):
            residual = np.inf
            if r < count:
                fill_weights(three, angles[r], equations, weights)
                for _ in range(_POLISH):
                    fill_constraints(used, weights, E, m, values, slopes, True)
                    if step(values, slopes, weights, normal) < 1e-18:
                        break
                fill_constraints(used, weights, E, m, values, slopes, False)
                residual = np.max(np.abs(values))
            for i in range(9):
                out[s, r, i] = E[i] * math.sqrt(2.0) if residual < _RESIDUAL else np.nan


@inline
def turn_basis(basis, turn, out):
    for k in range(4):
        for i in range(9):
            total = 0.0
            for j in range(4):
                total += turn[k, j] * basis[j, i]
            out[k, i] = total
