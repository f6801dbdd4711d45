"""The corner response of a band of rows: derivatives, their products, the average and the response, row by row.

A tile holds the three products of each row side by side, continued beyond both edges; walking down, it keeps the rows
that the next tile needs.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import TILE, Index, combine, combine_from, inline, keep_rows, lift_row
from imgproc.primitives._gradient_numba import magnitude_row

SLOTS = 4
"""Image rows kept lifted: the three of a derivative, and one to make."""


@inline
def slot_of(row, in_use, held, source, column_index, fill, lifted):
    """Return where `row` lies lifted, lifting it over a row not `in_use` if need be."""
    for slot in range(SLOTS):
        if held[slot] == row:
            return slot
    for slot in range(SLOTS):
        if held[slot] != in_use[0] and held[slot] != in_use[1] and held[slot] != in_use[2]:
            held[slot] = row
            lift_row(source, row, column_index, 1, 1, fill, lifted, slot)
            return slot
    return 0


@inline
def products_row(lifted, north, middle, south, smoothing, derivative, width, before, wide, tile, into):
    """Write gx², gx gy and gy² of one row behind `before` elements each; the sums are those of the gradient."""
    center, side, still, slope = smoothing[1], smoothing[2], derivative[1], derivative[2]
    n, m, s, o = Index(north), Index(middle), Index(south), Index(into)
    xx, xy, yy = Index(before), Index(wide + before), Index(2 * wide + before)
    for x in range(Index(width)):
        west, here, east = x, x + Index(1), x + Index(2)
        column_west = center * lifted[m, west] + side * (lifted[s, west] + lifted[n, west])
        column_here = center * lifted[m, here] + side * (lifted[s, here] + lifted[n, here])
        column_east = center * lifted[m, east] + side * (lifted[s, east] + lifted[n, east])
        row_north = center * lifted[n, here] + side * (lifted[n, east] + lifted[n, west])
        row_here = center * lifted[m, here] + side * (lifted[m, east] + lifted[m, west])
        row_south = center * lifted[s, here] + side * (lifted[s, east] + lifted[s, west])
        gx = still * column_here + slope * (column_east - column_west)
        gy = still * row_here + slope * (row_south - row_north)
        tile[o, xx + x] = gx * gx
        tile[o, xy + x] = gx * gy
        tile[o, yy + x] = gy * gy


@inline
def continue_row(tile, row, column_index, before, width, wide):
    """Fill what lies beyond both edges of each product."""
    for part in range(3):
        start = part * wide
        for j in range(before):
            tile[row, start + j] = 0 if column_index[j] < 0 else tile[row, start + before + column_index[j]]
        for j in range(before + width, wide):
            tile[row, start + j] = 0 if column_index[j] < 0 else tile[row, start + before + column_index[j]]


@inline
def respond_row(made, is_lesser, k, half, root, out, y):
    """Turn a row of the averaged tensor into the response."""
    o = Index(y)
    if is_lesser:
        for x in range(Index(out.shape[1])):
            half[0, x] = half.dtype.type(0.5) * (made[0, x] - made[2, x])
        magnitude_row(half, made[1:2], 0, root, 0, 0, root.shape[1])
        for x in range(Index(out.shape[1])):
            out[o, x] = half.dtype.type(0.5) * (made[0, x] + made[2, x]) - root[0, x]
    else:
        for x in range(Index(out.shape[1])):
            trace = made[0, x] + made[2, x]
            out[o, x] = (made[0, x] * made[2, x] - made[1, x] * made[1, x]) - k * (trace * trace)


@inline
def fill_tile(
    source, tile, held, lifted, top, kept, end, smoothing, derivative, image_rows, image_columns, row_index,
    column_index, before, fill,
):  # fmt: skip
    """Make the products of rows kept <= i < end of `tile`, whose row 0 is position `top` of `row_index`."""
    width = source.shape[1]
    wide = len(column_index)
    for i in range(kept, min(end, len(row_index) - top)):
        row = row_index[top + i]
        if row < 0:
            for x in range(tile.shape[1]):
                tile[i, x] = 0
            continue
        needed = image_rows[row : row + 3]
        north = slot_of(needed[0], needed, held, source, image_columns, fill, lifted)
        middle = slot_of(needed[1], needed, held, source, image_columns, fill, lifted)
        south = slot_of(needed[2], needed, held, source, image_columns, fill, lifted)
        products_row(lifted, north, middle, south, smoothing, derivative, width, before, wide, tile, i)
        continue_row(tile, i, column_index, before, width, wide)


def respond(
    source, out, smoothing, derivative, window, image_rows, image_columns, row_index, column_index, fill, is_lesser, k,
    first, last,
):  # fmt: skip
    """Make the response of rows first <= y < last of one plane of one channel."""
    kept, wide, width, before = len(window) - 1, len(column_index), out.shape[1], len(window) // 2
    work = window.dtype
    tile, column = empty((kept + TILE, 3 * wide), work), empty((1, 3 * wide), work)
    lifted, held = empty((SLOTS, len(image_columns)), work), np.full(SLOTS, -9, np.int64)
    made, half, root = empty((3, width), work), empty((1, width), work), empty((1, width), work)
    rows = row_index[: last + kept]
    fill_tile(
        source, tile, held, lifted, first, 0, kept, smoothing, derivative, image_rows, image_columns, rows,
        column_index, before, fill,
    )  # fmt: skip
    for top in range(first, last, TILE):
        fill_tile(
            source, tile, held, lifted, top, kept, len(tile), smoothing, derivative, image_rows, image_columns, rows,
            column_index, before, fill,
        )  # fmt: skip
        for y in range(top, min(top + TILE, last)):
            combine(tile, y - top, 1, 0, window, 1, column, 0, 3 * wide)
            for part in range(3):
                combine_from(column, 0, part * wide, 0, 1, window, 1, made, part, width)
            respond_row(made, is_lesser, k, half, root, out, y)
        keep_rows(tile, kept)
