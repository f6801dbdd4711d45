"""Twice as many rows and columns, over bands of old rows: each gives two new ones, and none is made twice."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline, lift_pixel, store_row


@inline
def lean_rows(source, here, there, fill, column, o):
    """column[0, o + x] = three times row `here` plus row `there`, -1 being the fill value."""
    three = column.dtype.type(3)
    m, n, o = Index(here), Index(max(there, 0)), Index(o)
    if there < 0:
        for x in range(Index(source.shape[1])):
            column[0, o + x] = three * source[m, x] + fill
    else:
        for x in range(Index(source.shape[1])):
            column[0, o + x] = three * source[m, x] + source[n, x]


@inline
def lean_columns(column, scale, channels, pixels, made):
    """Two pixels for each: three parts of it, and one of its neighbour on that side."""
    three, s, n = made.dtype.type(3), scale[0], Index(channels)
    if channels == 1:
        for x in range(Index(pixels)):
            here = three * made.dtype.type(column[0, x + Index(1)])
            made[0, x + x] = s * (here + made.dtype.type(column[0, x]))
            made[0, x + x + Index(1)] = s * (here + made.dtype.type(column[0, x + Index(2)]))
        return
    for x in range(Index(pixels)):
        i, o = x * n, x * (n + n)
        if channels == 3:  # a loop of constant length is unrolled
            for c in range(Index(3)):
                here = three * made.dtype.type(column[0, i + Index(3) + c])
                made[0, o + c] = s * (here + made.dtype.type(column[0, i + c]))
                made[0, o + Index(3) + c] = s * (here + made.dtype.type(column[0, i + Index(6) + c]))
        else:
            for c in range(n):
                here = three * made.dtype.type(column[0, i + n + c])
                made[0, o + c] = s * (here + made.dtype.type(column[0, i + c]))
                made[0, o + n + c] = s * (here + made.dtype.type(column[0, i + n + n + c]))


@inline
def add_to_row(base, y, sign, made):
    i = Index(y)
    if sign > 0:
        for x in range(Index(base.shape[1])):
            made[0, x] = made.dtype.type(base[i, x]) + made[0, x]
    else:
        for x in range(Index(base.shape[1])):
            made[0, x] = made.dtype.type(base[i, x]) - made[0, x]


def double(
    source, base, sign, out, sums, scale, row_index, column_index, channels, fill, least, greatest, first, last
):  # fmt: skip
    """Make the two rows of each old row first <= i < last, times scale[0]; with a sign, added to or taken from `base`.

    Sums down a column have the dtype of `sums`, so that those of bytes are whole numbers of 16 bits.
    """
    pixels = source.shape[1] // channels
    column = empty((1, source.shape[1] + 2 * channels), sums.dtype)
    made = empty((1, 2 * source.shape[1]), scale.dtype)
    beyond = sums.dtype.type(4 * fill)
    for i in range(first, last):
        for side in range(2):
            y = 2 * i + side
            if y == out.shape[0]:
                break
            lean_rows(source, i, row_index[i + 2 * side], fill, column, channels)
            lift_pixel(column_index[0], 0, channels, channels, beyond, column, 0)
            lift_pixel(column_index[pixels + 1], (pixels + 1) * channels, channels, channels, beyond, column, 0)
            lean_columns(column, scale, channels, pixels, made)
            if sign != 0:
                add_to_row(base, y, sign, made)
            store_row(made, 0, least, greatest, out, y)
