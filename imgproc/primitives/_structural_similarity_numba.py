"""Structural similarity in one walk down the rows: each is read once, and no more than a window of them is stored."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline


@inline
def moments(first, second, row, column_index, channels, middle, ring, into):
    """Fill line `into` of the four planes of `ring` with s, d, s², d² of a row and its border."""
    i, o = Index(row), Index(into)
    for j in range(len(column_index)):
        source, target = Index(column_index[j] * channels), Index(j * channels)
        for c in range(Index(channels)):
            a = first[i, source + c] - middle
            b = second[i, source + c] - middle
            s, d = a + b, a - b
            ring[0, o, target + c] = s
            ring[1, o, target + c] = d
            ring[2, o, target + c] = s * s
            ring[3, o, target + c] = d * d


@inline
def sum_down(ring, which, top, weights, out):
    """Weigh the rows of a window whose first one is line `top` of a ring."""
    count = len(weights)
    k, wide = Index(which), Index(out.shape[1])
    reach = count // 2
    line = (top + reach) % count
    weight, i = weights[reach], Index(line)
    for x in range(wide):
        out[k, x] = ring[k, i, x] * weight
    for n in range(reach):
        above, below = Index((top + n) % count), Index((top + count - 1 - n) % count)
        weight = weights[n]
        for x in range(wide):
            out[k, x] += (ring[k, above, x] + ring[k, below, x]) * weight


@inline
def sum_across(down, which, weights, channels, out):
    count = len(weights)
    k, wide = Index(which), Index(out.shape[1])
    reach = count // 2
    shift, weight = Index(reach * channels), weights[reach]
    for x in range(wide):
        out[k, x] = down[k, x + shift] * weight
    for n in range(reach):
        left, right, weight = Index(n * channels), Index((count - 1 - n) * channels), weights[n]
        for x in range(wide):
            out[k, x] += (down[k, x + left] + down[k, x + right]) * weight


@inline
def compare(means, middle, c1, c2, row_sums):
    """Add up SSIM and its factor of contrast and structure; both constants are doubled."""
    wide = means.shape[1]
    for x in range(Index(wide)):
        s, d = means[0, x] + (middle + middle), means[1, x]
        spread_s = means[2, x] - means[0, x] * means[0, x]
        spread_d = means[3, x] - d * d
        ss, dd = s * s, d * d
        structure = (spread_s - spread_d + c2) / (spread_s + spread_d + c2)
        row_sums[1, x] += structure
        row_sums[0, x] += (ss - dd + c1) / (ss + dd + c1) * structure


def similarity(
    first, second, sums, weights, row_index, column_index, channels, middle, c1, c2, rows_of_a_piece, piece, last_piece
):
    """Sum up pieces of rows piece <= p < last_piece; `sums` is (pieces, channels · (SSIM, structure))."""
    count = len(weights)
    wide = len(column_index) * channels
    made = wide - (count - 1) * channels
    total = len(row_index) - count + 1
    ring = np.empty((4, count, wide), weights.dtype)
    down = np.empty((4, wide), weights.dtype)
    means = np.empty((4, made), weights.dtype)
    row_sums = np.empty((2, made), np.float64)
    filled = 0
    for p in range(piece, last_piece):
        first_row = p * rows_of_a_piece
        last_row = min(first_row + rows_of_a_piece, total)
        row_sums[:] = 0
        if p == piece:
            filled = first_row
        for row in range(first_row, last_row):
            while filled < row + count:
                moments(first, second, row_index[filled], column_index, channels, middle, ring, filled % count)
                filled += 1
            for k in range(4):
                sum_down(ring, k, row % count, weights, down)
                sum_across(down, k, weights, channels, means)
            compare(means, middle, c1, c2, row_sums)
        for x in range(made):
            c = x % channels
            sums[p, 2 * c] += row_sums[0, x]
            sums[p, 2 * c + 1] += row_sums[1, x]
