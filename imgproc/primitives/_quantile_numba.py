"""Counting and gathering float32 lengths by the upper bits, which order as the lengths do."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

INFINITE = np.int32(0x7F800000)
LOWER_BITS = 18
"""Bits that a count does not look at: few enough counts for the first-level cache, few lengths in each."""


def tally(bits, counts, first, last):
    """Count the non-zero finite lengths of rows first <= y < last by their upper bits; the sign is ignored."""
    for y in range(first, last):
        for x in range(bits.shape[1]):
            length = bits[y, x] & 0x7FFFFFFF
            if 0 < length < INFINITE:
                counts[length >> LOWER_BITS] += 1


def gather(bits, upper, found, first, last):
    """Collect the lengths of rows first <= y < last whose upper bits are `upper` into `found`, which they fill."""
    n = 0
    for y in range(first, last):
        for x in range(bits.shape[1]):
            length = bits[y, x] & 0x7FFFFFFF
            if length >> LOWER_BITS == upper and length != 0:
                found[n] = length
                n += 1
