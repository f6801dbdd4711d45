"""Products of spectra and their phases, real and imaginary parts by turns."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._vectors_numba import (
    alternate_high,
    alternate_low,
    evens,
    inlined,
    lanes_of,
    odds,
    put,
    root,
    select,
    spread,
    take,
    vector_of,
)


def join_rows(first, second, cross, greatest, start, stop):
    """Write conj(first) · second summed over channels for rows start <= y < stop, and each row's greatest squares.

    A row with a NaN has NaN for its greatest.
    """
    like = vector_of(cross)
    height, width = cross.shape
    step, plane = 2 * lanes_of(like), height * width
    ends = empty((3, first.shape[0] * step), cross.dtype)  # of the rows, filled up to whole vectors
    for y in range(start, stop):
        most = spread(0.0, like), spread(0.0, like), spread(0.0, like)
        whole = width - width % step
        for x in range(0, whole, step):
            most = join(first, second, y * width + x, plane, cross, y * width + x, most)
        if whole < width:
            ends[:] = 0.0
            for c in range(first.shape[0]):
                for x in range(whole, width):
                    ends[0, c * step + x - whole] = first[c, y, x]
                    ends[1, c * step + x - whole] = second[c, y, x]
            most = join(ends[0], ends[1], 0, step, ends[2], 0, most)
            for x in range(whole, width):
                cross[y, x] = ends[2, x - whole]
        greatest[y, 0], greatest[y, 1] = largest(most[0], ends[2]), largest(most[1], ends[2])
        if largest(most[2], ends[2]) != 0.0:
            greatest[y, 0] = greatest[y, 1] = np.nan


@inlined
def join(first, second, at, plane, cross, to, most):
    """Write a vector of products; return greatest squares of either, and what is not 0 where there has been a NaN."""
    like = vector_of(cross)
    channels = first.size // plane
    real = imaginary = square_first = square_second = spread(0.0, like)
    for c in range(channels):
        a, b = parts_of(first, at + c * plane, like)
        d, e = parts_of(second, at + c * plane, like)
        real += a * d + b * e
        imaginary += a * e - b * d
        square_first += a * a + b * b
        square_second += d * d + e * e
    put_parts(cross, to, real, imaginary)
    none, one = spread(0.0, like), spread(1.0, like)
    is_known = (square_first == square_first) & (square_second == square_second)
    return (
        select(square_first > most[0], square_first, most[0]),
        select(square_second > most[1], square_second, most[1]),
        most[2] + select(is_known, none, one),
    )


@inlined
def parts_of(values, at, like):
    """Return the real and the imaginary parts of a vector's worth of complex numbers."""
    low, high = take(values, at, like), take(values, at + lanes_of(like), like)
    return evens(low, high), odds(low, high)


@inlined
def put_parts(values, at, real, imaginary):
    put(values, at, alternate_low(real, imaginary))
    put(values, at + lanes_of(real), alternate_high(real, imaginary))


@inline
def largest(vector, scratch):
    """Return the greatest lane of numbers of at least 0."""
    put(scratch, 0, vector)
    most = scratch[0]
    for i in range(1, lanes_of(vector)):
        most = max(most, scratch[i])
    return most


def scale_rows(cross, least, width, votes, start, stop):
    """Give products of rows start <= y < stop size 1; 0 where the square is not above `least`, or there is no vote.

    `votes` are how many of the whole plane's frequencies are left, row by row.
    """
    like = vector_of(cross)
    length = cross.shape[1]
    step = 2 * lanes_of(like)
    end = empty(step, cross.dtype)
    for y in range(start, stop):
        there = spread(0.0, like)
        whole = length - length % step
        for x in range(0, whole, step):
            there += scale(cross, y * length + x, least)
        if whole < length:
            end[:] = 0.0
            for x in range(whole, length):
                end[x - whole] = cross[y, x]
            there += scale(end, 0, least)
            for x in range(whole, length):
                cross[y, x] = end[x - whole]
        put(end, 0, there)
        count = 0.0
        for i in range(lanes_of(like)):
            count += 2.0 * end[i]
        votes[y] = count - silence(cross, y, width)


@inlined
def scale(cross, at, least):
    """Give a vector of products size 1 or 0; return where they are of size 1."""
    like = vector_of(cross)
    none, one = spread(0.0, like), spread(1.0, like)
    real, imaginary = parts_of(cross, at, like)
    squared = real * real + imaginary * imaginary
    is_there = (squared > spread(least, like)) | ~(squared == squared)
    factor = select(is_there, one / root(select(is_there, squared, one)), none)
    put_parts(cross, at, real * factor, imaginary * factor)
    return select(is_there, one, none)


@inline
def silence(cross, y, width):
    """Set what has no vote in row y to 0, NaN stays; return how many votes of the whole plane have gone.

    Columns stand for their mirrors too, but for the first.
    """
    gone = 0.0
    half = cross.shape[1] // 2
    for x in range(half) if 2 * y == cross.shape[0] else range(0, half, max(1, half - 1)):  # all, or the ends
        is_there = cross[y, 2 * x] != 0 or cross[y, 2 * x + 1] != 0
        if 2 * y == cross.shape[0] or 2 * x == width or x + y == 0:
            cross[y, 2 * x], cross[y, 2 * x + 1] = cross[y, 2 * x] * 0, cross[y, 2 * x + 1] * 0
            gone += 2.0 * is_there
        elif x == 0:
            gone += 1.0 * is_there
    return gone
