"""Distinct colours by a bit for each that there could be: as many bits as lie before one are its place in order."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._callees_numba import inlined
from imgproc.primitives._vectors_numba import count_ones, lowest_bit, start_of, take


@inlined
def pack(numbers, first, channels, bits):
    code = np.uint64(0)
    for c in range(channels):
        code = code << np.uint64(bits) | np.uint64(take(numbers, first + c, np.int32(0)))
    return code


def mark(rows, bits, words, before):
    """Set the bits of the colours of `rows`, and count those before each word, and in all."""
    numbers, channels = start_of(rows), rows.shape[1]
    for i in range(len(rows)):
        code = pack(numbers, i * channels, channels, bits)
        words[code >> np.uint64(6)] |= np.uint64(1) << (code & np.uint64(63))
    total = 0
    for i in range(len(words)):
        before[i] = total
        total += count_ones(words[i])
    before[len(words)] = total


def place(rows, bits, words, before, places, counts):
    """Write the place of each row among the distinct colours, and count the rows of each."""
    numbers, channels = start_of(rows), rows.shape[1]
    counts[:] = 0
    for i in range(len(rows)):
        code = pack(numbers, i * channels, channels, bits)
        word = code >> np.uint64(6)
        lesser = (np.uint64(1) << (code & np.uint64(63))) - np.uint64(1)
        k = np.uint64(before[word] + count_ones(words[word] & lesser))
        places[i] = k
        counts[k] += 1


def unpack(words, bits, distinct):
    """Write the colours whose bits are set."""
    channels, k = distinct.shape[1], 0
    for i in range(len(words)):
        rest = words[i]
        while rest != 0:
            code = i * 64 + lowest_bit(rest)
            for c in range(channels):
                distinct[k, c] = code >> bits * (channels - 1 - c) & (1 << bits) - 1
            k += 1
            rest &= rest - np.uint64(1)
