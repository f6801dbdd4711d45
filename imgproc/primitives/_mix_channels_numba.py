"""Weighted sums of three channels, interleaved or in planes; see `store_row` of _correlate_numba for the rounding."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline


@inline
def store(value, greatest, out, at):
    if greatest > 0:
        shift = np.float32(12582912.0)
        # uint16 times float32 is float64 to numba, in which the shift would round nothing
        out[at] = np.int32((min(max(np.float32(value), np.float32(0)), greatest) + shift) - shift)
    else:
        out[at] = value


def interleaved(source, out, first_weight, second_weight, third_weight, greatest, first, last):
    """Mix pixels first <= p < last of RGBRGB..."""
    for p in range(Index(first), Index(last)):
        i = Index(3) * p
        mixed = first_weight * source[i] + second_weight * source[i + Index(1)] + third_weight * source[i + Index(2)]
        store(mixed, greatest, out, p)


def planes(source, out, first_weight, second_weight, third_weight, greatest, first, last):
    """Mix pixels first <= p < last of RR... GG... BB..."""
    one, two = Index(len(out)), Index(2 * len(out))
    for p in range(Index(first), Index(last)):
        mixed = first_weight * source[p] + second_weight * source[one + p] + third_weight * source[two + p]
        store(mixed, greatest, out, p)
