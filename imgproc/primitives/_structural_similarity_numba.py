"""Structural similarity in one walk down the rows: each is read once, and no more than a window of them is stored.

Rows are stored with room for a last whole vector; what it holds beyond the row is made like all else, and not counted.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import inline, inlined
from imgproc.primitives._correlate_numba import Index
from imgproc.primitives._vectors_numba import aligned_rows, lanes_of, lift, put, spread, take, vector_of


@inline
def add_and_subtract(first, second, row, middle, ring, line):
    """Fill two lines of `ring` with the sums and the differences of a row of two images."""
    i, o, p = Index(row), Index(line), Index(line + 1)
    for x in range(Index(first.shape[1])):
        a, b = first[i, x] - middle, second[i, x] - middle
        ring[o, x] = a + b
        ring[p, x] = a - b


@inline
def sum_down(ring, lines, weights, down, wide):
    """Weigh the rows of a window, which start at the flat indices `lines`, and their squares: s, d, s², d²."""
    like = vector_of(weights)
    to_differences, reach = ring.shape[1], len(weights) // 2
    for x in range(0, wide, lanes_of(like)):
        weight, at = spread(weights[reach], like), lines[reach] + x
        s, d = take(ring, at, like), take(ring, at + to_differences, like)
        sum_s, sum_d, sum_ss, sum_dd = s * weight, d * weight, s * s * weight, d * d * weight
        for n in range(reach):
            weight, above, below = spread(weights[n], like), lines[n] + x, lines[2 * reach - n] + x
            s, d = take(ring, above, like), take(ring, above + to_differences, like)
            t, e = take(ring, below, like), take(ring, below + to_differences, like)
            sum_s += (s + t) * weight
            sum_d += (d + e) * weight
            sum_ss += (s * s + t * t) * weight
            sum_dd += (d * d + e * e) * weight
        put_moments(down, x, sum_s, sum_d, sum_ss, sum_dd)


@inlined
def put_moments(down, x, s, d, ss, dd):
    wide = down.shape[1]
    put(down, x, s)
    put(down, wide + x, d)
    put(down, 2 * wide + x, ss)
    put(down, 3 * wide + x, dd)


@inlined
def take_moments(down, at, like):
    wide = down.shape[1]
    s, d = take(down, at, like), take(down, wide + at, like)
    return s, d, take(down, 2 * wide + at, like), take(down, 3 * wide + at, like)


@inlined
def sum_across(down, at, weights, channels, like):
    """Weigh the columns of a window, which start at a flat index: the means of s, d, s², d²."""
    last = len(weights) - 1
    reach = last // 2
    weight = spread(weights[reach], like)
    s, d, ss, dd = take_moments(down, at + reach * channels, like)
    sum_s, sum_d, sum_ss, sum_dd = s * weight, d * weight, ss * weight, dd * weight
    for n in range(reach):
        weight = spread(weights[n], like)
        s, d, ss, dd = take_moments(down, at + n * channels, like)
        t, e, tt, ee = take_moments(down, at + (last - n) * channels, like)
        sum_s += (s + t) * weight
        sum_d += (d + e) * weight
        sum_ss += (ss + tt) * weight
        sum_dd += (dd + ee) * weight
    return sum_s, sum_d, sum_ss, sum_dd


@inlined
def factors(mean_s, d, mean_ss, mean_dd, middle, c1, c2):
    """Return s, the factors of light and of structure, and their denominators; both constants are doubled."""
    s = mean_s + spread(middle + middle, d)
    spread_s, spread_d = mean_ss - mean_s * mean_s, mean_dd - d * d
    ss, dd, c1, c2 = s * s, d * d, spread(c1, d), spread(c2, d)
    below_light, below_structure = ss + dd + c1, spread_s + spread_d + c2
    light, structure = (ss - dd + c1) / below_light, (spread_s - spread_d + c2) / below_structure
    return s, light, structure, below_light, below_structure


@inline
def compare(down, weights, channels, middle, c1, c2, made, totals):
    """Add up SSIM and its factor of contrast and structure by columns."""
    like = vector_of(weights)
    beside = totals.shape[1]
    for x in range(0, made, lanes_of(like)):
        mean_s, d, mean_ss, mean_dd = sum_across(down, x, weights, channels, like)
        _, light, structure, _, _ = factors(mean_s, d, mean_ss, mean_dd, middle, c1, c2)
        old = take(totals, x, like)
        put(totals, x, old + lift(light * structure, old))
        old = take(totals, beside + x, like)
        put(totals, beside + x, old + lift(structure, old))


@inline
def differentiate(down, weights, middle, c1, c2, to_ssim, to_contrast, made, slopes):
    """Write what the means of s and d are passed, and twice what those of s² and d² are."""
    like = vector_of(weights)
    one, two, upper, lower = spread(1, like), spread(2, like), spread(to_ssim, like), spread(to_contrast, like)
    for x in range(0, made, lanes_of(like)):
        mean_s, d, mean_ss, mean_dd = sum_across(down, x, weights, 1, like)
        s, light, structure, below_light, below_structure = factors(mean_s, d, mean_ss, mean_dd, middle, c1, c2)
        to_light, to_structure = two * upper * structure / below_light, two * (upper * light + lower) / below_structure
        to_ss, to_dd = to_structure * (one - structure), -(to_structure * (one + structure))
        to_s = s * to_light * (one - light) - mean_s * to_ss
        put_moments(slopes, x, to_s, -(d * (to_light * (one + light) + to_dd)), to_ss, to_dd)


@inline
def average_down(first, second, row, filled, middle, ring, lines, weights, down):
    """Make the moments of the windows that begin in a row; return the first row that is not yet in the ring."""
    count = len(weights)
    while filled < row + count:
        add_and_subtract(first, second, filled, middle, ring, filled % count * 2)
        filled += 1
    for n in range(count):
        lines[n] = (row + n) % count * 2 * ring.shape[1]
    sum_down(ring, lines, weights, down, first.shape[1])
    return filled


def similarity(first, second, sums, weights, channels, middle, c1, c2, rows_of_a_piece, piece, last_piece):
    """Sum up pieces of rows piece <= p < last_piece; `sums` is (pieces, channels · (SSIM, structure))."""
    count, wide = len(weights), first.shape[1]
    made, room = wide - (count - 1) * channels, wide + lanes_of(vector_of(weights))
    ring, down = aligned_rows(2 * count, room, weights), aligned_rows(4, room, weights)
    totals, lines = aligned_rows(2, room, sums), empty(count, np.int64)
    filled = piece * rows_of_a_piece
    for p in range(piece, last_piece):
        first_row = p * rows_of_a_piece
        totals[:] = 0
        for row in range(first_row, min(first_row + rows_of_a_piece, len(first) - count + 1)):
            filled = average_down(first, second, row, filled, middle, ring, lines, weights, down)
            compare(down, weights, channels, middle, c1, c2, made, totals)
        for c in range(channels):
            for x in range(c, made, channels):
                sums[p, 2 * c] += totals[0, x]
                sums[p, 2 * c + 1] += totals[1, x]


def similarity_slopes(first, second, out, weights, middle, c1, c2, to_ssim, to_contrast, first_row, last_row):
    """Write what windows that begin in rows first_row <= y < last_row pass on, each in its centre; `out` is (4, H, W).

    It is what `differentiate` makes of the sum of `to_ssim` times SSIM and `to_contrast` times its factor of structure.
    """
    count, wide = len(weights), first.shape[1]
    made, room, reach = wide - (count - 1), wide + lanes_of(vector_of(weights)), count // 2
    ring, down = aligned_rows(2 * count, room, weights), aligned_rows(4, room, weights)
    slopes, lines = aligned_rows(4, room, weights), empty(count, np.int64)
    filled = first_row
    for row in range(first_row, last_row):
        filled = average_down(first, second, row, filled, middle, ring, lines, weights, down)
        differentiate(down, weights, middle, c1, c2, to_ssim, to_contrast, made, slopes)
        for k in range(4):
            for x in range(made):
                out[k, row + reach, reach + x] = slopes[k, x]
