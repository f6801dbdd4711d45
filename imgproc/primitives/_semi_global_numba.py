"""Semi-global matching on codes of the images, in bands of rows that know the paths arriving from above and below.

Costs are counted anew whenever they are needed, which is faster than keeping them. A path of a pixel is a row of bytes,
one for each disparity, between two that no minimum ever takes.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._disparity_numba import choose, count_differences


@inline
def follow(costs, x, paths, i, low, small, large, after, j):
    """Extend the path paths[i], whose least value is `low`, by pixel x to after[j]; return the least value."""
    jump, least = np.uint8(low + large), np.uint8(255)
    for d in range(costs.shape[1]):
        beside = np.uint8(min(paths[i, d], paths[i, d + 2]) + small)
        value = np.uint8(np.uint8(min(min(paths[i, d + 1], jump), beside) - low) + costs[x, d])
        after[j, d + 1] = value
        least = min(least, value)
    return least


@inline
def follow_and_add(costs, x, paths, i, low, small, large, j, sums, row):
    """Do as `follow` within `paths`, and add the new path to sums[row, x]."""
    jump, least = np.uint8(low + large), np.uint8(255)
    for d in range(costs.shape[1]):
        beside = np.uint8(min(paths[i, d], paths[i, d + 2]) + small)
        value = np.uint8(np.uint8(min(min(paths[i, d + 1], jump), beside) - low) + costs[x, d])
        paths[j, d + 1] = value
        sums[row, x, d] += value
        least = min(least, value)
    return least


@inline
def start(path, small):
    """Make the paths of the first pixel those of no pixel before it."""
    path[:] = 0
    path[:, 0] = np.uint8(255) - small
    path[:, -1] = np.uint8(255) - small


def trace(left, mirrored, levels, most, small, large, upward, every, paths, lows, first, last):
    """Follow the vertical paths of columns first <= x < last, and keep what enters each band of `every` rows.

    paths[k] (W, levels + 2) and lows[k] are those that enter band k, from above or, with `upward`, from below.
    """
    height, width = left.shape[0], left.shape[2]
    costs = empty((width, levels), np.uint8)
    path = empty((2, width, levels + 2), np.uint8)
    low = zeros(width, np.uint8)
    start(path[0], small)
    start(path[1], small)
    bands = len(paths)
    for row in range(height):
        y = height - 1 - row if upward else row
        band = y // every
        if row == 0 or y == (min((band + 1) * every, height) - 1 if upward else band * every):
            for x in range(first, last):
                for d in range(levels + 2):
                    paths[band, x, d] = path[row % 2, x, d]
                lows[band, x] = low[x]
            if band == (0 if upward else bands - 1):
                return
        count_differences(left, mirrored, y, first, last, most, costs)
        before, after = path[row % 2], path[(row + 1) % 2]
        for x in range(first, last):
            low[x] = follow(costs, x, before, x, low[x], small, large, after, x)


@inline
def add_horizontal(costs, small, large, there, back, sums, row):
    """Add the paths from the left and from the right, side by side, since each must wait for its own last step."""
    width = costs.shape[0]
    start(there, small)
    start(back, small)
    low, high = np.uint8(0), np.uint8(0)
    for x in range(width):
        i, j = x % 2, (x + 1) % 2
        low = follow_and_add(costs, x, there, i, low, small, large, j, sums, row)
        high = follow_and_add(costs, width - 1 - x, back, i, high, small, large, j, sums, row)


def match(
    left, mirrored, most, small, large, downward, downward_lows, upward, upward_lows, sums, subpixel, tolerance, out,
    every, band,
):  # fmt: skip
    """Write the disparities of one band; the paths that enter it are overwritten, and `sums` is room for its costs."""
    height, width, levels = left.shape[0], left.shape[2], sums.shape[2]
    first, last = band * every, min((band + 1) * every, height)
    costs = empty((width, levels), np.uint8)
    path = empty((width, levels + 2), np.uint8)
    there, back = empty((2, levels + 2), np.uint8), empty((2, levels + 2), np.uint8)
    total = empty((width, levels), np.uint16)
    winners, best, others = empty(width, np.uint16), empty(width, np.uint16), empty(width, np.uint16)
    start(path, small)
    swapped = False
    for y in range(first, last):
        count_differences(left, mirrored, y, 0, width, most, costs)
        before, after = (path, downward) if swapped else (downward, path)
        swapped = not swapped
        for x in range(width):
            downward_lows[x] = follow(costs, x, before, x, downward_lows[x], small, large, after, x)
            for d in range(levels):
                sums[y - first, x, d] = after[x, d + 1]
        add_horizontal(costs, small, large, there, back, sums, y - first)
    swapped = False
    for y in range(last - 1, first - 1, -1):
        count_differences(left, mirrored, y, 0, width, most, costs)
        before, after = (path, upward) if swapped else (upward, path)
        swapped = not swapped
        for x in range(width):
            upward_lows[x] = follow(costs, x, before, x, upward_lows[x], small, large, after, x)
            for d in range(levels):
                total[x, d] = sums[y - first, x, d] + after[x, d + 1]
        choose(total, subpixel, tolerance, winners, best, others, out, y)
