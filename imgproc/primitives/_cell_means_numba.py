"""Cells of a grid, halved along each axis while they hold much, and the means of the points in them."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import Index


def find_cells(columns, weights, corner, scale, first, limits, cells, found):
    """Write the cell of each point, numbered in order; found[0] is how many there are."""
    dimensions, total = columns.shape
    count, fine, children = first**dimensions, scale[0], 1 << dimensions
    cells[:] = 0
    for d in range(dimensions):
        for x in range(Index(total)):
            cells[x] = cells[x] * np.int32(first) + np.int32((columns[d, x] - corner[d]) * fine)
    waiting, left = np.arange(total), total
    for limit in limits:
        held = zeros(count)
        for i in range(Index(left)):
            x = Index(waiting[i])
            held[Index(cells[x])] += weights[x]
        halves, free = empty(count, np.int32), count
        for cell in range(count):
            halves[cell] = free if held[cell] > limit else -1
            free += children if held[cell] > limit else 0
        count, fine, stay = free, fine + fine, left
        left = 0
        for i in range(Index(stay)):
            x = Index(waiting[i])
            half = halves[Index(cells[x])]
            if half >= 0:
                within = 0
                for d in range(dimensions):
                    within = 2 * within + (np.int64((columns[d, x] - corner[d]) * fine) & 1)
                cells[x] = half + within
                waiting[left] = x
                left += 1
        if left == 0:
            break
    numbers = zeros(count, np.int32)
    for x in range(Index(total)):
        numbers[Index(cells[x])] = 1
    occupied = 0
    for cell in range(count):
        occupied += numbers[cell]
        numbers[cell] = occupied - 1
    for x in range(Index(total)):
        cells[x] = numbers[Index(cells[x])]
    found[0] = occupied


def add_points(columns, weights, cells, sums):
    """Add to sums[cell] its points times their weights, and these last."""
    dimensions = len(columns)
    for x in range(Index(len(cells))):
        cell = Index(cells[x])
        for d in range(dimensions):
            sums[cell, d] += weights[x] * columns[d, x]
        sums[cell, dimensions] += weights[x]
