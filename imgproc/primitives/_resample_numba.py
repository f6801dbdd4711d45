"""Resampling over bands of new rows: whole rows are weighted and added, then rows are resampled along themselves.

Where the image gets shorter, rows come first, so that the sums along a row run once for each new row. Where it gets
longer, each old row is resampled along itself first, and the last of them feed the new rows. Memory beyond the result
is a few rows.

Along themselves four rows are resampled at once, woven: number 4 x + r is number x of row r. So what one weight belongs
to lies side by side, whatever the number of channels.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline, store_row
from imgproc.primitives._vectors_numba import (
    alternate_high,
    alternate_low,
    eight_of,
    evens,
    four_of,
    inlined,
    lanes_of,
    lift,
    odds,
    put,
    sixteen_of,
    spread,
    start_of,
    take,
    vector_of,
    zero_of,
)

WOVEN = 4
"""Rows that are woven into one."""

ROOM = 16
"""Rows beyond the window that are resampled along themselves before the window moves to the front of its memory."""


@inlined
def add_taps(source, at, step, weights, first, stride, count, like):
    """Return the sum over k < count of weights[first + k * stride] * source[at + k * step], four taps at a time."""
    total = spread(0, like)
    while count >= 4:
        left = tap(source, at, weights, first, like) + tap(source, at + step, weights, first + stride, like)
        at, first = at + 2 * step, first + 2 * stride
        total += left + (tap(source, at, weights, first, like) + tap(source, at + step, weights, first + stride, like))
        at, first, count = at + 2 * step, first + 2 * stride, count - 4
    if count >= 2:
        total += tap(source, at, weights, first, like) + tap(source, at + step, weights, first + stride, like)
        at, first, count = at + 2 * step, first + 2 * stride, count - 2
    if count == 1:
        total += tap(source, at, weights, first, like)
    return total


@inlined
def tap(source, at, weights, k, like):
    return spread(take(weights, k, zero_of(like)), like) * lift(take(source, at, like), like)


@inlined
def new_row(source, at, step, weights, y, height, count, like):
    """Return the numbers of new row y that begin with the taps at `at`; those at `at` where there are no weights."""
    if height == 0:
        return lift(take(source, at, like), like)
    return add_taps(source, at, step, weights, y, height, count, like)


@inlined
def step_of(rows):
    """Count the numbers from one row to the next: rows may be parts of longer ones."""
    return rows.strides[0] // rows.itemsize


@inlined
def first_of(starts, weights, y):
    """Return the first old row of new row y."""
    return starts[Index(y)] if len(weights) else y


@inlined
def add_row(source, top, starts, counts, weights, y, made, row):
    """Write new row y, made of rows of `source`, whose row 0 is old row `top`, to a row of `made`."""
    like, length, height = vector_of(made), source.shape[1], weights.shape[1] if len(weights) else 0
    step, to = step_of(source), row * length
    at, count = (first_of(starts, weights, y) - top) * step, counts[Index(y)]
    old, new, factors, lanes = start_of(source), start_of(made), start_of(weights), lanes_of(like)
    if length < lanes:
        for x in range(length):
            put(new, to + x, new_row(old, at + x, step, factors, y, height, count, made[0, 0]))
        return
    for begin in range(0, length, lanes):
        x = min(begin, length - lanes)  # the last vector overlaps the one before
        put(new, to + x, new_row(old, at + x, step, factors, y, height, count, like))


@inlined
def weave_rows(source, starts, counts, weights, y, last, lines):
    """Write new rows y to y + 3, woven; those from `last` on are the one before."""
    like, length, height = vector_of(lines), source.shape[1], weights.shape[1] if len(weights) else 0
    old, new, factors, lanes = start_of(source), start_of(lines), start_of(weights), lanes_of(like)
    step = step_of(source)
    if length < lanes:
        for r in range(WOVEN):
            i = min(y + r, last - 1)
            at, count = first_of(starts, weights, i) * step, counts[Index(i)]
            for x in range(length):
                put(new, x * WOVEN + r, new_row(old, at + x, step, factors, i, height, count, lines[0]))
        return
    y1, y2, y3 = min(y + 1, last - 1), min(y + 2, last - 1), min(y + 3, last - 1)
    at0, at1 = first_of(starts, weights, y) * step, first_of(starts, weights, y1) * step
    at2, at3 = first_of(starts, weights, y2) * step, first_of(starts, weights, y3) * step
    n0, n1, n2, n3 = counts[Index(y)], counts[Index(y1)], counts[Index(y2)], counts[Index(y3)]
    for begin in range(0, length, lanes):
        x = min(begin, length - lanes)
        row0 = new_row(old, at0 + x, step, factors, y, height, n0, like)
        row1 = new_row(old, at1 + x, step, factors, y1, height, n1, like)
        row2 = new_row(old, at2 + x, step, factors, y2, height, n2, like)
        row3 = new_row(old, at3 + x, step, factors, y3, height, n3, like)
        even, odd, to = alternate_low(row0, row2), alternate_low(row1, row3), x * WOVEN
        put(new, to, alternate_low(even, odd))
        put(new, to + lanes, alternate_high(even, odd))
        even, odd, to = alternate_high(row0, row2), alternate_high(row1, row3), to + 2 * lanes
        put(new, to, alternate_low(even, odd))
        put(new, to + lanes, alternate_high(even, odd))


@inlined
def unweave_rows(woven, made, row):
    """Write four woven rows to rows `row` and on of `made`."""
    like, width = vector_of(made), made.shape[1]
    lanes, old, new = lanes_of(like), start_of(woven), start_of(made)
    if width < lanes:
        for x in range(width):
            for r in range(WOVEN):
                made[row + r, x] = woven[x * WOVEN + r]
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)
        at, to = x * WOVEN, row * width + x
        a, b = take(old, at, like), take(old, at + lanes, like)
        c, d = take(old, at + 2 * lanes, like), take(old, at + 3 * lanes, like)
        left, right = evens(a, b), evens(c, d)
        put(new, to, evens(left, right))
        put(new, to + 2 * width, odds(left, right))
        left, right = odds(a, b), odds(c, d)
        put(new, to + width, evens(left, right))
        put(new, to + 3 * width, odds(left, right))


@inline
def are_finite(lines):
    bad = False
    for x in range(Index(len(lines))):
        bad |= lines[x] - lines[x] != 0  # NaN is not 0
    return not bad


@inlined
def spread_rows(lines, starts, counts, weights, channels, may_be_infinite, woven):
    """Resample woven lines along themselves.

    What lies beyond a window has weight 0, and is left out only where it may not be finite: zero times infinity would
    be NaN, but processors guess the end of windows of equal length.
    """
    is_tight = may_be_infinite and not are_finite(lines)
    if channels == 1:
        spread_pixels(lines, starts, counts, weights, 1, 0, is_tight, woven, four_of(woven))
    elif channels == 2:
        spread_pixels(lines, starts, counts, weights, 2, 0, is_tight, woven, eight_of(woven))
    elif channels <= 4:  # of three, the last four lanes are written again by the next pixel
        spread_pixels(lines, starts, counts, weights, channels, 0, is_tight, woven, sixteen_of(woven))
    else:
        for c in range(channels):
            spread_pixels(lines, starts, counts, weights, channels, c, is_tight, woven, four_of(woven))


@inlined
def spread_pixels(lines, starts, counts, weights, channels, channel, is_tight, woven, like):
    """Make every pixel from channel `channel` on, as many channels as the vector holds."""
    wide, shift, width, taps = channels * WOVEN, channel * WOVEN, len(starts), len(weights)
    old, new, factors = start_of(lines), start_of(woven), start_of(weights)
    for x in range(width):
        at, count = starts[Index(x)] * wide + shift, counts[Index(x)] if is_tight else taps
        put(new, x * wide + shift, add_taps(old, at, wide, factors, x, width, count, like))


@allocating
def shorten_plane(
    source, out, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of one plane: old rows are added up, then the sums resampled along themselves."""
    made = empty((WOVEN, out.shape[1]), weights.dtype)
    if len(weights) == 0:
        for y in range(first, last):
            add_row(source, 0, row_starts, row_counts, row_weights, y, made, 0)
            store_row(made, 0, least, greatest, out, y)
        return
    lines, woven = woven_lines(source, out, weights, channels)
    for y in range(first, last, WOVEN):
        weave_rows(source, row_starts, row_counts, row_weights, y, last, lines)
        spread_rows(lines, starts, counts, weights, channels, may_be_infinite, woven)
        unweave_rows(woven, made, 0)
        for r in range(min(WOVEN, last - y)):
            store_row(made, r, least, greatest, out, y + r)


@allocating
def woven_lines(source, out, weights, channels):
    """Make room for woven lines, old and new; windows of weight 0 end in zeros, vectors beyond the last pixel."""
    lines = zeros((source.shape[1] + (len(weights) + 1) * channels) * WOVEN, weights.dtype)
    return lines, empty((out.shape[1] + 1) * WOVEN, weights.dtype)


@allocating
def lengthen_plane(
    source, out, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of one plane: old rows are resampled along themselves, then added up."""
    lines, woven = woven_lines(source, out, weights, channels)
    kept = empty((len(row_weights) + WOVEN + ROOM, out.shape[1]), weights.dtype)
    made = empty((1, out.shape[1]), weights.dtype)
    needed = least_from(row_starts, first, last)
    top = ready = needed[0]
    for y in range(first, last):
        while ready < row_starts[y] + row_counts[y]:
            if ready - top + WOVEN > len(kept):
                keep_from(kept, needed[y - first] - top, ready - top)
                top = needed[y - first]
            if len(weights) == 0:
                add_row(source, 0, row_starts, row_counts, weights, ready, kept, ready - top)
                ready += 1
            else:
                weave_rows(source, row_starts, row_counts, weights[:0], ready, len(source), lines)
                spread_rows(lines, starts, counts, weights, channels, may_be_infinite, woven)
                unweave_rows(woven, kept, ready - top)
                ready += WOVEN
        add_row(kept, top, row_starts, row_counts, row_weights, y, made, 0)
        store_row(made, 0, least, greatest, out, y)


def shorten(
    planes, outs, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of all planes, with at most as many rows as before."""
    for p in range(len(planes)):
        shorten_plane(
            planes[p], outs[p], row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite,
            least, greatest, first, last,
        )  # fmt: skip


def lengthen(
    planes, outs, row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite, least,
    greatest, first, last,
):  # fmt: skip
    """Make new rows first <= y < last of all planes, with more rows than before."""
    for p in range(len(planes)):
        lengthen_plane(
            planes[p], outs[p], row_starts, row_counts, row_weights, starts, counts, weights, channels, may_be_infinite,
            least, greatest, first, last,
        )  # fmt: skip


@allocating
def least_from(starts, first, last):
    """Return min(starts[y:last]) for first <= y < last: one that lies on an old row has that alone as its window."""
    least = starts[first:last].copy()
    for i in range(len(least) - 1, 0, -1):
        least[i - 1] = min(least[i - 1], least[i])
    return least


@inline
def keep_from(kept, first, end):
    """Move rows first <= i < end to the front."""
    for i in range(first, end):
        for x in range(kept.shape[1]):
            kept[i - first, x] = kept[i, x]


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
