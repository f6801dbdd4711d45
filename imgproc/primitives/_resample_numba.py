"""Resampling over bands of new rows: whole rows are weighted and added, then one row is resampled along itself.

Where the image gets shorter, rows come first, so that the gathering along a row runs once for each new row. Where it
gets longer, each old row is resampled along itself first, and a ring of them feeds the new rows. Memory beyond the
result is a few rows.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import BLOCK, Index, inline, store_row

TOGETHER = 4
"""Rows of one channel that are resampled along themselves at once: looking up windows costs as much as a sum."""


@inline
def add_rows(source, ring, first, weights, y, count, made, row, length):
    """made[row] = sum over k < count of weights[k, y] * source[(first + k) % ring], up to four rows in a pass."""
    o, y = Index(row), Index(y)
    for begin in range(0, length, BLOCK):
        start, stop = Index(begin), Index(min(begin + BLOCK, length))
        for x in range(start, stop):
            made[o, x] = 0
        k = 0
        while k < count:
            i, a = Index((first + k) % ring), weights[k, y]
            if count - k == 1:
                for x in range(start, stop):
                    made[o, x] += a * source[i, x]
                break
            j, b = Index((first + k + 1) % ring), weights[k + 1, y]
            if count - k < 4:
                for x in range(start, stop):
                    made[o, x] += a * source[i, x] + b * source[j, x]
                k += 2
                continue
            m, c = Index((first + k + 2) % ring), weights[k + 2, y]
            n, d = Index((first + k + 3) % ring), weights[k + 3, y]
            for x in range(start, stop):
                made[o, x] += (a * source[i, x] + b * source[j, x]) + (c * source[m, x] + d * source[n, x])
            k += 4


@inline
def lift_row(source, i, lines, row):
    i, o = Index(i), Index(row)
    for x in range(Index(source.shape[1])):
        lines[o, x] = source[i, x]


@inline
def are_finite(lines, rows, length):
    bad = False
    for r in range(rows):
        for x in range(Index(length)):
            value = lines[r, x]
            bad |= value - value != 0  # NaN is not 0
    return not bad


@inline
def spread(lines, rows, starts, weights, channels, made, row):
    """made[row + r, x] = sum over k of weights[k, x] * lines[r, starts[x] + k] for r < rows, 1 or TOGETHER.

    What lies beyond a window has weight 0. Windows and weights are looked up once for three channels or for several
    rows; the loops over those have a constant length, so that they are unrolled.
    """
    taps = len(weights)
    k = 0
    while k < taps:
        if taps - k >= 4:
            add_four(lines, rows, starts, weights, k, channels, made, Index(row))
            k += 4
        elif taps - k >= 2:
            add_two(lines, rows, starts, weights, k, channels, made, Index(row))
            k += 2
        else:
            add_one(lines, rows, starts, weights, k, channels, made, Index(row))
            k += 1


@inline
def add_one(lines, rows, starts, weights, tap, channels, made, row):
    k, wide = Index(tap), Index(channels)
    if rows == TOGETHER:
        for x in range(Index(len(starts))):
            s, a = Index(starts[x]) + k, weights[k, x]
            for r in range(Index(TOGETHER)):
                part = a * lines[r, s]
                made[row + r, x] = part if tap == 0 else made[row + r, x] + part
        return
    for x in range(Index(len(starts))):
        s, p, a = (Index(starts[x]) + k) * wide, x * wide, weights[k, x]
        for c in range(wide):
            part = a * lines[0, s + c]
            made[row, p + c] = part if tap == 0 else made[row, p + c] + part


@inline
def add_two(lines, rows, starts, weights, tap, channels, made, row):
    k, j, wide = Index(tap), Index(tap + 1), Index(channels)
    if rows == TOGETHER:
        for x in range(Index(len(starts))):
            s, a, b = Index(starts[x]) + k, weights[k, x], weights[j, x]
            for r in range(Index(TOGETHER)):
                part = a * lines[r, s] + b * lines[r, s + Index(1)]
                made[row + r, x] = part if tap == 0 else made[row + r, x] + part
    elif channels == 3:
        for x in range(Index(len(starts))):
            s, p, a, b = (Index(starts[x]) + k) * Index(3), x * Index(3), weights[k, x], weights[j, x]
            for c in range(Index(3)):
                part = a * lines[0, s + c] + b * lines[0, s + Index(3) + c]
                made[row, p + c] = part if tap == 0 else made[row, p + c] + part
    else:
        for x in range(Index(len(starts))):
            s, p, a, b = (Index(starts[x]) + k) * wide, x * wide, weights[k, x], weights[j, x]
            for c in range(wide):
                part = a * lines[0, s + c] + b * lines[0, s + wide + c]
                made[row, p + c] = part if tap == 0 else made[row, p + c] + part


@inline
def add_four(lines, rows, starts, weights, tap, channels, made, row):
    k, wide = Index(tap), Index(channels)
    j, m, n = Index(tap + 1), Index(tap + 2), Index(tap + 3)
    if rows == TOGETHER:
        for x in range(Index(len(starts))):
            s, a, b, d, e = Index(starts[x]) + k, weights[k, x], weights[j, x], weights[m, x], weights[n, x]
            for r in range(Index(TOGETHER)):
                left = a * lines[r, s] + b * lines[r, s + Index(1)]
                part = left + (d * lines[r, s + Index(2)] + e * lines[r, s + Index(3)])
                made[row + r, x] = part if tap == 0 else made[row + r, x] + part
    elif channels == 3:
        for x in range(Index(len(starts))):
            s, p = (Index(starts[x]) + k) * Index(3), x * Index(3)
            a, b, d, e = weights[k, x], weights[j, x], weights[m, x], weights[n, x]
            for c in range(Index(3)):
                left = a * lines[0, s + c] + b * lines[0, s + Index(3) + c]
                part = left + (d * lines[0, s + Index(6) + c] + e * lines[0, s + Index(9) + c])
                made[row, p + c] = part if tap == 0 else made[row, p + c] + part
    else:
        for x in range(Index(len(starts))):
            s, p = (Index(starts[x]) + k) * wide, x * wide
            t, u, v = s + wide, s + wide + wide, s + wide + wide + wide
            a, b, d, e = weights[k, x], weights[j, x], weights[m, x], weights[n, x]
            for c in range(wide):
                part = (a * lines[0, s + c] + b * lines[0, t + c]) + (d * lines[0, u + c] + e * lines[0, v + c])
                made[row, p + c] = part if tap == 0 else made[row, p + c] + part


@inline
def spread_within(lines, rows, starts, counts, weights, channels, made, row):
    """Do as `spread`, looking only at what lies in the window: zero times infinity would be NaN."""
    for r in range(rows):
        for x in range(len(starts)):
            for c in range(channels):
                total = weights[0, x] * lines[r, starts[x] * channels + c]
                for k in range(1, counts[x]):
                    total += weights[k, x] * lines[r, (starts[x] + k) * channels + c]
                made[row + r, x * channels + c] = total


@inline
def spread_or_copy(lines, rows, length, starts, counts, weights, channels, may_be_infinite, made, row):
    """Resample `rows` lines of `length` values into rows `row` and on of `made`."""
    if len(weights) == 0:
        for r in range(rows):
            for x in range(Index(length)):
                made[row + r, x] = lines[r, x]
    elif may_be_infinite and not are_finite(lines, rows, length):
        spread_within(lines, rows, starts, counts, weights, channels, made, row)
    else:
        spread(lines, rows, starts, weights, channels, made, row)


def shorten(
    source, out, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of one plane: old rows are added up, then the sums resampled along themselves."""
    length, width = source.shape[1], out.shape[1]
    lines = np.zeros((TOGETHER, length + len(weights) * channels), weights.dtype)  # windows of weight 0 end in zeros
    made = np.empty((TOGETHER, width), weights.dtype)
    y = first
    while y < last:
        rows = TOGETHER if channels == 1 and y + TOGETHER <= last else 1
        for r in range(rows):
            i = y + r
            if len(row_weights) == 0:
                lift_row(source, i, lines, r)
            else:
                add_rows(source, len(source), row_starts[i], row_weights, i, row_counts[i], lines, r, length)
        spread_or_copy(lines, rows, length, starts, counts, weights, channels, may_be_infinite, made, 0)
        for r in range(rows):
            store_row(made, r, least, greatest, out, y + r)
        y += rows


def lengthen(
    source, out, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of one plane: old rows are resampled along themselves, then added up."""
    length, width = source.shape[1], out.shape[1]
    lines = np.zeros((TOGETHER, length + len(weights) * channels), weights.dtype)
    ring = (len(row_weights) // TOGETHER + 2) * TOGETHER  # the window, and room for the rows made together
    kept, made = np.empty((ring, width), weights.dtype), np.empty((1, width), weights.dtype)
    top = row_starts[first]
    ready = top
    for y in range(first, last):
        while ready < row_starts[y] + row_counts[y]:
            rows = TOGETHER if channels == 1 and ready + TOGETHER <= len(source) else 1
            for r in range(rows):
                lift_row(source, ready + r, lines, r)
            into = (ready - top) % ring
            spread_or_copy(lines, rows, length, starts, counts, weights, channels, may_be_infinite, kept, into)
            ready += rows
        add_rows(kept, ring, row_starts[y] - top, row_weights, y, row_counts[y], made, 0, width)
        store_row(made, 0, least, greatest, out, y)


def select(source, out, rows, columns, channels, first, last):
    """Copy the pixels named by `rows` and `columns` into rows first <= y < last of one plane."""
    wide = Index(channels)
    for y in range(first, last):
        o, i = Index(y), Index(rows[y])
        if y > first and rows[y] == rows[y - 1]:
            for x in range(Index(out.shape[1])):
                out[o, x] = out[o - Index(1), x]
        elif channels == 1:
            for x in range(Index(len(columns))):
                out[o, x] = source[i, Index(columns[x])]
        elif channels == 3:
            for x in range(Index(len(columns))):
                s, p = Index(columns[x]) * Index(3), x * Index(3)
                for c in range(Index(3)):  # of constant length, so that it is unrolled
                    out[o, p + c] = source[i, s + c]
        else:
            for x in range(Index(len(columns))):
                s, p = Index(columns[x]) * wide, x * wide
                for c in range(wide):
                    out[o, p + c] = source[i, s + c]
