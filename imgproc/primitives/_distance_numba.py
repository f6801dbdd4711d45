"""Exact Euclidean distances in integers: distances down the columns, then the nearest of them along each row.

After A. Meijster, J. Roerdink and W. Hesselink, "A general algorithm for computing distance transforms in linear time",
2000, and P. Felzenszwalb and D. Huttenlocher, "Distance transforms of sampled functions", 2012. A column whose nearest
False pixel is h away stands for the parabola h² + (x - column)²; the squared distance at x is the lowest of them.

Rows are offsets in flat arrays, and sums are cut back to the type of their array: so the loops vectorise.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

REACH = 40
"""Distances up to which neighbours are tried one after the other, many pixels in an instruction (measured)."""


@inline
def sink(mask, heights, above, here, count, far, one, zero):
    """Write distances to the nearest False above, from those of the row above."""
    a, h = Index(above), Index(here)
    for x in range(Index(count)):
        height = heights[a + x]
        further = height + one if height < far else far
        heights[h + x] = further if mask[h + x] != 0 else zero


@inline
def rise(heights, below, here, count, far, one):
    """Take in the nearest False below."""
    b, h = Index(below), Index(here)
    for x in range(Index(count)):
        height = heights[b + x]
        further = height + one if height < far else far
        heights[h + x] = min(heights[h + x], further)


def measure_columns(mask, heights, width, far, first, last):
    """Write, for columns first <= x < last, the distance of each pixel to the nearest False of its column, or `far`."""
    word = heights.dtype.type
    limit, one, zero = word(far), word(1), word(0)
    rows, count = len(mask) // width, last - first
    for x in range(first, last):
        heights[x] = limit if mask[x] else zero
    for y in range(1, rows):
        sink(mask, heights, (y - 1) * width + first, y * width + first, count, limit, one, zero)
    for y in range(rows - 2, -1, -1):
        rise(heights, (y + 1) * width + first, y * width + first, count, limit, one)


@inline
def greatest(values, begin, end):
    most = values[begin]
    for x in range(Index(begin), Index(end)):
        most = max(most, values[x])
    return most


@inline
def square_row(heights, start, squares, count):
    word, s = squares.dtype.type, Index(start)
    for x in range(Index(count)):
        h = word(heights[s + x])
        squares[Index(REACH) + x] = word(h * h)


@inline
def lower(found, squares, left, right, farther, begin, end):
    """Lower found[begin:end] by the parabolas of the columns at one distance to either side."""
    word, shift_left, shift_right = found.dtype.type, Index(left), Index(right)
    for x in range(Index(begin), Index(end)):
        nearer = min(squares[shift_left + x], squares[shift_right + x])
        found[x] = min(found[x], word(nearer + farther))


@inline
def lower_by_neighbours(squares, begin, end, found):
    """Write found[begin:end]: lowered by the parabolas of ever further columns, until none can lower it."""
    word = found.dtype.type
    for x in range(Index(begin), Index(end)):
        found[x] = squares[Index(REACH) + x]
    k = 1
    while k <= REACH and k * k < greatest(found, begin, end):
        for _ in range(2):
            lower(found, squares, REACH - k, REACH + k, word(k * k), begin, end)
            k += 1


@inline
def lower_by_envelope(squares, begin, end, far_square, corners, found):
    """Write found[begin:end]: the lower envelope of the parabolas of columns begin - 1 ... end.

    Without the common x², parabolas are lines; their lower envelope is the lower hull of the points (c, h² + c²).
    """
    reach, width = Index(REACH), len(found)
    count = 0
    for column in range(max(begin - 1, 0), min(end + 1, width)):
        h = np.int64(squares[reach + Index(column)])
        if h >= far_square:
            continue
        at = h + column * column
        while count > 1:
            a, at_a = corners[count - 2, 0], corners[count - 2, 1]
            b, at_b = corners[count - 1, 0], corners[count - 1, 1]
            if (at_b - at_a) * (column - b) < (at - at_b) * (b - a):
                break
            count -= 1
        corners[count, 0], corners[count, 1] = column, at
        count += 1
    if count == 0:
        for x in range(Index(begin), Index(end)):
            found[x] = squares[reach + x]
        return
    x = begin
    for corner in range(count):
        column, at = corners[corner, 0], corners[corner, 1]
        until = end
        if corner + 1 < count:  # the next parabola is lower where 2x (next - column) > next_at - at
            rise, step = corners[corner + 1, 1] - at, 2 * (corners[corner + 1, 0] - column)
            until = min(end, rise // step + 1)
        square = at - column * column
        for i in range(x, until):
            found[Index(i)] = square + (i - column) * (i - column)
        x = max(x, until)


def nearest_in_rows(heights, width, far, squares, found, corners, distances, first, last):
    """Write the distances of rows first <= y < last; `squares` has REACH elements of border on either side."""
    far_square = np.int64(far) * np.int64(far)
    word = squares.dtype.type
    for x in range(REACH):
        squares[x], squares[REACH + width + x] = word(far_square), word(far_square)
    for y in range(first, last):
        row = y * width
        square_row(heights, row, squares, width)
        x = 0
        while x < width:
            if heights[Index(row + x)] == 0:
                found[Index(x)] = word(0)
                x += 1
                continue
            begin = x
            while x < width and heights[Index(row + x)] != 0:
                x += 1
            is_closed = begin > 0 and x < width  # False pixels bound the run, and the distances in it
            if is_closed and x - begin <= 2:
                found[begin], found[x - 1] = word(1), word(1)
            elif (is_closed and x - begin < 2 * REACH) or greatest(heights, row + begin, row + x) <= REACH:
                lower_by_neighbours(squares, begin, x, found)
            else:
                lower_by_envelope(squares, begin, x, far_square, corners, found)
        write_roots(found, distances, row, width)


@inline
def write_roots(found, distances, start, count):
    s = Index(start)
    if greatest(found, 0, count) < 1 << 24:  # exact in float32, whose root is rounded right
        for x in range(Index(count)):
            distances[s + x] = np.sqrt(np.float32(found[x]))
    else:
        for x in range(Index(count)):
            distances[s + x] = np.float32(np.sqrt(np.float64(found[x])))
