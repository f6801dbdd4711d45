"""Rows, or columns, moved along themselves; bands of rows of the result."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline


@inline
def lift_from(source, row, table, before, first, channels, fill, line):
    """Fill `line` with a row from position `first` on; table[before + i] names the pixel at position i."""
    pixels, length = line.shape[1] // channels, source.shape[1] // channels
    if row < 0:
        for x in range(Index(line.shape[1])):
            line[0, x] = fill
        return
    start, stop = min(max(-first, 0), pixels), max(min(length - first, pixels), 0)
    for p in range(pixels):
        if p == start and stop > start:
            break
        lift_pixel(source, row, table[before + first + p], p * channels, channels, fill, line)
    if stop <= start:
        return
    i, shift = Index(row), Index((first + start) * channels)
    at = Index(start * channels)
    for x in range(Index((stop - start) * channels)):
        line[0, at + x] = source[i, shift + x]
    for p in range(stop, pixels):
        lift_pixel(source, row, table[before + first + p], p * channels, channels, fill, line)


@inline
def lift_pixel(source, row, column, at, channels, fill, line):
    for c in range(channels):
        line[0, at + c] = fill if column < 0 else source[row, column * channels + c]


def shift_rows(source, out, lines, starts, weights, table, before, channels, fill, first, last):
    """Make rows first <= y < last: each is one row of the source, seen from starts[y] on."""
    width, taps = out.shape[1], weights.shape[1]
    line = empty((1, width + (taps - 1) * channels), weights.dtype)
    for y in range(first, last):
        lift_from(source, lines[y], table, before, starts[y], channels, fill, line)
        o = Index(y)
        for x in range(Index(width)):
            out[o, x] = 0
        for k in range(taps):
            weight, s = weights[y, k], Index(k * channels)
            if weight == 0:  # a NaN out of reach would count
                continue
            for x in range(Index(width)):
                out[o, x] += weight * line[0, s + x]


def shift_columns(source, out, lines, starts, weights, table, before, channels, fill, first, last):
    """Make rows first <= y < last: pixel x lies at position starts[x] + y of column lines[x] of the source."""
    taps, wide = weights.shape[1], Index(channels)
    for y in range(first, last):
        o = Index(y)
        for x in range(len(starts)):
            column, top = lines[x], starts[x] + y
            is_inside = column >= 0 and top >= 0 and top + taps <= len(source)
            i, s, p, p_out = Index(top), Index(column) * wide, Index(x), Index(x) * wide
            for c in range(wide):
                total = weights[p, 0] - weights[p, 0]  # zero, of the work dtype
                for k in range(Index(taps)):
                    if weights[p, k] == 0:  # a NaN out of reach would count
                        continue
                    if is_inside:
                        total += weights[p, k] * source[i + k, s + c]
                    else:
                        row = table[before + top + np.int64(k)]
                        total += weights[p, k] * (fill if row < 0 or column < 0 else source[row, s + c])
                out[o, p_out + c] = total
