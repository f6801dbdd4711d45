"""Nearest of nine centres for every pixel, and the sums for the next centres.

A pixel remembers which of the nine around its cell it belongs to. Sums follow the pixels that go from one centre to
another, which are soon few; they are of whole numbers, so exact in any order.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline, inlined
from imgproc.primitives._gather_numba import prefetch
from imgproc.primitives._vectors_numba import (
    aligned_rows,
    bits_of,
    count_ones,
    lanes_of,
    lowest_bit,
    put,
    select,
    spread,
    start_of,
    take,
    vector_of,
    zero_of,
)

BLOCK = 512
"""Columns done at once, so that what nine centres are for each of them stays in the cache."""

NONE, OUTSIDE = 9, 255
"""In place of one of nine: not yet chosen, and never to be, outside the mask."""


@inline
def lay_out(centres, is_used, columns, row, left, right, table):
    """Write, for columns left <= x < right of a row of cells, the nine centres around each: a row for each number.

    In place of the centre's column stands the squared distance to it, of a centre that does not exist infinity.
    """
    across, width = len(columns) - 1, columns[len(columns) - 1]
    down, numbers = centres.shape[0] // across, centres.shape[1]
    for j in range(left * across // width, (right - 1) * across // width + 1):
        first, last = max(columns[j], left) - left, min(columns[j + 1], right) - left
        for m in range(9):
            above, beside = row + m // 3 - 1, j + m % 3 - 1
            k, p = above * across + beside, Index(m * numbers)
            exists = 0 <= above < down and 0 <= beside < across and is_used[k]
            for i in range(Index(numbers - 1)):
                number = centres[k, i] if exists else np.float32(0)
                for x in range(Index(first), Index(last)):
                    table[p + i, x] = number
            column = centres[k, numbers - 1] if exists else np.float32(np.inf)
            for x in range(Index(first), Index(last)):
                dx = np.float32(x + Index(left)) - column
                table[p + Index(numbers - 1), x] = dx * dx


@inlined
def choose(distance, m, best, chosen):
    is_nearer = distance < best
    return select(is_nearer, distance, best), select(is_nearer, spread(m, chosen), chosen)


@inlined
def choose_nearest(values, plane, channels, at, table, wide, p, y, weight, before):
    """Return which of the nine centres in the table from place p on is nearest to each pixel from place `at` on."""
    best, chosen = spread(np.float32(np.inf), y), spread(4, before)
    if channels == 3:  # which stay in registers: a tenth of the whole time
        a, b, c = take(values, at, y), take(values, at + plane, y), take(values, at + 2 * plane, y)
        for m in range(9):
            da, db, dc = a - take(table, p, y), b - take(table, p + wide, y), c - take(table, p + 2 * wide, y)
            dy = y - take(table, p + 3 * wide, y)
            distance = ((da * da + db * db) + dc * dc) + weight * (dy * dy + take(table, p + 4 * wide, y))
            best, chosen = choose(distance, m, best, chosen)
            p += 5 * wide
    else:
        for m in range(9):
            difference = take(values, at, y) - take(table, p, y)
            color = difference * difference
            for i in range(1, channels):
                p += wide
                difference = take(values, at + i * plane, y) - take(table, p, y)
                color = color + difference * difference
            dy = y - take(table, p + wide, y)
            distance = color + weight * (dy * dy + take(table, p + 2 * wide, y))
            best, chosen = choose(distance, m, best, chosen)
            p += 3 * wide
    return select(before > spread(NONE, before), before, chosen)


@inlined
def bits_below(count):
    """Return a word whose lowest bits are set, at most 63 of them."""
    return (np.uint64(1) << np.uint64(count)) - np.uint64(1)


@inlined
def read(numbers, i):
    return take(numbers, np.int64(i), np.int32(0))


@inlined
def add(totals, i, number):
    put(totals, np.int64(i), read(totals, i) + np.float64(number))


@inlined
def add_group(values, plane, channels, y, x, at, group, sign, totals, p):
    """Add to totals[p] and those after it, or take away, the pixels at + i of row y, where i are bits of `group`."""
    for c in range(channels):
        total, rest = 0.0, group
        while rest != 0:
            total += np.float64(read(values, at + lowest_bit(rest)))
            rest &= rest - np.uint64(1)
        add(totals, p + c, sign * total)
        at += plane
    count, columns = np.float64(count_ones(group)), 0
    while group != 0:
        columns += x + lowest_bit(group)
        group &= group - np.uint64(1)
    add(totals, p + channels, sign * count * y)
    add(totals, p + channels + 1, sign * columns)
    add(totals, p + channels + 2, sign * count)


@inlined
def move(values, plane, channels, y, x, at, before, chosen, found, columns, across, row, cell, totals):
    """Move pixels from the totals of what was chosen before to those of what is now; return how many.

    Pixels of one cell that go the same way go together. The search for their cell starts at `cell`.
    """
    lanes = lanes_of(chosen)
    rest = bits_below(lanes) & ~bits_of(chosen == before)
    changed = count_ones(rest)
    put(found, 0, before)
    put(found, lanes, chosen)
    while rest != 0:
        lane = lowest_bit(rest)
        while read(columns, cell + 1) <= x + lane:
            cell += 1
        old, new = np.int64(read(found, lane)), np.int64(read(found, lanes + lane))
        group = rest & bits_of(before == spread(old, before)) & bits_of(chosen == spread(new, before))
        group &= bits_below(min(read(columns, cell + 1) - x, lanes))
        for name, sign in ((old, -1.0), (new, 1.0)):
            if name != NONE:
                k = (row + name // 3 - 1) * across + cell + name % 3 - 1
                add_group(values, plane, channels, y, x, at, group, sign, totals, k * (channels + 3))
        rest &= ~group
    return changed


@inline
def assign_block(values, table, columns, weight, choices, found, totals, place, like):
    """Assign the pixels of a place: row of cells, first row and beyond the last, the same of columns.

    Return how many change.
    """
    channels, height, width = values.shape
    row, first, last, left, right = place
    plane, lanes, across, wide = height * width, lanes_of(like), len(columns) - 1, table.shape[1]
    colors, near, edges, names = start_of(values), start_of(table), start_of(columns), start_of(choices)
    both, sums, changed, cell = start_of(found), start_of(totals), 0, left * across // width
    for y in range(first, last):
        for start in range(left, right, lanes):
            x = min(start, right - lanes)
            at = y * width + x
            prefetch(names, at + width)
            for c in range(channels):
                prefetch(colors, at + width + c * plane)
            before = take(names, at, like)
            chosen = choose_nearest(
                colors, plane, channels, at, near, wide, x - left, spread(np.float32(y), like), spread(weight, like),
                before,
            )  # fmt: skip
            if bits_of(chosen == before) != bits_below(lanes):
                put(names, at, chosen)
                changed += move(colors, plane, channels, y, x, at, before, chosen, both, edges, across, row, cell, sums)
    return changed


def assign(values, centres, is_used, columns, weight, choices, totals, changes, first, last):
    """Assign the rows of the parts first <= part < last to the nearest centre of their cell and its neighbours.

    Centres are (cells, C + 2): colour, row, column, in raster order of their cells; `columns` are the first columns of
    the cells of a row, and the width. Of equally near centres the first wins. The totals of a part are those of its
    choices, before and after.
    """
    channels, height, width = values.shape
    parts, down = totals.shape[0], centres.shape[0] // (len(columns) - 1)
    like = vector_of(values)
    table, found = aligned_rows(9 * (channels + 2), BLOCK, values), empty(2 * lanes_of(like), np.uint8)
    blocks = (width + BLOCK - 1) // BLOCK
    for part in range(first, last):
        changed, sums = 0, totals[part]
        y, end = height * part // parts, height * (part + 1) // parts
        while y < end:
            row = y * down // height
            stop = min(end, ((row + 1) * height + down - 1) // down)
            for block in range(blocks):
                left, right = width * block // blocks, width * (block + 1) // blocks
                lay_out(centres, is_used, columns, row, left, right, table)
                place = row, y, stop, left, right
                if right - left >= lanes_of(like):
                    changed += assign_block(values, table, columns, weight, choices, found, sums, place, like)
                else:
                    one = zero_of(like)
                    changed += assign_block(values, table, columns, weight, choices, found, sums, place, one)
            y = stop
        changes[part] = changed


def average(totals, centres):
    """Make centres the means of what all parts hold of them; those without pixels stay."""
    parts, cells, numbers = totals.shape[0], centres.shape[0], centres.shape[1]
    for k in range(Index(cells)):
        count = 0.0
        for part in range(Index(parts)):
            count += totals[part, k, Index(numbers)]
        for i in range(Index(numbers) if count > 0 else Index(0)):
            total = 0.0
            for part in range(Index(parts)):
                total += totals[part, k, i]
            centres[k, i] = total / count


def name(choices, columns, down, labels, first, last):
    """Write the numbers of the centres that the pixels of rows first <= y < last have chosen, -1 outside the mask."""
    height, across = choices.shape[0], len(columns) - 1
    for y in range(Index(first), Index(last)):
        row = np.int64(y) * down // height
        for j in range(across):
            base = np.int32((row - 1) * across + j - 1)
            for x in range(Index(columns[j]), Index(columns[j + 1])):
                m = np.int32(choices[y, x])
                k = base + m // np.int32(3) * np.int32(across) + m % np.int32(3)
                labels[y, x] = k if m != OUTSIDE else np.int32(-1)
