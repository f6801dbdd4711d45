"""From sums of products to coefficients: the variance of every window, over bands of rows.

Sums of windows as in _window_mean_numba: down the columns by blocks, across by powers of two.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline


@inline
def add_moments(source, plane, row, mean, sums, squares, before, into):
    """Rows `into` of both are rows `before` and row `row` of the image about `mean`, and its squares."""
    c, i, b, o = Index(plane), Index(row), Index(before), Index(into)
    for x in range(Index(sums.shape[1])):
        value = source[c, i, x] - mean
        sums[o, x] = sums[b, x] + value
        squares[o, x] = squares[b, x] + value * value


@inline
def sum_across(below, i, above, line, spare, side, made):
    """made[0, x] = sum of below[i] + above[0] over `side` columns from x on, by windows of 1, 2, 4, ... columns."""
    row, wide, count = Index(i), below.shape[1], Index(made.shape[1])
    for x in range(Index(wide)):
        line[0, x] = below[row, x] + above[0, x]
    for x in range(count):
        made[0, x] = 0
    step, offset = 1, 0
    while True:
        if side & step:
            s = Index(offset)
            for x in range(count):
                made[0, x] += line[0, s + x]
            offset += step
        if 2 * step > side:
            return
        s = Index(step)
        for x in range(Index(wide - 2 * step + 1)):
            spare[0, x] = line[0, x] + line[0, s + x]
        line, spare = spare, line
        step *= 2


def divide(source, means, products, height, width, own, flat, out, first, last):
    """Divide products by the roots of variances, for rows first <= y < last; blocks of rows start at `first`."""
    wide, count = source.shape[2], out.shape[1]
    block = min(height, last - first)
    below_sums, below_squares = empty((block + 1, wide)), empty((block + 1, wide))
    above_sums, above_squares = empty((1, wide)), empty((1, wide))
    line, spare = empty((1, wide)), empty((1, wide))
    sums, squares = empty((1, count)), empty((1, count))
    variance, greatest = empty((block, count)), empty((block, count))
    area = height * width
    for top in range(first, last, block):
        rows = min(block, last - top)
        variance[:], greatest[:] = 0, 0
        for c in range(source.shape[0]):
            below_sums[rows], below_squares[rows], above_sums[0], above_squares[0] = 0, 0, 0, 0
            for i in range(height - 1, rows - 1, -1):
                add_moments(source, c, top + i, means[c], below_sums, below_squares, rows, rows)
            for i in range(rows - 1, -1, -1):
                add_moments(source, c, top + i, means[c], below_sums, below_squares, i + 1, i)
            for i in range(rows):
                if i > 0:
                    add_moments(source, c, top + height - 1 + i, means[c], above_sums, above_squares, 0, 0)
                sum_across(below_sums, i, above_sums, line, spare, width, sums)
                sum_across(below_squares, i, above_squares, line, spare, width, squares)
                for x in range(Index(count)):
                    variance[i, x] += squares[0, x] - sums[0, x] * sums[0, x] / area
                    greatest[i, x] += squares[0, x]
        for i in range(rows):
            for x in range(Index(count)):
                power = variance[i, x]
                is_flat = power <= flat * greatest[i, x]
                value = products[top + i, x] / math.sqrt(1.0 if is_flat else power * own)
                out[top + i, x] = 0.0 if is_flat else min(max(value, -1.0), 1.0)
