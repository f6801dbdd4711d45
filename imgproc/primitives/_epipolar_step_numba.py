"""Steps of Gauss and Newton's method on epipolar matrices; see epipolar_step.py for the method."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._consensus_numba import SAMPSON, columns_of, near_pairs
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._sampson_moments_numba import BLOCK, fill_moments


@inline
def cofactors(m, out):
    for i in range(3):
        for j in range(3):
            p, q, r, s = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
            out[i, j] = m[p, r] * m[q, s] - m[p, s] * m[q, r]


@inline
def inner(a, b):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * b[i, j]
    return total


@inline
def multiply(a, b, out):
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@inline
def fill_cross(t, out):
    out[0, 0] = out[1, 1] = out[2, 2] = 0.0
    out[0, 1], out[0, 2], out[1, 2] = -t[2], t[1], -t[0]
    out[1, 0], out[2, 0], out[2, 1] = t[2], -t[1], t[0]


@inline
def normalise(x):
    length = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    for i in range(3):
        x[i] /= length


@inline
def solve(normal, right):
    """Solve positive definite equations in place: `right` becomes the solution."""
    n = len(right)
    for c in range(n):
        for i in range(c + 1, n):
            factor = normal[i, c] / normal[c, c]
            for j in range(c, n):
                normal[i, j] -= factor * normal[c, j]
            right[i] -= factor * right[c]
    for c in range(n - 1, -1, -1):
        for j in range(c + 1, n):
            right[c] -= normal[c, j] * right[j]
        right[c] /= normal[c, c]


@inline
def add_size(normal, damping):
    """Add to the diagonal a share of its sum; return that sum, or 1 if it is 0."""
    size = 0.0
    for i in range(len(normal)):
        size += normal[i, i]
    size = size if size > 0 else 1.0
    for i in range(len(normal)):
        normal[i, i] += damping * size
    return size


def refit_fundamentals(models, points1, points2, inverses, damping, made, first, last):
    """Write models first <= m < last, rows of nine, each after a step for one threshold after another.

    `inverses` are 1 / threshold².
    """
    columns = columns_of(points1, points2)
    rows, F, out = empty((10, BLOCK)), empty((3, 3)), empty((3, 3))
    for m in range(first, last):
        for k in range(9):
            made[m, k] = models[m, k]
        for i in range(len(inverses)):
            near, count = near_pairs(made, m, columns, SAMPSON, inverses[i])
            for k in range(9):
                F[k // 3, k % 3] = made[m, k]
            fundamental_step(near, count, F, rows, damping, out)
            for k in range(9):
                made[m, k] = out[k // 3, k % 3]


def refit_essentials(models, points1, points2, inverses, K1, K2, inverse1, inverse2, damping, made, first, last):
    """Do as `refit_fundamentals` among essential matrices of pixels."""
    columns = columns_of(points1, points2)
    rows, F, out = empty((10, BLOCK)), empty((3, 3)), empty((3, 3))
    for m in range(first, last):
        for k in range(9):
            made[m, k] = models[m, k]
        for i in range(len(inverses)):
            near, count = near_pairs(made, m, columns, SAMPSON, inverses[i])
            for k in range(9):
                F[k // 3, k % 3] = made[m, k]
            essential_step(near, count, F, K1, K2, inverse1, inverse2, rows, damping, out)
            for k in range(9):
                made[m, k] = out[k // 3, k % 3]


@allocating
def fundamental_step(near, count, F, rows, damping, out):
    """The changes that keep norm and rank are those at right angles to F and to its cofactors."""
    moments, free, normal, half = empty((10, 10)), empty((9, 9)), zeros((9, 9)), zeros((9, 9))
    f, gradient, right = empty((3, 3)), empty((3, 3)), zeros(9)
    length = math.sqrt(inner(F, F))
    for i in range(3):
        for j in range(3):
            f[i, j] = F[i, j] / length
    fill_moments(near, count, f, rows, moments)
    cofactors(f, gradient)
    length = inner(gradient, gradient)
    for i in range(9):
        for j in range(9):
            kept = f[i // 3, i % 3] * f[j // 3, j % 3]
            kept += gradient[i // 3, i % 3] * gradient[j // 3, j % 3] / length
            free[i, j] = (1.0 if i == j else 0.0) - kept
    for i in range(9):
        for k in range(9):
            for j in range(9):
                half[i, j] += free[i, k] * moments[k, j]
            right[i] += free[i, k] * moments[k, 9]
    for i in range(9):
        for k in range(9):
            for j in range(9):
                normal[i, j] += half[i, k] * free[k, j]
    size = add_size(normal, damping)
    for i in range(9):
        for j in range(9):
            normal[i, j] += size * ((1.0 if i == j else 0.0) - free[i, j])
    solve(normal, right)
    for i in range(9):
        out[i // 3, i % 3] = f[i // 3, i % 3] - right[i]
    for _ in range(2):
        cofactors(out, gradient)
        share = inner(gradient, out) / 3 / inner(gradient, gradient)
        for i in range(3):
            for j in range(3):
                out[i, j] -= share * gradient[i, j]
    length = math.sqrt(inner(out, out))
    for i in range(3):
        for j in range(3):
            out[i, j] /= length


@inline
def transposed_times(a, b, out):
    for i in range(3):
        for j in range(3):
            out[i, j] = a[0, i] * b[0, j] + a[1, i] * b[1, j] + a[2, i] * b[2, j]


@inline
def fill_pose(E, m, R, t):
    """Fill one of the four poses of E; m is scratch (3, 3)."""
    scale = math.sqrt(2.0 / inner(E, E))
    for i in range(3):
        for j in range(3):
            E[i, j] *= scale
    chosen, greatest = 0, -1.0
    for k in range(3):
        size = 1.0 - E[k, 0] * E[k, 0] - E[k, 1] * E[k, 1] - E[k, 2] * E[k, 2]
        if size > greatest:
            chosen, greatest = k, size
    for i in range(3):
        t[i] = (1.0 if i == chosen else 0.0) - (
            E[i, 0] * E[chosen, 0] + E[i, 1] * E[chosen, 1] + E[i, 2] * E[chosen, 2]
        )
    normalise(t)
    cofactors(E, R)
    fill_cross(t, m)
    for i in range(3):
        for j in range(3):
            R[i, j] -= m[i, 0] * E[0, j] + m[i, 1] * E[1, j] + m[i, 2] * E[2, j]


@inline
def fill_across(t, first, second):
    least = 0
    for k in range(1, 3):
        if abs(t[k]) < abs(t[least]):
            least = k
    for i in range(3):
        first[i] = second[i] = 0.0
    second[least] = 1.0
    cross(t, second, first)
    normalise(first)
    cross(t, first, second)


@inline
def cross(a, b, out):
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    out[0], out[1], out[2] = x, y, z


@allocating
def essential_step(near, count, F, K1, K2, inverse1, inverse2, rows, damping, out):
    """The changes are turns of R about its axes and moves of t across itself."""
    moments, directions, half = empty((10, 10)), empty((5, 3, 3)), zeros((5, 9))
    normal, right = zeros((5, 5)), zeros(5)
    E, R, turn, m = empty((3, 3)), empty((3, 3)), empty((3, 3)), empty((3, 3))
    t, axis, b1, b2 = empty(3), empty(3), empty(3), empty(3)
    multiply(F, K1, m)
    transposed_times(K2, m, E)
    fill_pose(E, m, R, t)
    fill_across(t, b1, b2)
    fill_cross(t, m)
    multiply(m, R, E)
    for k in range(5):
        if k < 3:
            for i in range(3):
                axis[i] = 1.0 if i == k else 0.0
            fill_cross(axis, turn)
            multiply(E, turn, directions[k])
        else:
            fill_cross(b1 if k == 3 else b2, turn)
            multiply(turn, R, directions[k])
        multiply(directions[k], inverse1, m)
        transposed_times(inverse2, m, directions[k])
    multiply(E, inverse1, m)
    transposed_times(inverse2, m, out)
    fill_moments(near, count, out, rows, moments)
    for k in range(5):
        for i in range(9):
            for j in range(9):
                half[k, j] += directions[k, i // 3, i % 3] * moments[i, j]
            right[k] -= directions[k, i // 3, i % 3] * moments[i, 9]
    for k in range(5):
        for p in range(5):
            for j in range(9):
                normal[k, p] += half[k, j] * directions[p, j // 3, j % 3]
    add_size(normal, damping)
    solve(normal, right)
    turn_by(right, R, turn, m, E)
    for i in range(3):
        t[i] += right[3] * b1[i] + right[4] * b2[i]
    normalise(t)
    fill_cross(t, turn)
    multiply(turn, E, m)
    multiply(m, inverse1, turn)
    transposed_times(inverse2, turn, out)


@inline
def turn_by(amounts, R, turn, m, out):
    """Fill `out` with R times the rotation about and by the first three amounts; turn and m are scratch."""
    angle = math.sqrt(amounts[0] * amounts[0] + amounts[1] * amounts[1] + amounts[2] * amounts[2])
    sine = 1.0 if angle < 1e-8 else math.sin(angle) / angle
    rest = 0.5 if angle < 1e-8 else (1.0 - math.cos(angle)) / angle**2
    fill_cross(amounts, turn)
    multiply(turn, turn, m)
    for i in range(3):
        for j in range(3):
            m[i, j] = (1.0 if i == j else 0.0) + sine * turn[i, j] + rest * m[i, j]
    multiply(R, m, out)
