"""The two least of each row of distances, and the least of each column, as the rows go by."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline

RUN = 32
"""Distances looked at together: most runs hold nothing near enough, and are left after one comparison."""


@inline
def scan_row(values, row, two, squares, at, number, column_least, column_index):
    """Find the two least of one row, of equal ones the first; lower each column's least to this row's, `number`."""
    r, count = Index(row), values.shape[1]
    best, second = values.dtype.type(np.inf), values.dtype.type(np.inf)
    best_at, second_at = -1, -1
    for start in range(0, count, RUN):
        stop = min(start + RUN, count)
        below = np.int32(0)
        for j in range(Index(start), Index(stop)):
            below += np.int32(values[r, j] < second)
        for j in range(Index(start), Index(stop)):
            value = values[r, j]
            nearer = value < column_least[j]
            column_least[j] = value if nearer else column_least[j]
            column_index[j] = np.int32(number) if nearer else column_index[j]
        if below > 0:
            for j in range(start, stop):
                value = values[r, Index(j)]
                if value < second:
                    if value < best:
                        second, second_at = best, best_at
                        best, best_at = value, j
                    else:
                        second, second_at = value, j
    two[at, 0], two[at, 1] = best_at, second_at
    squares[at, 0], squares[at, 1] = best, second


def scan(product, squares_a, squares_b, two, top, column_least, column_index):
    """Turn -2 a·b into squared distances, and scan them; row 0 of the block is row `top` of the matrix."""
    unused = empty((1, 2), product.dtype)
    line = empty((1, product.shape[1]), product.dtype)
    for i in range(product.shape[0]):
        own, r = squares_a[i], Index(i)
        for j in range(Index(product.shape[1])):
            line[0, j] = (product[r, j] + squares_b[j]) + own
        scan_row(line, 0, two[i : i + 1], unused, 0, top + i, column_least, column_index)


def settle(first, second, two, squares, start, stop):
    """Compute both distances again from differences, and order them, equal ones by index."""
    for i in range(start, stop):
        for k in range(2):
            total = 0.0
            if two[i, k] >= 0:
                j = two[i, k]
                for x in range(first.shape[1]):
                    difference = first[i, x] - second[j, x]
                    total += difference * difference
            squares[i, k] = np.inf if two[i, k] < 0 or not (total < np.inf) else total
        low, high = squares[i, 0], squares[i, 1]
        if high < low or (high == low and high < np.inf and two[i, 1] < two[i, 0]):
            squares[i, 0], squares[i, 1] = high, low
            two[i, 0], two[i, 1] = two[i, 1], two[i, 0]
        if not (squares[i, 0] < np.inf):
            two[i, 0] = -1


@inline
def count_bits(word):
    """Count the ones of 64 bits, pairs, nibbles and bytes at a time."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int32((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


def scan_bits(first, second, two, squares, column_least, column_index, start, stop):
    """Count the bits that differ between rows start <= i < stop and all rows of `second`, and scan the counts."""
    line = empty((1, second.shape[0]), np.float32)
    for i in range(start, stop):
        for j in range(second.shape[0]):
            total = np.int32(0)
            for k in range(second.shape[1]):
                total += count_bits(np.uint64(first[i, k] ^ second[j, k]))
            line[0, j] = total
        scan_row(line, 0, two, squares, i, i, column_least, column_index)
