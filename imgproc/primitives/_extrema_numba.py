"""The least keys under footprints, over bands of rows; see _rank_numba for what keys are.

Rectangles go after van Herk and Gil-Werman down the columns: groups of as many rows as the rectangle has, whose minima
towards the last row, with those from the next group's first row on, make as many rows. M. van Herk, Pattern Recognition
Letters 13(7), 1992; J. Gil and M. Werman, PAMI 15(5), 1993.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating, inline, inlined
from imgproc.primitives._rank_numba import copy, decode, encode_row, lesser
from imgproc.primitives._vectors_numba import (
    double_vector_of,
    lanes_of,
    least,
    put,
    select,
    spread,
    take,
    vector_of,
)

DIRECT = 8
"""Columns up to which a window is looked through; beyond it, runs are doubled until they cover it."""

TALL = 64
"""Rows opened at once: enough to amortise those around them that are eroded as well."""


# ---- rectangles


@inlined
def key_of(bits, code, like):
    flip, low, top, infinity, nan = code
    if low == 0:
        return bits ^ spread(flip, like)
    sign = spread(top, like)
    key = select((bits & sign) == sign, bits ^ spread(flip ^ low, like), bits ^ spread(flip, like))
    return select((bits & spread(low, like)) > spread(infinity, like), spread(nan, like), key)


@inlined
def value_of(key, code, like):
    flip, low, top, _, _ = code
    bits = key ^ spread(flip, like)
    if low == 0:
        return bits
    sign = spread(top, like)
    return select((bits & sign) == sign, bits ^ spread(low, like), bits)


@inlined
def key_row(source, start, length, code, line, to):
    """Write the keys of a row, and up to a vector beyond them."""
    like = vector_of(source)
    lanes = lanes_of(like)
    if length < lanes:
        for x in range(length):
            line[to + x] = source[start + x]
        put(line, to, key_of(take(line, to, like), code, like))
    else:
        for begin in range(0, length, lanes):
            x = min(begin, length - lanes)  # the last vector overlaps the one before
            put(line, to + x, key_of(take(source, start + x, like), code, like))


@inlined
def extend(line, inside, column_index, first, last, channels, fill):
    for j in range(first, last):
        column = column_index[j]
        for c in range(channels):
            line[j * channels + c] = fill if column < 0 else line[inside + column * channels + c]


@inlined
def look_across(line, columns, channels, length, made, to, like):
    for x in range(0, length, lanes_of(like)):
        total = take(line, x, like)
        for k in range(1, columns):
            total = least(take(line, x + k * channels, like), total)
        put(made, to + x, total)


@inlined
def least_across(line, columns, channels, length, made, to):
    """Write the least of `columns` keys from each on, and up to a vector beyond them; the line is used up."""
    like = vector_of(line)
    lanes = lanes_of(like)
    if columns == 3:  # a number in the code is a loop less at run time
        look_across(line, 3, channels, length, made, to, like)
    elif columns == 5:
        look_across(line, 5, channels, length, made, to, like)
    elif columns <= DIRECT:
        look_across(line, columns, channels, length, made, to, like)
    else:
        run = 1
        while 2 * run < columns:
            for x in range(0, length + (columns - 2 * run) * channels, lanes):
                put(line, x, least(take(line, x, like), take(line, x + run * channels, like)))
            run *= 2
        for x in range(0, length, lanes):
            put(made, to + x, least(take(line, x, like), take(line, x + (columns - run) * channels, like)))


@inlined
def least_to_the_last(group, at, rows, stride, length):
    """Replace every row of a group by the least of it and the rows below."""
    like = vector_of(group)
    lanes = lanes_of(like)
    for x in range(0, length, lanes):
        here = at + (rows - 1) * stride + x
        total = take(group, here, like)
        for _ in range(rows - 1):
            here -= stride
            total = least(take(group, here, like), total)
            put(group, here, total)


@inlined
def join_strip(groups, this, following, stride, count, out, to, length, code, like):
    """Write `count` values below one another: the least from there to the end of a group and on into the next."""
    put(out, to, value_of(take(groups, this, like), code, like))
    if count > 1:
        total = take(groups, following, like)
        put(out, to + length, value_of(least(take(groups, this + stride, like), total), code, like))
        for k in range(2, count):
            total = least(take(groups, following + (k - 1) * stride, like), total)
            put(out, to + k * length, value_of(least(take(groups, this + k * stride, like), total), code, like))


@inlined
def join_groups(groups, this, following, stride, count, out, to, length, code, narrow):
    like = double_vector_of(groups)
    lanes = lanes_of(like)
    if length < lanes:
        join_strip(groups, this, following, stride, count, narrow, 0, lanes, code, like)
        for k in range(count):
            for x in range(length):
                out[to + k * length + x] = narrow[k * lanes + x]
    else:
        for begin in range(0, length, lanes):
            x = min(begin, length - lanes)
            join_strip(groups, this + x, following + x, stride, count, out, to + x, length, code, like)


@allocating
def under_rectangle(source, out, to, code, shape, length, row_index, column_index, before, channels, first, last):
    """Write the values of rows first <= y < last from `to` on; row y lies under positions y to y + shape[0] - 1.

    `row_index` and `column_index` say which row and column of the source, whose rows have `length` elements, stands at
    each position, -1 for the fill value. Column 0 is at position `before`.
    """
    rows, columns = shape
    wide, lanes = len(column_index) * channels, lanes_of(double_vector_of(source))
    made = wide - (columns - 1) * channels
    stride = (-(-made // lanes) + 1) * lanes  # what is written beyond a row stays clear of the next
    line, groups = empty(wide + 2 * lanes, source.dtype), empty(2 * rows * stride, source.dtype)
    narrow = empty(rows * lanes if made < lanes else 0, source.dtype)
    keys, fill = (code[0], code[1], code[2], code[3], code[4]), code[6]
    inside, end = before * channels, before + length // channels
    this, following = rows * stride, 0
    for base in range(first, last + rows, rows):
        for position in range(base, min(base + rows, last + rows - 1)):
            row = row_index[position]
            if row < 0:
                line[:wide] = fill
            else:
                key_row(source, row * length, length, keys, line, inside)
                extend(line, inside, column_index, 0, before, channels, fill)
                extend(line, inside, column_index, end, len(column_index), channels, fill)
            least_across(line, columns, channels, made, groups, following + (position - base) * stride)
        if base > first:
            count, at = min(rows, last - base + rows), to + (base - rows - first) * made
            join_groups(groups, this, following, stride, count, out, at, made, keys, narrow)
        least_to_the_last(groups, following, rows, stride, made)
        this, following = following, this


def rectangle_minimum(source, out, code, rows, columns, length, row_index, column_index, before, channels, first, last):
    """Find the least key under a rectangle for rows first <= y < last."""
    under_rectangle(
        source, out, first * length, code, (rows, columns), length, row_index, column_index, before, channels, first,
        last,
    )  # fmt: skip


# ---- any footprint, as runs (row, start, length) from top to bottom


@inline
def lower(row, i, made, to, length):
    i, to = np.uint64(i), np.uint64(to)
    for x in range(np.uint64(length)):
        made[to + x] = min(made[to + x], row[i + x])


@inline
def floor_log2(length):
    j = 0
    while 2 << j <= length:
        j += 1
    return j


@inline
def build_levels(levels, wide, depth, channels):
    """Level j becomes the least of 2**j keys from each on; level 0 is the row."""
    for j in range(depth):
        step = channels << j
        lesser(levels, j * wide, levels, j * wide + step, levels, (j + 1) * wide, wide - step)


@inline
def least_of_run(levels, wide, start, length, channels, made, to, count):
    """Write the least of `length` keys from column x + start on: two overlapping runs of a power of two."""
    j = floor_log2(length)
    at = j * wide + start * channels
    if length == 1 << j:
        copy(levels, at, made, to, count)
    else:
        lesser(levels, at, levels, at + (length - (1 << j)) * channels, made, to, count)


@allocating
def under_runs(source, out, to, code, runs, columns, length, row_index, column_index, before, channels, first, last):
    """Do as `under_rectangle` for a footprint of `columns`.

    Each row of the source is met once; its runs lower the rows of `out` that reach it, which hold keys until their last
    run.
    """
    top, bottom = runs[0, 0], runs[-1, 0]
    longest = 0
    for i in range(len(runs)):
        longest = max(longest, runs[i, 2])
    wide, depth = len(column_index) * channels, floor_log2(longest)
    made = wide - (columns - 1) * channels
    levels, run = empty((depth + 1) * wide, out.dtype), empty(made, out.dtype)
    for position in range(first + top, last + bottom):
        encode_row(source, row_index[position], length, column_index, before, channels, code, levels, 0)
        build_levels(levels, wide, depth, channels)
        kept_start, kept_count = -1, -1
        for i in range(len(runs)):
            y, start, count = position - runs[i, 0], runs[i, 1], runs[i, 2]
            if not first <= y < last:
                continue
            if start != kept_start or count != kept_count:
                kept_start, kept_count = start, count
                least_of_run(levels, wide, start, count, channels, run, 0, made)
            if i == 0:
                copy(run, 0, out, to + (y - first) * made, made)
            else:
                lower(run, 0, out, to + (y - first) * made, made)
        y = position - bottom
        if y >= first:
            copy(out, to + (y - first) * made, run, 0, made)
            decode(run, 0, made, code, out, to + (y - first) * made)


def runs_minimum(source, out, code, runs, columns, length, row_index, column_index, before, channels, first, last):
    """Find the least key under a footprint for rows first <= y < last."""
    under_runs(
        source, out, first * length, code, runs, columns, length, row_index, column_index, before, channels, first, last
    )


# ---- one after the other


def rectangle_opening(
    source, out, code, opposite, rows, columns, length, row_index, column_index, before, channels, first, last
):
    """Find the least keys of `opposite` under a rectangle of the least of `code` under one of the same sides.

    The indices reach so far that the outer rectangle stays inside what is made of the inner one, strip by strip.
    """
    tall = max(TALL, 2 * rows)
    wide = (len(column_index) - columns + 1) * channels
    between = empty((min(tall, last - first) + rows - 1) * wide, source.dtype)
    every_row, every_column = np.arange(tall + rows - 1), np.arange(wide // channels)
    shape = rows, columns
    for top in range(first, last, tall):
        count = min(tall, last - top)
        under_rectangle(
            source, between, 0, code, shape, length, row_index, column_index, before, channels, top,
            top + count + rows - 1,
        )  # fmt: skip
        under_rectangle(
            between, out, top * length, opposite, shape, wide, every_row, every_column, 0, channels, 0, count
        )


def runs_opening(
    source,
    out,
    code,
    opposite,
    runs,
    turned,
    rows,
    columns,
    length,
    row_index,
    column_index,
    before,
    channels,
    first,
    last,
):
    """Do as `rectangle_opening` for footprints of one shape, the second turned by half a turn."""
    tall = max(TALL, 2 * rows)
    wide = (len(column_index) - columns + 1) * channels
    between = empty((min(tall, last - first) + rows - 1) * wide, source.dtype)
    every_row, every_column = np.arange(tall + rows - 1), np.arange(wide // channels)
    for top in range(first, last, tall):
        count = min(tall, last - top)
        under_runs(
            source, between, 0, code, runs, columns, length, row_index, column_index, before, channels, top,
            top + count + rows - 1,
        )  # fmt: skip
        under_runs(
            between, out, top * length, opposite, turned, columns, wide, every_row, every_column, 0, channels, 0, count
        )
