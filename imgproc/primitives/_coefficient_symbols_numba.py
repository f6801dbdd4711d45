"""Symbols of coefficients, counted as they would be written."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline


def tally_symbols(coefficients, order, run, long_run, table, steps, bits):
    """Add to the counts of symbols and of the sizes of steps, and to the bits, of each image."""
    greatest = steps.shape[1] - 1
    for image in range(len(coefficients)):
        before = np.int32(0)
        for b in range(Index(coefficients.shape[1])):
            mean = whole(coefficients[image, b, Index(order[0])])
            size = bit_size(mean - before, greatest)
            before = mean
            steps[image, size] += 1.0
            total, zeros = size, 0
            for i in range(Index(1), Index(len(order))):
                value = whole(coefficients[image, b, Index(order[i])])
                if value == 0:
                    zeros += 1
                    continue
                size = bit_size(value, greatest)
                total += size
                table[image, long_run] += zeros // run
                table[image, zeros % run + run * size] += 1.0
                zeros = 0
            if zeros > 0:
                table[image, 0] += 1.0
            bits[image] += total


@inline
def whole(value):
    """Return a whole number, 0 for NaN."""
    return np.int32(value) if value == value else np.int32(0)


@inline
def bit_size(value, greatest):
    magnitude = abs(value)
    size = 0
    while magnitude > 0 and size < greatest:
        magnitude >>= 1
        size += 1
    return size
