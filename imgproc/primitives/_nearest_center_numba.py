"""Nearest centres of points held column by column, so that many points are compared with one centre at a time."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import BLOCK, Index, inline


@inline
def square_distances(columns, first, count, centers, j, out):
    """Fill out[:count] with the squared distances of points from `first` on to centre j."""
    start, row = Index(first), Index(j)
    for d in range(Index(columns.shape[0])):
        c = centers[row, d]
        if d == 0:
            for x in range(Index(count)):
                t = columns[d, start + x] - c
                out[x] = t * t
        else:
            for x in range(Index(count)):
                t = columns[d, start + x] - c
                out[x] += t * t


def assign(columns, weights, centers, labels, squares, sums, size, first_piece, last_piece):
    """Find nearest centres; sums[piece, j] is Σ w · point and Σ w of what piece gives to centre j."""
    total, dimensions = columns.shape[1], columns.shape[0]
    distance = np.empty(size, columns.dtype)
    best = np.empty(size, columns.dtype)
    which = np.empty(size, np.int32)
    for piece in range(first_piece, last_piece):
        first = piece * size
        count = min(size, total - first)
        for j in range(len(centers)):
            square_distances(columns, first, count, centers, j, distance)
            if j == 0:
                for x in range(Index(count)):
                    best[x] = distance[x]
                    which[x] = 0
            else:
                n = np.int32(j)
                for x in range(Index(count)):
                    is_nearer = distance[x] < best[x]
                    best[x] = distance[x] if is_nearer else best[x]
                    which[x] = n if is_nearer else which[x]
        for x in range(count):
            j, w = which[x], weights[first + x]
            labels[first + x] = j
            squares[first + x] = best[x]
            for d in range(dimensions):
                sums[piece, j, d] += w * columns[d, first + x]
            sums[piece, j, dimensions] += w


def potentials(columns, weights, squares, candidates, sums, size, first_piece, last_piece):
    """Sum w · min(square, squared distance to a candidate) for each candidate."""
    total = columns.shape[1]
    distance = np.empty(size, columns.dtype)
    for piece in range(first_piece, last_piece):
        first = piece * size
        count = min(size, total - first)
        start = Index(first)
        for j in range(len(candidates)):
            square_distances(columns, first, count, candidates, j, distance)
            found = 0.0
            for x in range(Index(count)):
                d, known = distance[x], squares[start + x]
                found += weights[start + x] * (d if d < known else known)
            sums[piece, j] = found


def lower(columns, squares, center, out, first, last):
    """Fill out[first:last] with the lesser of the squares and the squared distances to the one row of `center`."""
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        at = Index(start)
        for x in range(Index(count)):
            out[at + x] = 0
        for d in range(Index(columns.shape[0])):
            c = center[0, d]
            for x in range(Index(count)):
                t = columns[d, at + x] - c
                out[at + x] += t * t
        for x in range(Index(count)):
            known = squares[at + x]
            out[at + x] = out[at + x] if out[at + x] < known else known
