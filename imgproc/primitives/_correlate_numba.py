"""Correlation over bands of rows that carry their own border, so that the inner loops know no edges.

A tile is `reach` rows above and below the rows it makes, lifted to the work float and widened by the border on either
side. Walking down, it keeps the rows that the next tile needs: each input row is lifted once per band.

The inner functions take whole arrays and numbers of rows, since a slice costs as much as eighty additions; unsigned
indices spare the test for a negative one.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import inline, inlined
from imgproc.primitives._vectors_numba import (
    double_vector_of,
    lanes_of,
    put,
    quadruple_vector_of,
    spread,
    take,
)

TILE = 16
"""Rows made at once: enough to amortise the rows kept, few enough that the tile stays in the cache."""

BLOCK = 4096
"""Columns summed at once, so that a running sum stays in the first-level cache."""

Index = np.uintp


@inlined
def lift_row(source, row, column_index, before, channels, fill, tile, into):
    """Fill row `into` of `tile` with row `row` of `source` (or `fill` where it is -1) and the border on either side.

    The first pixel of the row lands after `before` pixels of border.
    """
    wide = len(column_index) * channels
    if row < 0:
        for x in range(wide):
            tile[into, x] = fill
        return
    length = source.shape[1]
    first, i, o = Index(before * channels), Index(row), Index(into)
    for x in range(Index(length)):
        tile[o, first + x] = source[i, x]
    for j in range(before):
        lift_pixel(column_index[j], j * channels, first, channels, fill, tile, o)
    for j in range(before + length // channels, len(column_index)):
        lift_pixel(column_index[j], j * channels, first, channels, fill, tile, o)


@inlined
def lift_pixel(column, at, first, channels, fill, tile, into):
    for c in range(channels):
        tile[into, at + c] = fill if column < 0 else tile[into, first + column * channels + c]


@inline
def lift_tile(source, tile, top, kept, end, row_index, column_index, before, channels, fill):
    """Fill rows kept <= i < end of `tile`; its row 0 is position `top` of `row_index`."""
    for i in range(kept, min(end, len(row_index) - top)):
        lift_row(source, row_index[top + i], column_index, before, channels, fill, tile, i)


@inline
def keep_rows(tile, kept):
    """Move the last `kept` rows to the front."""
    shift = len(tile) - kept
    for i in range(kept):
        for x in range(tile.shape[1]):
            tile[i, x] = tile[i + shift, x]


@inline
def combine(source, top, down, across, weights, parity, made, row, count):
    """made[row, x] = sum over k of weights[k] * source[top + k * down, x + k * across] for x < count.

    Pairs of equal weight are first added (parity 1) or subtracted (-1), from the middle outward; with parity 2, twice
    the middle is taken from each pair.
    """
    combine_from(source, top, 0, down, across, weights, parity, made, row, count)


@inline
def combine_from(source, top, left, down, across, weights, parity, made, row, count):
    """Do as `combine`, from column `left` of `source` on; no element of `made` is one of `source`."""
    start, step, to = top * source.shape[1] + left, down * source.shape[1] + across, row * made.shape[1]
    if parity == 1:
        fold_row(source, start, step, weights, 1, made, to, count)
    elif parity == -1:
        fold_row(source, start, step, weights, -1, made, to, count)
    elif parity == 2:
        fold_row(source, start, step, weights, 2, made, to, count)
    else:
        fold_row(source, start, step, weights, 0, made, to, count)


@inlined
def fold_row(source, start, step, weights, parity, made, to, count):
    """Write the sums of `combine` for the pixels of a row, by flat indices."""
    like = double_vector_of(made)
    lanes = lanes_of(like)
    if count < lanes:
        for x in range(count):
            put(made, to + x, fold(source, start + x, step, weights, parity, weights[0]))
        return
    for begin in range(0, count, lanes):
        x = min(begin, count - lanes)  # the last vector overlaps the one before
        put(made, to + x, fold(source, start + x, step, weights, parity, like))


@inlined
def fold(source, at, step, weights, parity, like):
    """Return the sums of `combine` for the pixels of a vector, whose first taps are at a flat index of `source`."""
    reach = len(weights) // 2
    if parity == 0:
        total = spread(weights[0], like) * take(source, at, like)
        for k in range(1, len(weights)):
            total += spread(weights[k], like) * take(source, at + k * step, like)
        return total
    center = at + reach * step
    middle = take(source, center, like)
    total, twice = spread(0, like) if parity == 2 else spread(weights[reach], like) * middle, middle + middle
    for k in range(1, reach + 1):
        right, left = take(source, center + k * step, like), take(source, center - k * step, like)
        pair = right - left if parity == -1 else right + left
        total += spread(weights[reach + k], like) * (pair - twice if parity == 2 else pair)
    return total


@inline
def store_row(made, row, least, greatest, out, y):
    """Write row `row` to row `y`; where `least` < `greatest`, round half to even and saturate (float32 rows only)."""
    row, y = Index(row), Index(y)
    if least < greatest:
        # adding and taking away 1.5 * 2**23 leaves the nearest integer; np.rint would not vectorise
        shift = np.float32(12582912.0)
        for x in range(Index(out.shape[1])):
            out[y, x] = np.int32((min(max(made[row, x], least), greatest) + shift) - shift)
    else:
        for x in range(Index(out.shape[1])):
            out[y, x] = made[row, x]


def separable(
    source, out, weights_y, weights_x, parity_y, parity_x, row_index, column_index, channels, fill, least, greatest,
    first, last,
):  # fmt: skip
    """Correlate rows first <= y < last of one plane with weights_y along columns, then weights_x along rows."""
    kept, wide, width = len(weights_y) - 1, len(column_index) * channels, out.shape[1]
    tile = empty((kept + TILE, wide), dtype=weights_y.dtype)
    column, made = empty((1, wide), weights_y.dtype), empty((1, width), weights_y.dtype)
    rows, before = row_index[: last + kept], len(weights_x) // 2
    lift_tile(source, tile, first, 0, kept, rows, column_index, before, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, kept, len(tile), rows, column_index, before, channels, fill)
        for y in range(top, min(top + TILE, last)):
            combine(tile, y - top, 1, 0, weights_y, parity_y, column, 0, wide)
            combine(column, 0, 0, channels, weights_x, parity_x, made, 0, width)
            store_row(made, 0, least, greatest, out, y)
        keep_rows(tile, kept)


def full(source, out, kernel, left, row_index, column_index, channels, fill, first, last):
    """Correlate rows first <= y < last of one plane with a kernel that reaches `left` columns back; a float result."""
    kept, wide, width = kernel.shape[0] - 1, len(column_index) * channels, out.shape[1]
    tile = empty((kept + TILE, wide), dtype=kernel.dtype)
    rows = row_index[: last + kept]
    lift_tile(source, tile, first, 0, kept, rows, column_index, left, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, kept, len(tile), rows, column_index, left, channels, fill)
        for y in range(top, min(top + TILE, last)):
            full_row(tile, (y - top) * wide, wide, channels, kernel, out, y * width, width)
        keep_rows(tile, kept)


@inline
def full_row(tile, start, down, across, kernel, out, to, width):
    """Write one row of `out`, at a flat index, from the taps at a flat index of `tile` on."""
    like = quadruple_vector_of(out)
    lanes = lanes_of(like)
    if width < lanes:
        for x in range(width):
            put(out, to + x, sum_taps(tile, start + x, down, across, kernel, kernel[0, 0]))
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)  # the last vector overlaps the one before
        put(out, to + x, sum_taps(tile, start + x, down, across, kernel, like))


@inlined
def sum_taps(tile, at, down, across, kernel, like):
    """Return the sum over a kernel for the pixels of a vector, row by row."""
    total = spread(0, like)
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            total += spread(kernel[i, j], like) * take(tile, at + i * down + j * across, like)
    return total
