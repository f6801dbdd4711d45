"""Sums of separable correlations over bands of rows: every kernel reads the same tile of lifted rows."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import (
    TILE,
    Index,
    combine,
    combine_from,
    inline,
    keep_rows,
    lift_tile,
    store_row,
)


@inline
def add_row(part, made):
    for x in range(Index(made.shape[1])):
        made[0, x] += part[0, x]


def sum_of_products(
    source, out, taps, ends, parities, above, left, row_index, column_index, channels, fill, least, greatest, first,
    last,
):  # fmt: skip
    """Make rows first <= y < last of the sum over products of two kernels, each correlated down and then across.

    Kernel k is taps[ends[k] : ends[k + 1]]; product p is of the kernels 2 p (down) and 2 p + 1 (across). The border
    reaches `above` rows and `left` columns out.
    """
    kept, wide, width = len(row_index) - out.shape[0], len(column_index) * channels, out.shape[1]
    tile = empty((kept + TILE, wide), taps.dtype)
    column, made, part = (
        empty((1, wide), taps.dtype),
        empty((1, width), taps.dtype),
        empty((1, width), taps.dtype),
    )
    rows = row_index[: last + kept]
    lift_tile(source, tile, first, 0, kept, rows, column_index, left, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, kept, len(tile), rows, column_index, left, channels, fill)
        for y in range(top, min(top + TILE, last)):
            for k in range(0, len(parities), 2):
                down, across = taps[ends[k] : ends[k + 1]], taps[ends[k + 1] : ends[k + 2]]
                into = made if k == 0 else part
                highest, begin = y - top + above - len(down) // 2, (left - len(across) // 2) * channels
                if len(across) == 1:
                    combine_from(tile, highest, begin, 1, 0, down, parities[k], into, 0, width)
                elif len(down) == 1:
                    combine_from(tile, highest, begin, 0, channels, across, parities[k + 1], into, 0, width)
                else:
                    combine(tile, highest, 1, 0, down, parities[k], column, 0, wide)
                    combine_from(column, 0, begin, 0, channels, across, parities[k + 1], into, 0, width)
                if k > 0:
                    add_row(part, made)
            store_row(made, 0, least, greatest, out, y)
        keep_rows(tile, kept)
