"""Laplacians: of five points, and the sum of two products of a bending and a smoothing kernel, each way round.

Both kernels are symmetric and of one length, and the bending one sums to zero. Every pair of rows is read once for both
passes down, and both passes across add to the same row: half the loops of a sum of any two products.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import TILE, Index, inline, keep_rows, lift_tile, store_row


@inline
def down_first(tile, i, s, b, smoothed, bent):
    m, u, d = Index(i), Index(i - 1), Index(i + 1)
    for x in range(Index(smoothed.shape[1])):
        here, pair = tile[m, x], tile[u, x] + tile[d, x]
        smoothed[0, x] = s[0] * here + s[1] * pair
        bent[0, x] = b[1] * (pair - (here + here))


@inline
def down_one(tile, i, k, s, b, smoothed, bent):
    m, u, d = Index(i), Index(i - k), Index(i + k)
    for x in range(Index(smoothed.shape[1])):
        here, pair = tile[m, x], tile[u, x] + tile[d, x]
        smoothed[0, x] += s[k] * pair
        bent[0, x] += b[k] * (pair - (here + here))


@inline
def down_two(tile, i, k, s, b, smoothed, bent):
    m, u, d, t, e = Index(i), Index(i - k), Index(i + k), Index(i - k - 1), Index(i + k + 1)
    for x in range(Index(smoothed.shape[1])):
        twice, pair, next_pair = tile[m, x] + tile[m, x], tile[u, x] + tile[d, x], tile[t, x] + tile[e, x]
        smoothed[0, x] = (smoothed[0, x] + s[k] * pair) + s[k + 1] * next_pair
        bent[0, x] = (bent[0, x] + b[k] * (pair - twice)) + b[k + 1] * (next_pair - twice)


@inline
def across_first(smoothed, bent, reach, channels, s, b, made):
    m, l, r = Index(reach * channels), Index((reach - 1) * channels), Index((reach + 1) * channels)  # noqa: E741
    for x in range(Index(made.shape[1])):
        here = smoothed[0, m + x]
        bend = b[1] * ((smoothed[0, l + x] + smoothed[0, r + x]) - (here + here))
        made[0, x] = (s[0] * bent[0, m + x] + s[1] * (bent[0, l + x] + bent[0, r + x])) + bend


@inline
def across_one(smoothed, bent, reach, k, channels, s, b, made):
    m, l, r = Index(reach * channels), Index((reach - k) * channels), Index((reach + k) * channels)  # noqa: E741
    for x in range(Index(made.shape[1])):
        here = smoothed[0, m + x]
        bend = b[k] * ((smoothed[0, l + x] + smoothed[0, r + x]) - (here + here))
        made[0, x] += s[k] * (bent[0, l + x] + bent[0, r + x]) + bend


@inline
def across_two(smoothed, bent, reach, k, channels, s, b, made):
    m, l, r = Index(reach * channels), Index((reach - k) * channels), Index((reach + k) * channels)  # noqa: E741
    o, p = Index((reach - k - 1) * channels), Index((reach + k + 1) * channels)
    for x in range(Index(made.shape[1])):
        twice = smoothed[0, m + x] + smoothed[0, m + x]
        near = b[k] * ((smoothed[0, l + x] + smoothed[0, r + x]) - twice)
        far = b[k + 1] * ((smoothed[0, o + x] + smoothed[0, p + x]) - twice)
        smooth = s[k] * (bent[0, l + x] + bent[0, r + x]) + s[k + 1] * (bent[0, o + x] + bent[0, p + x])
        made[0, x] += smooth + (near + far)


def bend_and_smooth(
    source, out, smoothing, bending, row_index, column_index, channels, fill, least, greatest, first, last
):  # fmt: skip
    """Make rows first <= y < last; kernels are given from the middle outward, reaching at least 1."""
    reach, wide, width = len(smoothing) - 1, len(column_index) * channels, out.shape[1]
    kept = 2 * reach
    tile = empty((kept + TILE, wide), smoothing.dtype)
    smoothed, bent = empty((1, wide), smoothing.dtype), empty((1, wide), smoothing.dtype)
    made = empty((1, width), smoothing.dtype)
    rows = row_index[: last + kept]
    lift_tile(source, tile, first, 0, kept, rows, column_index, reach, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, kept, len(tile), rows, column_index, reach, channels, fill)
        for y in range(top, min(top + TILE, last)):
            i = y - top + reach
            down_first(tile, i, smoothing, bending, smoothed, bent)
            for k in range(2, reach, 2):
                down_two(tile, i, k, smoothing, bending, smoothed, bent)
            if reach % 2 == 0:
                down_one(tile, i, reach, smoothing, bending, smoothed, bent)
            across_first(smoothed, bent, reach, channels, smoothing, bending, made)
            for k in range(2, reach, 2):
                across_two(smoothed, bent, reach, k, channels, smoothing, bending, made)
            if reach % 2 == 0:
                across_one(smoothed, bent, reach, reach, channels, smoothing, bending, made)
            store_row(made, 0, least, greatest, out, y)
        keep_rows(tile, kept)


def five_points(source, out, weight, row_index, column_index, channels, fill, least, greatest, first, last):
    """Make rows first <= y < last of `weight` times the neighbours less four times the pixel; a float result."""
    wide, n = len(column_index) * channels, Index(channels)
    tile = empty((2 + TILE, wide), out.dtype)
    rows = row_index[: last + 2]
    lift_tile(source, tile, first, 0, 2, rows, column_index, 1, channels, fill)
    for top in range(first, last, TILE):
        lift_tile(source, tile, top, 2, len(tile), rows, column_index, 1, channels, fill)
        for y in range(top, min(top + TILE, last)):
            u, m, d, row = Index(y - top), Index(y - top + 1), Index(y - top + 2), Index(y)
            for x in range(Index(out.shape[1])):
                twice = tile[m, n + x] + tile[m, n + x]
                down, across = tile[u, n + x] + tile[d, n + x], tile[m, x] + tile[m, n + n + x]
                out[row, x] = weight * (down - twice) + weight * (across - twice)
        keep_rows(tile, 2)
