"""Components by runs: the runs of a row are joined with those they touch in the row above, in bands, then across bands.

A tree of runs always hangs below its lowest. Runs are numbered in raster order, so the root of a component is the run
that holds its first pixel.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._callees_numba import inline
from imgproc.primitives._vectors_numba import bits_of, inlined, lanes_of, lowest_bit, spread, take, vector_of

ONE = np.uint64(1)


@inlined
def word_of(mask, start, count):
    """Return at most 64 pixels of a mask, from a flat index on, as the bits of a word."""
    like = vector_of(mask)
    if count >= lanes_of(like):
        return bits_of(take(mask, start, like) > spread(0, like))
    word = np.uint64(0)
    for x in range(count):
        if take(mask, start + x, np.uint8(0)) != 0:
            word |= ONE << np.uint64(x)
    return word


@inlined
def find_runs(mask, y, bounds, place):
    """Write begin and end of each run of a row from `place` on; return the place after them."""
    width = mask.shape[1]
    before = np.uint64(0)
    for first in range(0, width, 64):
        word = word_of(mask, y * width + first, width - first)
        changes = word ^ ((word << ONE) | before)
        before = word >> np.uint64(63)
        while changes != 0:
            bounds[place] = first + lowest_bit(changes)
            place += 1
            changes &= changes - ONE
    if before != 0:
        bounds[place] = width
        place += 1
    return place


@inline
def find_root(parents, run):
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


@inline
def join_rows(bounds, parents, upper, upper_end, lower, lower_end, reach):
    """Join the runs lower, ..., lower_end - 1 of a row with those upper, ..., upper_end - 1 that they touch."""
    for run in range(lower, lower_end):
        begin, end = bounds[2 * run] - reach, bounds[2 * run + 1]
        while upper < upper_end and bounds[2 * upper + 1] <= begin:
            upper += 1
        while upper < upper_end and bounds[2 * upper] < end + reach:
            above, own = find_root(parents, upper), find_root(parents, run)
            parents[max(above, own)] = min(above, own)
            if bounds[2 * upper + 1] >= end:
                break  # it may touch the next run too
            upper += 1


@inline
def join_bands(bounds, parents, rows, is_top, reach):
    for y in range(1, len(rows)):
        if is_top[y]:
            join_rows(bounds, parents, rows[y - 1, 0], rows[y - 1, 1], rows[y, 0], rows[y, 1], reach)


def find_components(mask, reach, bounds, parents, rows, is_top, first, last):
    """Find the runs of rows first <= y < last of a mask and join them within this band."""
    is_top[first] = 1
    run = first * (mask.shape[1] // 2 + 1)
    for y in range(first, last):
        begin = run
        run = find_runs(mask, y, bounds, 2 * run) // 2
        rows[y, 0], rows[y, 1] = begin, run
        for i in range(begin, run):
            parents[i] = i
        if y > first:
            join_rows(bounds, parents, rows[y - 1, 0], begin, begin, run, reach)


def number_components(bounds, parents, rows, is_top, reach):
    """Join across bands, then replace the parent of each run by the number of its component."""
    join_bands(bounds, parents, rows, is_top, reach)
    count = 0
    for y in range(len(rows)):
        for run in range(rows[y, 0], rows[y, 1]):
            if parents[run] == run:
                count += 1
                parents[run] = count
            else:
                parents[run] = parents[parents[run]]  # a parent is lower, so already numbered


def paint_numbers(bounds, numbers, rows, labels, first, last):
    """Write rows first <= y < last of the labels."""
    for y in range(first, last):
        for x in range(labels.shape[1]):
            labels[y, x] = 0
        for run in range(rows[y, 0], rows[y, 1]):
            number = numbers[run]
            for x in range(bounds[2 * run], bounds[2 * run + 1]):  # a slice would cost more than a short run
                labels[y, x] = number
