"""Means of windows over bands of rows.

Down the columns by van Herk's blocks: a window of h rows is the end of one block of h rows and the beginning of the
next, so that sums from the bottom of a block up and from its top down give every window for three additions. Across,
which must vectorise, by sums of 4, 16, 64, ... pixels, of which up to three of each make up a window.

M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels", Pattern
Recognition Letters 13(7), 1992.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline, lift_pixel


@inline
def add_source(source, row, fill, total, before, into):
    """total[into] = total[before] + row `row` of `source`, or `fill` where it is -1."""
    b, o = Index(before), Index(into)
    if row < 0:
        for x in range(Index(total.shape[1])):
            total[o, x] = total[b, x] + fill
        return
    i = Index(row)
    for x in range(Index(total.shape[1])):
        total[o, x] = total[b, x] + source[i, x]


@inline
def add_wide(below, i, above, line, shift):
    """line[0, shift:] = below[i] + above[0]."""
    s, row = Index(shift), Index(i)
    for x in range(Index(above.shape[1])):
        line[0, s + x] = below[row, x] + above[0, x]


@inline
def sum_across(first, second, made, side, channels):
    """made[0, x] = sum of `side` pixels (odd) of first[0] from x on; both lines are used up."""
    step, offset, rest, count = channels, 0, side, Index(made.shape[1])
    length = first.shape[1]
    while True:
        digit = rest % 4
        a, b, c = Index(offset), Index(offset + step), Index(offset + 2 * step)
        if offset == 0 and digit == 1:  # `side` is odd: the first digit is 1 or 3
            for x in range(count):
                made[0, x] = first[0, x]
        elif offset == 0:
            for x in range(count):
                made[0, x] = first[0, x] + first[0, b + x] + first[0, c + x]
        elif digit == 1:
            for x in range(count):
                made[0, x] += first[0, a + x]
        elif digit == 2:
            for x in range(count):
                made[0, x] += first[0, a + x] + first[0, b + x]
        elif digit == 3:
            for x in range(count):
                made[0, x] += (first[0, a + x] + first[0, b + x]) + first[0, c + x]
        rest //= 4
        if rest == 0:
            return
        length -= 3 * step
        s, t, u = Index(step), Index(2 * step), Index(3 * step)
        for x in range(Index(length)):
            second[0, x] = (first[0, x] + first[0, s + x]) + (first[0, t + x] + first[0, u + x])
        first, second = second, first
        offset += digit * step
        step *= 4


@inline
def store_mean(made, scale, least, greatest, out, y):
    """Write row `y`; where `least` < `greatest`, to the nearest integer. A mean of an odd number is no half."""
    y = Index(y)
    if least < greatest:
        half = type(scale)(0.5)
        for x in range(Index(out.shape[1])):
            out[y, x] = np.int32(min(max(made[0, x] * scale, least), greatest) + half)
    else:
        for x in range(Index(out.shape[1])):
            out[y, x] = made[0, x] * scale


def mean(source, out, row_index, column_index, channels, fill, scale, least, greatest, first, last):
    """Make rows first <= y < last of the means over windows; sums have the type of `fill`."""
    height, width = len(row_index) - out.shape[0] + 1, out.shape[1]
    side, wide = len(column_index) - width // channels + 1, len(column_index) * channels
    before = side // 2
    block = min(height, last - first)
    below, above = empty((block + 1, width), type(fill)), empty((1, width), type(fill))
    line, spare = empty((1, wide), type(fill)), empty((1, wide), type(fill))
    made = empty((1, width), type(fill))
    for top in range(first, last, block):
        count = min(block, last - top)
        below[count] = 0
        for i in range(height - 1, count - 1, -1):
            add_source(source, row_index[top + i], fill, below, count, count)
        for i in range(count - 1, -1, -1):
            add_source(source, row_index[top + i], fill, below, i + 1, i)
        above[0] = 0
        for i in range(count):
            if i > 0:
                add_source(source, row_index[top + height - 1 + i], fill, above, 0, 0)
            add_wide(below, i, above, line, before * channels)
            for j in range(before):
                lift_pixel(column_index[j], j * channels, before * channels, channels, fill * height, line, 0)
                k = len(column_index) - 1 - j
                lift_pixel(column_index[k], k * channels, before * channels, channels, fill * height, line, 0)
            sum_across(line, spare, made, side, channels)
            store_mean(made, scale, least, greatest, out, top + i)
