"""The loop over pixels that traces segments."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline

SHIFT = 32
ROUNDS = 3
TOGETHER = 8
"""Directions whose counts of a bin lie side by side: what a pixel votes for is then spread over fewer pages."""


@inline
def list_cells(place, width, cosines, sines, offset, starts, cells):
    """Write the cells of `votes` that the pixel at a flat index votes for, one for each direction."""
    y, x = place // width, place % width
    for a in range(Index(len(cells))):
        cells[a] = starts[a] + ((offset + x * cosines[a] + y * sines[a]) >> SHIFT) * TOGETHER


@inline
def vote(votes, cells):
    """Add a vote to each cell; return the greatest count."""
    most = np.int32(0)
    for a in range(Index(len(cells))):
        at = Index(cells[a])
        count = votes[at] + np.int32(1)
        votes[at] = count
        most = max(most, count)
    return most


@inline
def first_with(count, votes, cells):
    """Return the first direction whose cell has this count."""
    a = 0
    while votes[Index(cells[Index(a)])] != count:
        a += 1
    return a


@inline
def take_back(votes, cells):
    for a in range(Index(len(cells))):
        votes[Index(cells[a])] -= np.int32(1)


@inline
def walk(state, grid, minor, slope, most_steps, side):
    """Return the last step on an edge before too long a gap, and where across it is."""
    major, length, breadth, along, across = grid
    last, found, step = 0, minor, side
    while 0 <= major + step < length and abs(step - last) - 1 <= most_steps:
        middle = math.floor(minor + slope * step + 0.5)
        for at in (middle, middle - 1, middle + 1):
            if 0 <= at < breadth and state[Index((major + step) * along + at * across)] > 0:
                last, found = step, at
                break
        step += side
    return last, found


def trace(state, width, order, cosines, sines, offset, starts, votes, threshold, min_length, max_gap, segments, count):
    """Fill `segments` with ends x1, y1, x2, y2; count[0] of them.

    `state`, row after row, is 1 where a pixel is there, 2 once it has voted, 0 once it is taken away. `starts` are the
    cells of bin 0 of each direction; the next bin is TOGETHER cells on.
    """
    height = len(state) // width
    cells = empty(len(cosines), np.int64)
    for i in range(len(order)):
        place = order[i]
        if state[place] == 0:
            continue
        state[place] = 2
        list_cells(place, width, cosines, sines, offset, starts, cells)
        most = vote(votes, cells)
        if most < threshold:
            continue
        best = first_with(most, votes, cells)
        c, s = cosines[best], sines[best]
        is_flat = abs(s) >= abs(c)
        y, x = place // width, place % width
        major, minor = (x, y) if is_flat else (y, x)
        # where on the major axis, how long that and the minor axis are, and how far apart their pixels lie
        grid = (major, width, height, 1, width) if is_flat else (major, height, width, width, 1)
        slope = -(c / s) if is_flat else -(s / c)
        first, first_across, last, last_across = 0, minor, 0, minor
        for k in range(ROUNDS):
            if k > 0 and last > first:
                slope = (last_across - first_across) / (last - first)
            most_steps = max_gap / math.sqrt(1 + slope * slope)
            first, first_across = walk(state, grid, minor, slope, most_steps, -1)
            last, last_across = walk(state, grid, minor, slope, most_steps, 1)
        for step in range(first, last + 1):
            middle = math.floor(minor + slope * step + 0.5)
            for at in range(max(0, middle - 1), min(grid[2], middle + 2)):
                gone = Index((major + step) * grid[3] + at * grid[4])
                if state[gone] == 2:
                    list_cells(np.int64(gone), width, cosines, sines, offset, starts, cells)
                    take_back(votes, cells)
                state[gone] = 0
        x1, y1 = (major + first, first_across) if is_flat else (first_across, major + first)
        x2, y2 = (major + last, last_across) if is_flat else (last_across, major + last)
        if x2 < x1 or (x2 == x1 and y2 < y1):
            x1, y1, x2, y2 = x2, y2, x1, y1
        if math.sqrt(float((x2 - x1) ** 2 + (y2 - y1) ** 2)) >= min_length:
            k = count[0]
            segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3] = x1, y1, x2, y2
            count[0] = k + 1
            if k + 1 == len(segments):
                return
