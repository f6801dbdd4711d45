"""Triangles of many tall matrices, a few rows at a time."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

CHUNK = 32
"""Rows reduced at once: they stay in the first-level cache beside the triangle."""


def triangles(matrices, made, first, last):
    """Write R (n, n) of QR for the matrices (m, n) first <= b < last."""
    columns = matrices.shape[2]
    work = np.empty((columns, columns + CHUNK))  # row j is column j of the triangle and of the rows below it
    for b in range(first, last):
        work[:] = 0.0
        for start in range(0, matrices.shape[1], CHUNK):
            count = min(CHUNK, matrices.shape[1] - start)
            for i in range(count):
                for j in range(columns):
                    work[j, columns + i] = matrices[b, start + i, j]
            triangulate(work, columns + count)
        for i in range(columns):
            for j in range(columns):
                made[b * columns + i, j] = work[j, i]


@inline
def triangulate(work, rows):
    """Reflect columns (rows of `work`) so that column k ends at k, by Householder."""
    columns = len(work)
    for k in range(columns):
        length = np.sqrt(dot(work, k, k, k, rows))
        if length == 0.0:
            continue
        head = work[k, k]
        if head > 0.0:
            length = -length
        work[k, k] = head - length  # the reflection's axis; twice over its squared norm is -1 / (length * that)
        factor = 1.0 / (length * (head - length))
        for j in range(k + 1, columns):
            share = factor * dot(work, j, k, k, rows)
            for i in range(Index(k), Index(rows)):
                work[j, i] += share * work[k, i]
        work[k, k] = length
        for i in range(Index(k + 1), Index(rows)):
            work[k, i] = 0.0


@inline
def dot(work, p, q, start, stop):
    """Sum products in four runs, which the processor adds side by side."""
    p, q = Index(p), Index(q)
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    i = start
    while i + 4 <= stop:
        k = Index(i)
        one += work[p, k] * work[q, k]
        two += work[p, k + Index(1)] * work[q, k + Index(1)]
        three += work[p, k + Index(2)] * work[q, k + Index(2)]
        four += work[p, k + Index(3)] * work[q, k + Index(3)]
        i += 4
    while i < stop:
        one += work[p, Index(i)] * work[q, Index(i)]
        i += 1
    return (one + two) + (three + four)
