"""Order statistics of windows, on keys: integers that compare as the values they stand for.

Kernels see the bits of an image as uint8, uint16, int32 or int64 and turn them into keys row by row (`encode_row`), so
that one kernel serves every dtype of that width, nothing is rounded, and comparisons vectorise. `code` says how:
[flip, low, top, infinity, nan, fill, fill key, whether the fill is NaN]. A key is bits ^ flip, and also ^ low where the
sign bit `top` is set (floats only; `low` is 0 for the rest); bits beyond `infinity` are NaN and get the key `nan`.

Rows are named by their offset in a flat array: a slice costs a count of references, which is more than the work on a
short row. Offsets become unsigned before a loop, since numba looks for negative indices otherwise.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import inline
from imgproc.primitives._vectors_numba import count_ones

ROWS = 16
"""Rows made at once by a sorting network: enough to amortise the rows kept."""

BLOCK = 1024
"""Bytes of a row in each slot of a sorting network: all slots of one stay in the nearest caches."""


@inline
def encode(source, start, length, code, made, to):
    """Write the keys of a row; say whether it holds a NaN."""
    flip, low, top, infinity, nan = code[0], code[1], code[2], code[3], code[4]
    start, length, to = np.uint64(start), np.uint64(length), np.uint64(to)
    if low == 0:
        for x in range(length):
            made[to + x] = source[start + x] ^ flip
        return False
    count = 0
    for x in range(length):
        bits = source[start + x]
        is_nan = (bits & low) > infinity
        key = bits ^ flip ^ (low if bits & top else 0)
        made[to + x] = nan if is_nan else key
        count += is_nan
    return count > 0


@inline
def decode(keys, start, length, code, out, to):
    """Write the values that a row of keys stands for."""
    flip, low, top = code[0], code[1], code[2]
    start, length, to = np.uint64(start), np.uint64(length), np.uint64(to)
    if low == 0:
        for x in range(length):
            out[to + x] = keys[start + x] ^ flip
        return
    for x in range(length):
        bits = keys[start + x] ^ flip
        out[to + x] = bits ^ (low if bits & top else 0)


@inline
def encode_row(source, row, length, column_index, before, channels, code, made, to):
    """Write the keys of row `row` (of the fill value where it is -1), and of the border on either side.

    The row has `length` elements. Column 0 of the image is at `before` of `column_index`. Says whether there is a NaN.
    """
    fill, fill_is_nan = made.dtype.type(code[6]), code[7] != 0
    if row < 0:
        for x in range(len(column_index) * channels):
            made[to + x] = fill
        return fill_is_nan
    inside = to + before * channels
    found = encode(source, row * length, length, code, made, inside)
    for j in range(before):
        found |= extend(column_index[j] * channels, channels, fill, fill_is_nan, made, inside, to + j * channels)
    for j in range(before + length // channels, len(column_index)):
        found |= extend(column_index[j] * channels, channels, fill, fill_is_nan, made, inside, to + j * channels)
    return found


@inline
def extend(column, channels, fill, fill_is_nan, made, inside, to):
    for c in range(channels):
        made[to + c] = fill if column < 0 else made[inside + column + c]
    return fill_is_nan and column < 0


# ---- medians of small windows


@inline
def lesser(a, i, b, j, made, to, length):
    i, j, to = np.uint64(i), np.uint64(j), np.uint64(to)
    for x in range(np.uint64(length)):
        made[to + x] = min(a[i + x], b[j + x])


@inline
def copy(row, i, made, to, length):
    i, to = np.uint64(i), np.uint64(to)
    for x in range(np.uint64(length)):
        made[to + x] = row[i + x]


@inline
def greater(a, i, b, j, made, to, length):
    i, j, to = np.uint64(i), np.uint64(j), np.uint64(to)
    for x in range(np.uint64(length)):
        made[to + x] = max(a[i + x], b[j + x])


@inline
def sort_pair(keys, i, j, low, high, length):
    i, j, low, high = np.uint64(i), np.uint64(j), np.uint64(low), np.uint64(high)
    for x in range(np.uint64(length)):
        a, b = keys[i + x], keys[j + x]
        keys[low + x] = min(a, b)
        keys[high + x] = max(a, b)


@inline
def run_network(program, keys, window, wide, slots, slot_length, length):
    """Run a program of lines (operation, a, shift a, b, shift b, to, second to) on a block of a row.

    Operation 0 is the lesser, 1 the greater, 2 both. Operands below the height of the window are its rows, `wide` apart
    from offset `window` on; the others are slots.
    """
    height = program[0, 0]
    slots -= height * slot_length
    for line in range(1, len(program)):
        operation, a, b = program[line, 0], program[line, 1], program[line, 3]
        i = (window + a * wide if a < height else slots + a * slot_length) + program[line, 2]
        j = (window + b * wide if b < height else slots + b * slot_length) + program[line, 4]
        to = slots + program[line, 5] * slot_length
        if operation == 0:
            lesser(keys, i, keys, j, keys, to, length)
        elif operation == 1:
            greater(keys, i, keys, j, keys, to, length)
        else:
            sort_pair(keys, i, j, to, slots + program[line, 6] * slot_length, length)


@inline
def spread_nan(keys, start, wide, code, columns, channels, out, to, length):
    """Write NaN wherever a window of `columns` meets one."""
    nan, bits = code[4], code[3] + 1
    for x in range(wide):
        if keys[start + x] == nan:
            for at in range(x - (columns - 1) * channels, x + 1, channels):
                if 0 <= at < length:
                    out[to + at] = bits


def network_median(
    source, out, code, program, slot_count, length, row_index, column_index, before, columns, channels, first, last
):
    """Find the median of rows first <= y < last by a sorting network, a vector of pixels at a time."""
    height, result = program[0, 0], program[0, 1]
    border = (columns - 1) * channels
    block = min(BLOCK // out.itemsize, length)
    # operands are read past the end of what they hold by up to a window; what comes of it is never used
    wide, slot_length = length + block + 2 * border, block + 2 * border
    slots = (height - 1 + ROWS) * wide
    keys = zeros(slots + slot_count * slot_length, out.dtype)
    with_nan = zeros(height - 1 + ROWS, np.int64)
    for top in range(first, last, ROWS):
        for k in range(0 if top == first else height - 1, min(height - 1 + ROWS, last + height - 1 - top)):
            row = row_index[top + k]
            with_nan[k] = encode_row(source, row, length, column_index, before, channels, code, keys, k * wide)
        for y in range(top, min(top + ROWS, last)):
            window = (y - top) * wide
            for start in range(0, length, block):
                count = min(block, length - start)
                run_network(program, keys, window + start, wide, slots, slot_length, count + border)
                decode(keys, slots + (result - height) * slot_length, count, code, out, y * length + start)
            for k in range(height):
                if with_nan[y - top + k]:
                    spread_nan(
                        keys, window + k * wide, length + border, code, columns, channels, out, y * length, length
                    )
        for k in range(height - 1):
            copy(keys, (k + ROWS) * wide, keys, k * wide, wide)
            with_nan[k] = with_nan[k + ROWS]


# ---- medians of large windows


@inline
def select_bit(word, k):
    """Return the position of the set bit that has k set bits below it."""
    position = 0
    for width in (32, 16, 8, 4, 2, 1):
        below = count_ones(word & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))
        if k >= below:
            k -= below
            word >>= np.uint64(width)
            position += width
    return position


@inline
def rank_keys(keys, size, digits, order, spare, counts, ranks):
    """Number `keys` from least to greatest, equal ones by position: a radix sort by bytes, least significant first."""
    counts[:, :] = 0
    for i in range(size):
        for digit in range(digits):
            counts[digit, (np.int64(keys[i]) >> (8 * digit)) & 255] += 1
        order[i] = i
    for digit in range(digits):
        count = counts[digit]
        if count[(np.int64(keys[0]) >> (8 * digit)) & 255] == size:
            continue
        total = 0
        for value in range(256):
            total, count[value] = total + count[value], total
        for i in range(size):
            at = (np.int64(keys[order[i]]) >> (8 * digit)) & 255
            spare[count[at]] = order[i]
            count[at] += 1
        order, spare = spare, order
    for i in range(size):
        ranks[order[i]] = i


@inline
def slide(words, ranks, leaving, entering, step, length, state, nan_from):
    """Take `length` ranks out of the window and as many in; positions are `step` apart.

    state: [word of the pivot, members in the words before it, members that are NaN].
    """
    pivot, below, nans = state[0], state[1], state[2]
    for i in range(length):
        old, new = np.int64(ranks[leaving + i * step]), np.int64(ranks[entering + i * step])
        words[old >> 6] ^= np.uint64(1) << np.uint64(old & 63)
        words[new >> 6] ^= np.uint64(1) << np.uint64(new & 63)
        below += np.int64(new >> 6 < pivot) - np.int64(old >> 6 < pivot)
        nans += np.int64(new >= nan_from) - np.int64(old >= nan_from)
    state[1], state[2] = below, nans


@inline
def median_rank(words, state, half):
    """Move the pivot to the word of the median and return the median's rank."""
    pivot, below = state[0], state[1]
    while below > half:
        pivot -= 1
        below -= count_ones(words[pivot])
    while True:
        here = count_ones(words[pivot])
        if below + here > half:
            break
        below += here
        pivot += 1
    state[0], state[1] = pivot, below
    return pivot * 64 + select_bit(words[pivot], half - below)


@inline
def tile_medians(keys, ranks, order, words, state, wide, window, nan_from, out, start, length, step, shape, code):
    """Slide the window over one tile, down one column of it and up the next, so that only its edge changes."""
    rows, columns = window
    height, width = shape
    half = rows * columns // 2
    words[:] = 0
    state[0], state[1], state[2] = 0, 0, 0
    for i in range(rows):
        for j in range(columns):
            rank = np.int64(ranks[i * wide + j])
            words[rank >> 6] |= np.uint64(1) << np.uint64(rank & 63)
            state[2] += rank >= nan_from
    top = 0
    for left in range(width):
        down = left % 2 == 0
        for i in range(height):
            if i > 0 and down:
                slide(words, ranks, top * wide + left, (top + rows) * wide + left, 1, columns, state, nan_from)
                top += 1
            elif i > 0:
                slide(
                    words, ranks, (top + rows - 1) * wide + left, (top - 1) * wide + left, 1, columns, state, nan_from
                )
                top -= 1
            rank = median_rank(words, state, half)
            out[start + top * length + left * step] = code[4] if state[2] > 0 else keys[order[rank]]
        if left + 1 < width:
            slide(words, ranks, top * wide + left, top * wide + left + columns, wide, rows, state, nan_from)


def sliding_median(source, out, code, window, tile, length, row_index, column_index, channels, first, last):
    """Find the median of rows first <= y < last through tiles whose values are replaced by their ranks.

    The window is a set of bits in the order of ranks; moving it by a pixel changes two edges of it. `code` makes keys
    whose bytes compare unsigned. After J. Suomela, "Median filtering is equivalent to sorting", arXiv:1406.1717, 2014.
    """
    rows, columns = window[0], window[1]
    width = length // channels
    high, across = min(tile[0], last - first), min(tile[1], width)
    most = (high + rows - 1) * (across + columns - 1)
    keys, found = empty(most, out.dtype), empty(most, out.dtype)
    order, spare, ranks = empty(most, np.int32), empty(most, np.int32), empty(most, np.int32)
    words = empty(most // 64 + 1, np.uint64)
    counts, state = empty((8, 256), np.int64), empty(3, np.int64)
    for top in range(first, last, high):
        for left in range(0, width, across):
            shape = min(high, last - top), min(across, width - left)
            tall, wide = shape[0] + rows - 1, shape[1] + columns - 1
            for channel in range(channels):
                rows_here, columns_here = row_index[top : top + tall], column_index[left : left + wide]
                gather(source, length, rows_here, columns_here, channels, channel, code[5], keys)
                encode(keys, 0, tall * wide, code, found, 0)
                nans = 0
                if code[1] != 0:
                    for i in range(tall * wide):
                        nans += found[i] == code[4]
                rank_keys(found, tall * wide, out.itemsize, order, spare, counts, ranks)
                for i in range(tall * wide):
                    order[ranks[i]] = i
                tile_medians(
                    keys, ranks, order, words[: tall * wide // 64 + 1], state, wide, (rows, columns),
                    tall * wide - nans, out, top * length + left * channels + channel, length, channels, shape, code,
                )  # fmt: skip


@inline
def gather(source, length, row_index, column_index, channels, channel, fill, made):
    """Copy the bits of one channel of a tile."""
    at = 0
    for row in row_index:
        for column in column_index:
            made[at] = fill if row < 0 or column < 0 else source[row * length + column * channels + channel]
            at += 1
