"""Products of spectra and their phases, real and imaginary parts by turns."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index


def join_rows(first, second, cross, greatest, start, stop):
    """Write conj(first) · second summed over channels for rows start <= y < stop, and each row's greatest squares.

    A row with a NaN has NaN for its greatest.
    """
    pairs = Index(first.shape[2] // 2)
    zero = first.dtype.type(0.0)
    for y in range(Index(start), Index(stop)):
        most_first, most_second = zero, zero
        for x in range(pairs):
            r, i = Index(2) * x, Index(2) * x + Index(1)
            real, imaginary, square_first, square_second = zero, zero, zero, zero
            for c in range(Index(first.shape[0])):
                a, b, d, e = first[c, y, r], first[c, y, i], second[c, y, r], second[c, y, i]
                real += a * d + b * e
                imaginary += a * e - b * d
                square_first += a * a + b * b
                square_second += d * d + e * e
            cross[y, r], cross[y, i] = real, imaginary
            # once NaN, always NaN
            most_first = most_first if most_first >= square_first or most_first != most_first else square_first
            most_second = most_second if most_second >= square_second or most_second != most_second else square_second
        greatest[y, 0], greatest[y, 1] = most_first, most_second


def scale_rows(cross, least, width, start, stop):
    """Give products of rows start <= y < stop size 1; 0 where the square is not above `least`, or there is no vote."""
    height = cross.shape[0]
    one = cross.dtype.type(1.0)
    for y in range(start, stop):
        row = Index(y)
        for x in range(cross.shape[1] // 2):
            r, i = Index(2 * x), Index(2 * x + 1)
            real, imaginary = cross[row, r], cross[row, i]
            squared = real * real + imaginary * imaginary
            has_vote = (x > 0 or y > 0) and 2 * y != height and 2 * x != width
            if has_vote and (squared > least or squared != squared):
                scale = one / np.sqrt(squared)
                cross[row, r], cross[row, i] = real * scale, imaginary * scale
            else:
                cross[row, r], cross[row, i] = cross[row, r] * 0, cross[row, i] * 0
