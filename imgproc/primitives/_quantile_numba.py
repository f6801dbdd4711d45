"""Counting and gathering float32 lengths by the upper half of their bits, which order as the lengths do."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

INFINITE = np.int32(0x7F800000)


def tally(bits, counts, first, last):
    """Count the non-zero finite lengths of rows first <= y < last by their upper half; the sign is ignored."""
    for y in range(first, last):
        for x in range(bits.shape[1]):
            length = bits[y, x] & 0x7FFFFFFF
            if 0 < length < INFINITE:
                counts[length >> 16] += 1


def gather(bits, upper, found, first, last):
    """Collect the lengths of rows first <= y < last whose upper half is `upper` into `found`, which they fill."""
    n = 0
    for y in range(first, last):
        for x in range(bits.shape[1]):
            length = bits[y, x] & 0x7FFFFFFF
            if length >> 16 == upper and length != 0:
                found[n] = length
                n += 1
