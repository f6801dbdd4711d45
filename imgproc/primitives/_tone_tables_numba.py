"""Tables of cumulative shares for tiles, and images mapped through the tables of four tiles.

Between two columns of tile centres the tables do not change, so a row falls into segments that each know their two
tables.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._histogram_numba import find_bin


@inline
def entry_of(source, channel, channels, i, column, least, greatest):
    value = int(source[i, Index(column * channels + channel)])
    return Index(min(max(value, least), greatest) - least)


@inline
def count_values(source, channel, channels, row, columns, least, greatest, counts):
    """Count one row of integers; neighbours count in different lanes, so that equal ones need not wait."""
    i, whole, top = Index(row), len(columns) - len(columns) % 4, len(counts) - 1
    zero, one, two, three = Index(0), Index(min(1, top)), Index(min(2, top)), Index(min(3, top))
    for at in range(0, whole, 4):
        k = Index(at)
        counts[zero, entry_of(source, channel, channels, i, columns[k], least, greatest)] += 1
        counts[one, entry_of(source, channel, channels, i, columns[k + Index(1)], least, greatest)] += 1
        counts[two, entry_of(source, channel, channels, i, columns[k + Index(2)], least, greatest)] += 1
        counts[three, entry_of(source, channel, channels, i, columns[k + Index(3)], least, greatest)] += 1
    for at in range(whole, len(columns)):
        counts[zero, entry_of(source, channel, channels, i, columns[Index(at)], least, greatest)] += 1


@inline
def count_bins(source, channel, channels, i, columns, edges, counts):
    low, high = edges[0], edges[-1]
    scale = (len(edges) - 1) / (high - low)
    for j in columns:
        value = float(source[i, j * channels + channel])
        if value == value:
            counts[0, find_bin(min(max(value, low), high), edges, scale)] += 1


@inline
def clip_counts(counts, limit):
    """Sum the lanes, and spread what bins have above the limit over all of them, the indivisible rest evenly apart."""
    excess, bins = 0, counts.shape[1]
    for b in range(bins):
        for lane in range(1, len(counts)):
            counts[0, b] += counts[lane, b]
        excess += max(counts[0, b] - limit, 0)
        counts[0, b] = min(counts[0, b], limit)
    rest = excess % bins
    step = bins // max(rest, 1)
    for k in range(rest):
        counts[0, k * step] += 1
    return excess // bins


def tables(
    source, made, channel, row_index, column_index, channels, edges, by_value, limit, lanes, low, span, first, last
):  # fmt: skip
    """Make the tables of tiles first <= t < last of one channel: made[t // across, t % across]."""
    down, across, entries = made.shape
    height, width = len(row_index) // down, len(column_index) // across
    bins = entries if by_value else entries - 1
    counts = empty((lanes, bins), np.int32)
    for t in range(first, last):
        i, j = t // across, t % across
        counts[:] = 0
        columns = column_index[j * width : (j + 1) * width]
        for y in range(i * height, (i + 1) * height):
            if by_value:
                count_values(source, channel, channels, row_index[y], columns, int(edges[0]), int(edges[-1]), counts)
            else:
                count_bins(source, channel, channels, row_index[y], columns, edges, counts)
        more = clip_counts(counts, limit)
        made[i, j, 0] = low
        total, shift, unit = 0, entries - bins, span / (height * width)
        for b in range(bins):
            total += counts[0, b] + more
            made[i, j, b + shift] = low + unit * total


@inline
def blend_rows(tables, above, below, weight, blended):
    """blended[j] = table (above, j), with `weight` of table (below, j)."""
    a, b = Index(above), Index(below)
    for j in range(Index(tables.shape[1])):
        for k in range(Index(tables.shape[2])):
            blended[j, k] = tables[a, j, k] + weight * (tables[b, j, k] - tables[a, j, k])


@inline
def store_channel(made, least, greatest, out, y, channel, channels):
    shift = np.float32(12582912.0)
    row, c, n = Index(y), Index(channel), Index(channels)
    if least < greatest:
        for x in range(Index(len(made))):
            out[row, x * n + c] = np.int32((min(max(made[x], least), greatest) + shift) - shift)
    else:
        for x in range(Index(len(made))):
            out[row, x * n + c] = made[x]


@inline
def locate(y, height, down):
    """Return the tiles above and below row `y`, and the weight of the one below."""
    position = y / height - 0.5
    before = int(np.floor(position))
    return max(before, 0), min(before + 1, down - 1), position - before


@inline
def segment_of(j, width, columns):
    """Return where the segment between the centres of tiles j - 1 and j begins and ends."""
    return max(0, int(np.ceil((j - 0.5) * width))), min(columns, int(np.ceil((j + 0.5) * width)))


def apply_integers(
    source, out, tables, weights, channel, channels, height, width, low, blend, least, greatest, first, last
):  # fmt: skip
    """Map rows first <= y < last of one channel of integers, each of which has an entry; tiles are height × width.

    `weights` are those of the right tile in each column. With `blend`, the tables above and
    below are blended once for the row.
    """
    down, across, entries = tables.shape
    columns, top = out.shape[1] // channels, entries - 1
    made = empty(columns, tables.dtype)
    blended = empty((across if blend else 1, entries), tables.dtype)
    n, c = Index(channels), Index(channel)
    for y in range(first, last):
        above, below, weight = locate(y, height, down)
        weight_y, row = weights.dtype.type(weight), Index(y)
        if blend and (down > 1 or y == first):
            blend_rows(tables, above, below, weight_y, blended)
        for j in range(across + 1):
            start, stop = segment_of(j, width, columns)
            a, b, left, right = Index(above), Index(below), Index(max(j - 1, 0)), Index(min(j, across - 1))
            if blend:
                for x in range(Index(start), Index(stop)):
                    k = Index(min(max(int(source[row, x * n + c]) - low, 0), top))
                    made[x] = blended[left, k] + weights[x] * (blended[right, k] - blended[left, k])
                continue
            for x in range(Index(start), Index(stop)):
                k = Index(min(max(int(source[row, x * n + c]) - low, 0), top))
                upper = tables[a, left, k] + weights[x] * (tables[a, right, k] - tables[a, left, k])
                lower = tables[b, left, k] + weights[x] * (tables[b, right, k] - tables[b, left, k])
                made[x] = upper + weight_y * (lower - upper)
        store_channel(made, least, greatest, out, y, channel, channels)


@inline
def interpolate(table, i, j, k, share):
    return table[i, j, k] + share * (table[i, j, k + Index(1)] - table[i, j, k])


def apply(
    source, out, tables, weights, channel, channels, height, width, low, gain, least, greatest, first, last
):  # fmt: skip
    """Map rows first <= y < last of one channel, linearly between entries; tiles are height × width."""
    down, across, entries = tables.shape
    columns, number = out.shape[1] // channels, weights.dtype.type
    made = empty(columns, tables.dtype)
    n, c = Index(channels), Index(channel)
    for y in range(first, last):
        above, below, weight = locate(y, height, down)
        weight_y, row, a, b = number(weight), Index(y), Index(above), Index(below)
        for j in range(across + 1):
            start, stop = segment_of(j, width, columns)
            left, right = Index(max(j - 1, 0)), Index(min(j, across - 1))
            for x in range(Index(start), Index(stop)):
                place = (source[row, x * n + c] - low) * gain
                known = min(max(place, number(0)), number(entries - 1)) if place == place else number(0)
                k = Index(min(known, number(entries - 2)))
                share = known - number(k) if place == place else place
                first_left, first_right = (
                    interpolate(tables, a, left, k, share),
                    interpolate(tables, a, right, k, share),
                )
                last_left, last_right = interpolate(tables, b, left, k, share), interpolate(tables, b, right, k, share)
                upper = first_left + weights[x] * (first_right - first_left)
                lower = last_left + weights[x] * (last_right - last_left)
                made[x] = upper + weight_y * (lower - upper)
        store_channel(made, least, greatest, out, y, channel, channels)
