"""Canny's edges and the lengths that set its thresholds, in one pass over bands of rows.

Thresholds are known to lie in brackets: maxima along the gradient beyond a bracket are marked or not at once, those
inside wait until the lengths have been counted.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._bit_rows_numba import WORD, spread_found
from imgproc.primitives._correlate_numba import TILE, fold_row, inline, keep_rows
from imgproc.primitives._gradient_numba import along_gradient, lift_smoothed, magnitude_row, measured_row
from imgproc.primitives._vectors_numba import (
    aligned_rows,
    bits_of,
    count_ones,
    lanes_of,
    put,
    put_chosen,
    spread,
    take,
    vector_of,
)


@inline
def survey_row(length, here, whole, least, most, inside, counts):
    """Count the lengths that are not zero, those below `least`, and those not finite; collect those in the bracket."""
    like = vector_of(length)
    zero, infinite = spread(0, like), spread(np.inf, like)
    leasts, mosts = spread(least, like), spread(most, like)
    start = here * length.shape[1] + 1
    number, below, endless, n = 0, 0, 0, counts[3]
    for x in range(0, whole, lanes_of(like)):
        center = take(length, start + x, like)
        is_less = center < leasts
        number += count_ones(bits_of(center > zero))
        below += count_ones(bits_of((center > zero) & is_less))
        endless += count_ones(bits_of(~(center < infinite)))
        chosen = (center > zero) & ~is_less & (center <= mosts)
        if bits_of(chosen) != 0:
            put_chosen(inside, n, center, chosen)
            n += count_ones(bits_of(chosen))
    counts[0] += number
    counts[1] += below
    counts[2] += endless
    counts[3] = n


@inline
def mark_row(gx, gy, length, above, here, below, brackets, weak, strong, y, place, columns, places, strengths, n):
    """Mark the maxima along the gradient that reach the upper ends of brackets, and note those inside.

    `place` is that of the first pixel of the row, `columns` are their numbers; returns how many are noted.
    """
    wide, start = length.shape[1], here * gx.shape[1]
    like, integers = vector_of(gx), vector_of(columns)
    lanes = lanes_of(like)
    low_leasts, low_mosts = spread(brackets[0, 0], like), spread(brackets[0, 1], like)
    high_leasts, high_mosts = spread(brackets[1, 0], like), spread(brackets[1, 1], like)
    for word in range(weak.shape[1]):
        marked, sure = np.uint64(0), np.uint64(0)
        for part in range(0, WORD, lanes):
            x = word * WORD + part
            if bits_of(take(length, here * wide + x + 1, like) >= low_leasts) == 0:
                continue
            center, back, on = along_gradient(
                gx, gy, start + x, length, above * wide + x, here * wide + x, below * wide + x, 1, like
            )  # fmt: skip
            is_most = (center > back) & (center >= on) & (center >= low_leasts)
            marked |= bits_of(is_most & (center >= low_mosts)) << np.uint64(part)
            sure |= bits_of(is_most & (center >= high_mosts)) << np.uint64(part)
            doubts = is_most & ((center < low_mosts) | ((center >= high_leasts) & (center < high_mosts)))
            put_chosen(places, n, take(columns, x, integers) + spread(place, integers), doubts)
            put_chosen(strengths, n, center, doubts)
            n += count_ones(bits_of(doubts))
        weak[y, word], strong[y, word] = marked, sure
    return n


def mark_doubtful(
    source, weak, found, smoothing, derivative, row_index, column_index, fill, brackets, of_quantiles, inside, counts,
    places, strengths, first, last,
):  # fmt: skip
    """Mark rows first <= y < last of one channel, and survey their lengths for the bracket of each quantile.

    inside[k] and counts[k] are those of `survey_row`, and counts[-1, 0] is how many pixels are noted in `places`, which
    begin at row `first`, and `strengths`.
    """
    kept, height, wide = len(smoothing) - 1, weak.shape[0], len(column_index)
    width, whole = wide - kept, weak.shape[1] * WORD
    tile, column = aligned_rows(kept + TILE, wide, smoothing), aligned_rows(1, wide, smoothing)
    smoothed = aligned_rows(kept + TILE, width, smoothing)
    gx, gy = aligned_rows(3, whole, smoothing), aligned_rows(3, whole, smoothing)
    length = aligned_rows(4, whole + 2, smoothing)  # row 3 stays zero: what lies outside
    columns = empty(whole, np.int32)
    for x in range(whole):
        columns[x] = x
    begin, end = max(first - 1, 0), min(last + 1, height)
    rows, n = row_index[: end + kept], 0
    lift_smoothed(source, tile, smoothed, begin, 0, kept, rows, column_index, 1, fill, smoothing)
    for top in range(begin, end, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, 1, fill, smoothing)
        for y in range(top, min(top + TILE, end)):
            measured_row(
                tile, smoothed, y - top, smoothing, derivative, 1, column, gx, gy, y % 3, length, y % 3, 1, width
            )  # fmt: skip
            if first <= y < last:
                for k in range(len(of_quantiles)):
                    least, most = of_quantiles[k, 0], of_quantiles[k, 1]
                    survey_row(length, y % 3, whole, least, most, inside[k], counts[k])
            if y > first:
                above = 3 if y == 1 else (y - 2) % 3
                n = mark_row(
                    gx, gy, length, above, (y - 1) % 3, y % 3, brackets, weak, found, y - 1, (y - 1 - first) * whole,
                    columns, places, strengths, n,
                )  # fmt: skip
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)
    if last == height:
        above, here = 3 if height == 1 else (height - 2) % 3, (height - 1) % 3
        n = mark_row(
            gx, gy, length, above, here, 3, brackets, weak, found, height - 1, (height - 1 - first) * whole,
            columns, places, strengths, n,
        )  # fmt: skip
    counts[-1, 0] = n


def settle(weak, found, pending, stack, is_top, places, strengths, low, high, first, last):
    """Mark those pixels noted in rows first <= y < last that reach the thresholds, and link these rows."""
    is_top[first] = 1
    start = first * weak.shape[1]
    for i in range(len(places)):
        word, bit = start + places[i] // WORD, np.uint64(1) << np.uint64(places[i] % WORD)
        put(weak, word, take(weak, word, bit) | (bit if strengths[i] >= low else np.uint64(0)))
        put(found, word, take(found, word, bit) | (bit if strengths[i] >= high else np.uint64(0)))
    spread_found(weak, found, pending, stack, first, last)


def measure_runs(source, smoothing, derivative, tops, lefts, lengths, first, last):
    """Make lengths[k], those of the pixels from (tops[k], lefts[k]) to the right, for first <= k < last.

    All that they are made of lies in the image. They may differ from those of `gradient` in the last bit.
    """
    kept, width = len(smoothing) - 1, lengths.shape[1]
    tile, lines = aligned_rows(kept + 1, kept + width, smoothing), aligned_rows(2, kept + width, smoothing)
    gx, gy = aligned_rows(1, width, smoothing), aligned_rows(1, width, smoothing)
    wide = tile.shape[1]
    for k in range(first, last):
        top, left = tops[k] - kept // 2, lefts[k] - kept // 2
        for i in range(kept + 1):
            for x in range(kept + width):
                tile[i, x] = source[top + i, left + x]
        fold_row(tile, 0, wide, smoothing, 1, lines, 0, kept + width)
        fold_row(tile, 0, wide, derivative, -1, lines, wide, kept + width)
        fold_row(lines, 0, 1, derivative, -1, gx, 0, width)
        fold_row(lines, wide, 1, smoothing, 1, gy, 0, width)
        magnitude_row(gx, gy, 0, lengths, k, 0, width)
