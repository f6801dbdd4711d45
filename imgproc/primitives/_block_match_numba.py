"""Block matching on codes of the images: sums over a square, kept up to date along columns and rows."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._disparity_numba import choose, count_differences


@inline
def change(costs, columns, sign):
    for x in range(columns.shape[0]):
        if sign > 0:
            for d in range(columns.shape[1]):
                columns[x, d] += costs[x, d]
        else:
            for d in range(columns.shape[1]):
                columns[x, d] -= costs[x, d]


@inline
def sum_across(columns, reach, running, total):
    """total[x] = sum of columns[x - reach ... x + reach], the edge repeated."""
    width, levels = columns.shape
    running[:] = 0
    for k in range(-reach, reach + 1):
        at = min(max(k, 0), width - 1)
        for d in range(levels):
            running[d] += columns[at, d]
    for x in range(width):
        enters, leaves = min(x + reach + 1, width - 1), max(x - reach, 0)
        for d in range(levels):
            total[x, d] = running[d]
        for d in range(levels):
            running[d] += columns[enters, d] - columns[leaves, d]


def match(left, mirrored, levels, most, size, subpixel, tolerance, out, first, last):
    """Write the disparities of rows first <= y < last, best by the sum of costs over `size` × `size` pixels."""
    height, width, reach = left.shape[0], left.shape[2], size // 2
    costs = empty((width, levels), np.uint8)
    columns, total = zeros((width, levels), np.uint16), empty((width, levels), np.uint16)
    winners, best, others = empty(width, np.uint16), empty(width, np.uint16), empty(width, np.uint16)
    running = empty(levels, np.uint16)
    for y in range(first - reach, first + reach):
        count_differences(left, mirrored, min(max(y, 0), height - 1), 0, width, most, costs)
        change(costs, columns, 1)
    for y in range(first, last):
        count_differences(left, mirrored, min(y + reach, height - 1), 0, width, most, costs)
        change(costs, columns, 1)
        sum_across(columns, reach, running, total)
        choose(total, subpixel, tolerance, winners, best, others, out, y)
        count_differences(left, mirrored, max(y - reach, 0), 0, width, most, costs)
        change(costs, columns, -1)
