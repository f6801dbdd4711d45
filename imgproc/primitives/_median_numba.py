"""The median of 3 × 3 pixels over bands of rows: columns of three are sorted once, and serve three windows.

After A. Smith, "Implementing median filters in XC4000E FPGAs", Xilinx Xcell 23, 1996.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._vectors_numba import (
    bits_of,
    greatest,
    inlined,
    lanes_of,
    least,
    put,
    take,
    vector_of,
)

LINE = 64
"""Elements to a multiple of which rows of columns are long: a vector across two lines of the cache takes two loads."""


@inlined
def middle_of(a, b, c):
    return greatest(least(a, b), least(greatest(a, b), c))


@inlined
def sort_columns(source, north, here, south, ordered, to, like):
    """Write the least, the middle and the greatest of three rows to those of `ordered`; say which hold no NaN."""
    n, m, s = take(source, north, like), take(source, here, like), take(source, south, like)
    low, high, wide = least(n, m), greatest(n, m), ordered.shape[1]
    put(ordered, to, least(low, s))
    put(ordered, wide + to, greatest(low, least(high, s)))
    put(ordered, 2 * wide + to, greatest(high, s))
    return (n == n) & (m == m) & (s == s)


@inline
def sort_row(source, north, here, south, length, ordered, before):
    """Sort the columns of three rows, named by their flat index; say whether any holds a NaN."""
    like = vector_of(ordered)
    lanes = lanes_of(like)
    if length < lanes:
        found = False
        for x in range(length):
            found |= not sort_columns(source, north + x, here + x, south + x, ordered, before + x, ordered[0, 0])
        return found
    are_told = like == like
    for begin in range(0, length, lanes):
        x = min(begin, length - lanes)  # the last vector overlaps the one before
        are_told &= sort_columns(source, north + x, here + x, south + x, ordered, before + x, like)
    return bits_of(~are_told) != 0


@inline
def extend_columns(ordered, before, column_index, channels, length, fill):
    """Sort what lies beyond both edges: a column of the fill value, or one that is sorted already."""
    for side, to in ((0, before - channels), (-1, before + length)):
        column = column_index[side]
        for i in range(3):
            for c in range(channels):
                ordered[i, to + c] = fill if column < 0 else ordered[i, before + column * channels + c]


@inlined
def median_of_columns(ordered, at, channels, like):
    """Return the median of three sorted columns: of the greatest least, the middle middle and the least greatest."""
    wide, two = ordered.shape[1], 2 * channels
    low = greatest(take(ordered, at, like), take(ordered, at + channels, like))
    low = greatest(low, take(ordered, at + two, like))
    at += wide
    middle = middle_of(take(ordered, at, like), take(ordered, at + channels, like), take(ordered, at + two, like))
    at += wide
    high = least(take(ordered, at, like), take(ordered, at + channels, like))
    high = least(high, take(ordered, at + two, like))
    return middle_of(low, middle, high)


@inline
def median_row(ordered, start, channels, out, y):
    """Write row `y`, whose first window begins in column `start` of `ordered`."""
    length, to = out.shape[1], y * out.shape[1]
    like = vector_of(out)
    lanes = lanes_of(like)
    if length < lanes:
        for x in range(length):
            put(out, to + x, median_of_columns(ordered, start + x, channels, ordered[0, 0]))
        return
    for begin in range(0, length, lanes):
        x = min(begin, length - lanes)
        put(out, to + x, median_of_columns(ordered, start + x, channels, like))


@inline
def spread_nan(source, row, column_index, channels, fill, out, y):
    """Write NaN wherever a window of three columns meets one in this row, -1 being the fill value."""
    for x in range(out.shape[1] // channels):
        for column in column_index[x : x + 3]:
            for c in range(channels):
                value = fill if row < 0 or column < 0 else source[row, column * channels + c]
                if np.isnan(value):
                    out[y, x * channels + c] = np.nan


def median_of_nine(source, out, row_index, column_index, channels, fill, first, last):
    """Make rows first <= y < last of one plane; NaN where a window holds one."""
    length = out.shape[1]
    before = -(-channels // LINE) * LINE
    ordered = empty((3, before + -(-(length + channels) // LINE) * LINE), out.dtype)
    beside_fill = empty((3, length), out.dtype)
    for y in range(first, last):
        north, south = row_index[y], row_index[y + 2]
        if north < 0 or south < 0:
            for i in range(3):
                row = row_index[y + i]
                for x in range(length):
                    beside_fill[i, x] = fill if row < 0 else source[row, x]
            has_nan = sort_row(beside_fill, 0, length, 2 * length, length, ordered, before)
        else:
            has_nan = sort_row(source, north * length, y * length, south * length, length, ordered, before)
        extend_columns(ordered, before, column_index, channels, length, fill)
        median_row(ordered, before - channels, channels, out, y)
        if has_nan or fill != fill:
            for i in range(3):
                spread_nan(source, row_index[y + i], column_index, channels, fill, out, y)
