"""Correlation over bands of rows that carry their own border, so that the inner loops know no edges.

A tile is `reach` rows above and below the rows it makes, lifted to the work float and widened by the border on either
side. Walking down, it keeps the rows that the next tile needs: each input row is lifted once per band.

The inner functions take whole arrays and numbers of rows, since a slice costs as much as eighty additions; unsigned
indices spare the test for a negative one.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba
import numpy as np

TILE = 16
"""Rows made at once: enough to amortise the rows kept, few enough that the tile stays in the cache."""

BLOCK = 4096
"""Columns summed at once, so that a running sum stays in the first-level cache."""

inline = numba.njit(nogil=True, error_model="numpy")
Index = np.uintp


@inline
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


@inline
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
    """Do as `combine`, from column `left` of `source` on."""
    reach = len(weights) // 2
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        if parity == 0 or reach == 0:
            scale(source, top, left, weights[0], made, row, start, stop)
            for k in range(1, len(weights)):
                add_scaled(source, top + k * down, left + k * across, weights[k], made, row, start, stop)
            continue
        i, shift = top + reach * down, left + reach * across
        if parity == 2:
            bend(source, i, shift, down, across, weights[reach + 1], made, row, start, stop)
            for k in range(2, reach, 2):
                w, v = weights[reach + k], weights[reach + k + 1]
                add_two_bends(source, i, shift, k, down, across, w, v, made, row, start, stop)
            if reach % 2 == 0:
                add_bend(source, i, shift, reach, down, across, weights[2 * reach], made, row, start, stop)
            continue
        scale_and_pair(
            source, i, shift, down, across, weights[reach], weights[reach + 1], parity, made, row, start, stop
        )
        for k in range(2, reach, 2):
            add_two_pairs(
                source, i, shift, k, down, across, weights[reach + k], weights[reach + k + 1], parity, made, row,
                start, stop,
            )  # fmt: skip
        if reach % 2 == 0:
            add_pair(source, i, shift, reach, down, across, weights[2 * reach], parity, made, row, start, stop)


@inline
def scale(source, i, shift, weight, made, row, start, stop):
    i, s, row = Index(i), Index(shift), Index(row)
    for x in range(Index(start), Index(stop)):
        made[row, x] = weight * source[i, s + x]


@inline
def add_scaled(source, i, shift, weight, made, row, start, stop):
    i, s, row = Index(i), Index(shift), Index(row)
    for x in range(Index(start), Index(stop)):
        made[row, x] += weight * source[i, s + x]


@inline
def scale_and_pair(source, i, shift, down, across, center, weight, parity, made, row, start, stop):
    m, s, row = Index(i), Index(shift), Index(row)
    a, b, sa, sb = Index(i + down), Index(i - down), Index(shift + across), Index(shift - across)
    if parity > 0:
        for x in range(Index(start), Index(stop)):
            made[row, x] = center * source[m, s + x] + weight * (source[a, sa + x] + source[b, sb + x])
    else:
        for x in range(Index(start), Index(stop)):
            made[row, x] = center * source[m, s + x] + weight * (source[a, sa + x] - source[b, sb + x])


@inline
def bend(source, i, shift, down, across, weight, made, row, start, stop):
    m, s, row = Index(i), Index(shift), Index(row)
    a, b, sa, sb = Index(i + down), Index(i - down), Index(shift + across), Index(shift - across)
    for x in range(Index(start), Index(stop)):
        twice = source[m, s + x] + source[m, s + x]
        made[row, x] = weight * ((source[a, sa + x] + source[b, sb + x]) - twice)


@inline
def add_bend(source, i, shift, k, down, across, weight, made, row, start, stop):
    m, s, row = Index(i), Index(shift), Index(row)
    a, sa, b, sb = Index(i + k * down), Index(shift + k * across), Index(i - k * down), Index(shift - k * across)
    for x in range(Index(start), Index(stop)):
        twice = source[m, s + x] + source[m, s + x]
        made[row, x] += weight * ((source[a, sa + x] + source[b, sb + x]) - twice)


@inline
def add_two_bends(source, i, shift, k, down, across, weight, weight2, made, row, start, stop):
    m, s, row, j = Index(i), Index(shift), Index(row), k + 1
    a, sa, b, sb = Index(i + k * down), Index(shift + k * across), Index(i - k * down), Index(shift - k * across)
    c, sc, d, sd = Index(i + j * down), Index(shift + j * across), Index(i - j * down), Index(shift - j * across)
    for x in range(Index(start), Index(stop)):
        twice = source[m, s + x] + source[m, s + x]
        first = made[row, x] + weight * ((source[a, sa + x] + source[b, sb + x]) - twice)
        made[row, x] = first + weight2 * ((source[c, sc + x] + source[d, sd + x]) - twice)


@inline
def add_pair(source, i, shift, k, down, across, weight, parity, made, row, start, stop):
    row = Index(row)
    a, sa, b, sb = Index(i + k * down), Index(shift + k * across), Index(i - k * down), Index(shift - k * across)
    if parity > 0:
        for x in range(Index(start), Index(stop)):
            made[row, x] += weight * (source[a, sa + x] + source[b, sb + x])
    else:
        for x in range(Index(start), Index(stop)):
            made[row, x] += weight * (source[a, sa + x] - source[b, sb + x])


@inline
def add_two_pairs(source, i, shift, k, down, across, weight, weight2, parity, made, row, start, stop):
    row, j = Index(row), k + 1
    a, sa, b, sb = Index(i + k * down), Index(shift + k * across), Index(i - k * down), Index(shift - k * across)
    c, sc, d, sd = Index(i + j * down), Index(shift + j * across), Index(i - j * down), Index(shift - j * across)
    if parity > 0:
        for x in range(Index(start), Index(stop)):
            first = made[row, x] + weight * (source[a, sa + x] + source[b, sb + x])
            made[row, x] = first + weight2 * (source[c, sc + x] + source[d, sd + x])
    else:
        for x in range(Index(start), Index(stop)):
            first = made[row, x] + weight * (source[a, sa + x] - source[b, sb + x])
            made[row, x] = first + weight2 * (source[c, sc + x] - source[d, sd + x])


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
    tile = np.empty((kept + TILE, wide), dtype=weights_y.dtype)
    column, made = np.empty((1, wide), weights_y.dtype), np.empty((1, width), weights_y.dtype)
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
    tile = np.empty((kept + TILE, wide), dtype=kernel.dtype)
    rows = row_index[: last + kept]
    lift_tile(source, tile, first, 0, kept, rows, column_index, left, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, kept, len(tile), rows, column_index, left, channels, fill)
        for y in range(top, min(top + TILE, last)):
            for start in range(0, width, BLOCK):
                stop = min(start + BLOCK, width)
                for x in range(Index(start), Index(stop)):
                    out[y, x] = 0
                for i in range(kernel.shape[0]):
                    add_taps(tile, y - top + i, channels, kernel, i, out, y, start, stop)
        keep_rows(tile, kept)


@inline
def add_taps(source, i, across, kernel, row, out, y, start, stop):
    """Add one row of a kernel, up to four taps in a pass."""
    r, o = Index(i), Index(y)
    count = kernel.shape[1]
    k = 0
    while k < count:
        rest = count - k
        a, s = kernel[row, k], Index(k * across)
        if rest == 1:
            for x in range(Index(start), Index(stop)):
                out[o, x] += a * source[r, s + x]
            break
        b, t = kernel[row, k + 1], Index((k + 1) * across)
        if rest == 2:
            for x in range(Index(start), Index(stop)):
                out[o, x] += a * source[r, s + x] + b * source[r, t + x]
            break
        c, u = kernel[row, k + 2], Index((k + 2) * across)
        if rest == 3 or rest == 5:  # five are three and two, rather than four and a lone one
            for x in range(Index(start), Index(stop)):
                out[o, x] += a * source[r, s + x] + b * source[r, t + x] + c * source[r, u + x]
            k += 3
            continue
        d, v = kernel[row, k + 3], Index((k + 3) * across)
        for x in range(Index(start), Index(stop)):
            out[o, x] += (a * source[r, s + x] + b * source[r, t + x]) + (c * source[r, u + x] + d * source[r, v + x])
        k += 4
