"""Triangles and singular vectors of many small matrices."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import in_any_order
from imgproc.primitives._correlate_numba import Index, inline

CHUNK = 128
"""Rows reduced at once: they stay in the first-level cache beside the triangle."""

_SWEEPS = 30
"""Of Jacobi's rotations: nine columns take six to eight."""

_SQUARE = 1e-15
"""Cosine of the angle between columns that counts as right."""


def null_vectors(matrices, tall, made, values, first, last):
    """Write the singular values of `matrices` (tall, n) first <= b < last, falling, and the last right vector."""
    columns = matrices.shape[1]
    work = empty((columns, columns + CHUNK))  # row j is column j of the triangle and of the rows below it
    turned = empty((columns, columns))
    for b in range(first, last):
        top = b * tall
        clear_triangle(work)
        for start in range(0, tall, CHUNK):
            count = min(CHUNK, tall - start)
            for i in range(Index(count)):
                for j in range(Index(columns)):
                    work[j, Index(columns) + i] = matrices[Index(top + start) + i, j]
            triangulate(work, columns + count)
        orthogonalise(work, turned)
        least = sort_sizes(work, values[b])
        for j in range(columns):
            made[b, j] = turned[least, j]


@inline
def clear_triangle(work):
    for j in range(len(work)):
        for i in range(len(work)):
            work[j, i] = 0.0


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
def orthogonalise(work, turned):
    """Rotate pairs of columns (rows of `work`, n long) until all are at right angles: A V, with V' in `turned`.

    One-sided Jacobi, which finds small singular values as exactly as large ones: Demmel and Veselic, "Jacobi's method
    is more accurate than QR", SIAM J. Matrix Anal. Appl. 13(4), 1992.
    """
    columns = len(turned)
    for i in range(columns):
        for j in range(columns):
            turned[i, j] = 1.0 if i == j else 0.0
    for _ in range(_SWEEPS):
        is_done = True
        for p in range(columns - 1):
            for q in range(p + 1, columns):
                one, two = dot(work, p, p, 0, columns), dot(work, q, q, 0, columns)
                off = dot(work, p, q, 0, columns)
                if abs(off) <= _SQUARE * np.sqrt(one * two):
                    continue
                is_done = False
                ratio = (two - one) / (2.0 * off)
                tangent = (1.0 if ratio >= 0.0 else -1.0) / (abs(ratio) + np.sqrt(1.0 + ratio * ratio))
                cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
                rotate(work, p, q, cosine, tangent * cosine)
                rotate(turned, p, q, cosine, tangent * cosine)
        if is_done:
            return


@inline
def rotate(rows, p, q, cosine, sine):
    p, q = Index(p), Index(q)
    for i in range(Index(len(rows))):
        one, two = rows[p, i], rows[q, i]
        rows[p, i] = cosine * one - sine * two
        rows[q, i] = sine * one + cosine * two


@inline
def sort_sizes(work, sizes):
    """Write the lengths of orthogonal columns (rows of `work`), falling; return which is the shortest."""
    columns = len(sizes)
    least = 0
    for j in range(columns):
        sizes[j] = np.sqrt(dot(work, j, j, 0, columns))
        if sizes[j] < sizes[least]:
            least = j
    for j in range(1, columns):
        i, moved = j, sizes[j]
        while i > 0 and sizes[i - 1] < moved:
            sizes[i] = sizes[i - 1]
            i -= 1
        sizes[i] = moved
    return least


@in_any_order
def dot(work, p, q, start, stop):
    """Sum products in whatever order the processor likes."""
    total = 0.0
    for i in range(Index(start), Index(stop)):
        total += work[Index(p), i] * work[Index(q), i]
    return total
