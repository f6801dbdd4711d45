"""Counting lengths, and collecting those between two."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._vectors_numba import (
    bits_of,
    count_ones,
    lanes_of,
    put_chosen,
    size_of,
    spread,
    take,
    vector_of,
)


def survey(strength, least, most, inside, counts, first, last):
    """Look at the non-zero finite lengths of rows first <= y < last, the absolute values of `strength`.

    Collect in `inside` those from `least` to `most`, and write to `counts` how many there are in all, how many are
    below `least`, and how many are collected.
    """
    like = vector_of(strength)
    zero, infinite = spread(0, like), spread(np.inf, like)
    leasts, mosts = spread(least, like), spread(most, like)
    begin, end = first * strength.shape[1], last * strength.shape[1]
    whole = end - (end - begin) % lanes_of(like)
    number, below, n = 0, 0, 0
    for at in range(begin, whole, lanes_of(like)):
        length = size_of(take(strength, at, like))
        is_counted = (length > zero) & (length < infinite)
        number += count_ones(bits_of(is_counted))
        below += count_ones(bits_of(is_counted & (length < leasts)))
        chosen = is_counted & (length >= leasts) & (length <= mosts)
        if bits_of(chosen) != 0:
            put_chosen(inside, n, length, chosen)
            n += count_ones(bits_of(chosen))
    for at in range(whole, end):
        length = abs(take(strength, at, least))
        if 0 < length < np.inf:
            number += 1
            below += length < least
            if least <= length <= most:
                inside[n] = length
                n += 1
    counts[0], counts[1], counts[2] = number, below, n
