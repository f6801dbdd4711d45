"""Local maxima of a band of rows, and the loop that keeps the strongest of those near each other."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index


def mark(plane, cutoff, marks, first, last):
    """Mark the maxima above `cutoff` of rows first <= y < last; of a flat stretch the first in memory."""
    height, width = plane.shape
    for y in range(max(first, 1), min(last, height - 1)):
        n, m, s = Index(y - 1), Index(y), Index(y + 1)
        for x in range(Index(1), Index(width - 1)):
            here = plane[m, x]
            w, e = x - Index(1), x + Index(1)
            above = (here > plane[n, w]) & (here > plane[n, x]) & (here > plane[n, e])
            below = (here >= plane[s, w]) & (here >= plane[s, x]) & (here >= plane[s, e])
            marks[m, x] = (here > cutoff) & above & below & (here > plane[m, w]) & (here >= plane[m, e])


def thin(indices, height, width, distance, limit, stays):
    """Say which points stay if each, in order, takes away the later ones nearer than `distance`; stop after `limit`.

    Those that stay lie in cells as wide as `distance`, so that only nine cells are looked through.
    """
    rows, columns = int(height / distance) + 3, int(width / distance) + 3
    head, after = np.full((rows, columns), -1, np.int64), empty(len(indices), np.int64)
    square = distance * distance
    kept = 0
    for i in range(len(indices)):
        y, x = indices[i] // width, indices[i] % width
        row, column = int(y / distance) + 1, int(x / distance) + 1
        is_free = True
        for a in range(row - 1, row + 2):
            for b in range(column - 1, column + 2):
                j = head[a, b]
                while j >= 0 and is_free:
                    dy, dx = indices[j] // width - y, indices[j] % width - x
                    is_free = dx * dx + dy * dy >= square
                    j = after[j]
        if is_free:
            stays[i] = True
            after[i] = head[row, column]
            head[row, column] = i
            kept += 1
            if kept == limit:
                return
