"""Counting and gathering float32 lengths by the upper bits, which order as the lengths do."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._vectors_numba import bits_of, lanes_of, lowest_bit, spread, take, vector_of

INFINITE = np.int32(0x7F800000)
LOWER_BITS = 20
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
    least, beyond = max(upper << LOWER_BITS, 1), (upper + 1) << LOWER_BITS
    like = vector_of(bits)
    length_bits, leasts, beyonds = spread(0x7FFFFFFF, like), spread(least, like), spread(beyond, like)
    n, at, end = 0, first * bits.shape[1], last * bits.shape[1]
    while at + lanes_of(like) <= end:
        lengths = take(bits, at, like) & length_bits
        inside = bits_of((lengths >= leasts) & (lengths < beyonds))
        while inside != 0:
            found[n] = take(bits, at + lowest_bit(inside), INFINITE) & 0x7FFFFFFF
            n += 1
            inside &= inside - np.uint64(1)
        at += lanes_of(like)
    for i in range(at, end):
        length = take(bits, i, INFINITE) & 0x7FFFFFFF
        if least <= length < beyond:
            found[n] = length
            n += 1
