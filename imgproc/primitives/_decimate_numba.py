"""Every so-many-th value of a symmetric filter, over bands of rows of the result: what is not kept is not computed.

Rows are summed first. The columns of that one sum are parted by their place within a step, so that the sum across runs
at unit stride.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import Index, inline, lift_pixel, store_row


@inline
def add_rows(source, a, b, weight, fill, made, o):
    """made[0, o + x] += weight times rows a and b, -1 being the fill value."""
    number = made.dtype.type
    if min(a, b) < 0:
        for x in range(source.shape[1]):
            left, right = fill if a < 0 else number(source[a, x]), fill if b < 0 else number(source[b, x])
            made[0, o + x] += weight * (left + right)
        return
    i, j, o = Index(a), Index(b), Index(o)
    for x in range(Index(source.shape[1])):
        made[0, o + x] += weight * (number(source[i, x]) + number(source[j, x]))


@inline
def add_four_rows(source, a, b, c, d, weight, weight2, made, o):
    number = made.dtype.type
    i, j, k, h, o = Index(a), Index(b), Index(c), Index(d), Index(o)
    for x in range(Index(source.shape[1])):
        first = made[0, o + x] + weight * (number(source[i, x]) + number(source[j, x]))
        made[0, o + x] = first + weight2 * (number(source[k, x]) + number(source[h, x]))


@inline
def fold_rows(source, rows, top, weights, fill, made, o):
    """made[0, o + x] = sum over k of weights[k] * source[rows[top + k], x]; weights are symmetric."""
    last, pairs = len(weights) - 1, len(weights) // 2
    for x in range(Index(source.shape[1])):
        made[0, Index(o) + x] = 0
    if len(weights) % 2:
        middle = rows[top + pairs]
        add_rows(source, middle, middle, weights[pairs] / 2, fill, made, o)
    k = 0
    while k < pairs:
        a, b = rows[top + k], rows[top + last - k]
        c, d = rows[top + min(k + 1, last)], rows[top + last - min(k + 1, last)]
        if k + 1 < pairs and min(min(a, b), min(c, d)) >= 0:
            add_four_rows(source, a, b, c, d, weights[k], weights[k + 1], made, o)
            k += 2
        else:
            add_rows(source, a, b, weights[k], fill, made, o)
            k += 1


@inline
def add_parts(parts, k, j, weight, across, made):
    factor = len(parts)
    a, sa, b, sb = Index(k % factor), Index(k // factor * across), Index(j % factor), Index(j // factor * across)
    for x in range(Index(made.shape[1])):
        made[0, x] += weight * (parts[a, sa + x] + parts[b, sb + x])


@inline
def add_four_parts(parts, k, j, weight, weight2, across, made):
    factor = len(parts)
    a, sa, b, sb = Index(k % factor), Index(k // factor * across), Index(j % factor), Index(j // factor * across)
    k, j = k + 1, j - 1
    c, sc, d, sd = Index(k % factor), Index(k // factor * across), Index(j % factor), Index(j // factor * across)
    for x in range(Index(made.shape[1])):
        first = made[0, x] + weight * (parts[a, sa + x] + parts[b, sb + x])
        made[0, x] = first + weight2 * (parts[c, sc + x] + parts[d, sd + x])


@inline
def fold_parts(parts, weights, across, made):
    """made[0, x] = sum over k of weights[k] times the pixel k after the first of each step."""
    last, pairs = len(weights) - 1, len(weights) // 2
    for x in range(Index(made.shape[1])):
        made[0, x] = 0
    if len(weights) % 2:
        add_parts(parts, pairs, pairs, weights[pairs] / 2, across, made)
    for k in range(0, pairs - 1, 2):
        add_four_parts(parts, k, last - k, weights[k], weights[k + 1], across, made)
    if pairs % 2:
        add_parts(parts, pairs - 1, last - pairs + 1, weights[pairs - 1], across, made)


@inline
def part_columns(column, factor, channels, parts, length):
    """parts[p, x] = pixel factor * x + p of the row, for x < length."""
    if channels == 1 and factor == 2:  # both at once, which LLVM turns into shuffles
        for x in range(Index(length)):
            t = x + x
            parts[0, x] = column[0, t]
            parts[1, x] = column[0, t + Index(1)]
        return
    n = Index(channels)
    for p in range(factor):
        o = Index(p)
        for x in range(Index(length)):
            s, t = (Index(factor) * x + o) * n, n * x
            if channels == 3:  # a loop of constant length is unrolled
                for c in range(Index(3)):
                    parts[o, t + c] = column[0, s + c]
            else:
                for c in range(n):
                    parts[o, t + c] = column[0, s + c]


def decimate(
    source, out, weights, factor, row_index, column_index, before, channels, fill, least, greatest, first, last
):  # fmt: skip
    """Make rows first <= y < last of one plane; the result's row y begins at position factor * y of `row_index`."""
    length = (len(column_index) + factor - 1) // factor
    column = zeros((1, length * factor * channels), weights.dtype)
    parts, made = empty((factor, length * channels), weights.dtype), empty((1, out.shape[1]), weights.dtype)
    o, pixels = before * channels, source.shape[1] // channels
    for y in range(first, last):
        fold_rows(source, row_index, factor * y, weights, fill, column, o)
        for j in range(before):
            lift_pixel(column_index[j], j * channels, o, channels, fill, column, 0)
        for j in range(before + pixels, len(column_index)):
            lift_pixel(column_index[j], j * channels, o, channels, fill, column, 0)
        part_columns(column, factor, channels, parts, length)
        fold_parts(parts, weights, channels, made)
        store_row(made, 0, least, greatest, out, y)


@inline
def sum_four_rows(source, rows, top, fill, column, o):
    """column[0, o + x] = the outer ones of four rows plus three times the inner ones."""
    a, b, c, d = rows[top], rows[top + 1], rows[top + 2], rows[top + 3]
    if min(min(a, b), min(c, d)) < 0:
        for x in range(source.shape[1]):
            outer = (fill if a < 0 else source[a, x]) + (fill if d < 0 else source[d, x])
            inner = (fill if b < 0 else source[b, x]) + (fill if c < 0 else source[c, x])
            column[0, o + x] = outer + 3 * inner
        return
    a, b, c, d, o = Index(a), Index(b), Index(c), Index(d), Index(o)
    three = column.dtype.type(3)
    for x in range(Index(source.shape[1])):
        column[0, o + x] = (source[a, x] + source[d, x]) + three * (source[b, x] + source[c, x])


@inline
def sum_four_columns(parts, scale, channels, made):
    three, n = scale.dtype.type(3), Index(channels)
    for x in range(Index(made.shape[1])):
        outer, inner = parts[0, x] + parts[1, n + x], parts[1, x] + parts[0, n + x]
        made[0, x] = scale[0] * (made.dtype.type(outer) + three * made.dtype.type(inner))


def halve(
    source, out, sums, scale, row_index, column_index, channels, fill, least, greatest, first, last
):  # fmt: skip
    """Make rows first <= y < last by the weights 1, 3, 3, 1 of both axes, times scale[0].

    Sums down a column have the dtype of `sums`, so that those of bytes are whole numbers of 16 bits.
    """
    wide = (len(column_index) + 1) // 2 * 2
    column = zeros((1, wide * channels), sums.dtype)
    parts = empty((2, wide // 2 * channels), sums.dtype)
    made = empty((1, out.shape[1]), scale.dtype)
    pixels = source.shape[1] // channels
    beyond = sums.dtype.type(8 * fill)
    for y in range(first, last):
        sum_four_rows(source, row_index, 2 * y, fill, column, channels)
        lift_pixel(column_index[0], 0, channels, channels, beyond, column, 0)
        for j in range(pixels + 1, len(column_index)):
            lift_pixel(column_index[j], j * channels, channels, channels, beyond, column, 0)
        part_columns(column, 2, channels, parts, wide // 2)
        sum_four_columns(parts, scale, channels, made)
        store_row(made, 0, least, greatest, out, y)
