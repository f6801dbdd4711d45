"""Where the pixels of a result lie in the image: positions in float64, in pieces of rows that need the same care.

Rows are taken some at a time, so that a picture turned on its side is read from the cache.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

ROWS = 64
"""Rows that share what they read."""

FAR, MIXED, INSIDE = 0, 1, 2


@inline
def is_affine(matrix):
    return matrix[6] == 0 and matrix[7] == 0 and matrix[8] == 1


@inline
def place(matrix, is_map, xs, ys, step, width, v, left, n, x, y):
    """Write the positions of the pixels `left` ... `left` + n - 1 of row `v` to x and y."""
    count = Index(n)
    if is_map:
        at, apart = Index((v * width + left) * step), Index(step)
        if step == 1:
            for k in range(count):
                x[k], y[k] = xs[at + k], ys[at + k]
        elif step == 2:  # pairs (x, y), the stride of which the compiler should know
            for k in range(count):
                x[k], y[k] = xs[at + Index(2) * k], ys[at + Index(2) * k]
        else:
            for k in range(count):
                x[k], y[k] = xs[at + k * apart], ys[at + k * apart]
        return
    a, d, g, start = matrix[0], matrix[3], matrix[6], np.int32(left)
    right, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    if is_affine(matrix):
        for k in range(count):
            u = np.float64(start + np.int32(k))
            x[k], y[k] = a * u + right, d * u + down
    else:
        for k in range(count):
            u = np.float64(start + np.int32(k))
            nearness = 1 / (g * u + away)
            x[k], y[k] = (a * u + right) * nearness, (d * u + down) * nearness


@inline
def split(x, y, n, lead, right, bottom, pitch, channels, offset, parts):
    """Write where the first pixel about each position lies, and the fractions; return how many are inside.

    A position is inside where lead <= x < right and lead <= y < bottom. What is written for others may be read, where
    any is inside, but is not their own.
    """
    low, high, deep = np.float64(lead), np.float64(right), np.float64(bottom)
    wide, depth, back = np.int32(pitch), np.int32(channels), np.int32(lead * (pitch + channels))
    count = np.int32(0)
    for k in range(Index(n)):
        count += np.int32((x[k] >= low) & (x[k] < high) & (y[k] >= low) & (y[k] < deep))
    if count == n:
        for k in range(Index(n)):
            i, j = np.int32(x[k]), np.int32(y[k])
            offset[k] = j * wide + i * depth - back
            parts[Index(0), k], parts[Index(1), k] = x[k] - i, y[k] - j
    elif count > 0:
        for k in range(Index(n)):
            is_inside = (x[k] >= low) & (x[k] < high) & (y[k] >= low) & (y[k] < deep)
            here, there = x[k] if is_inside else low, y[k] if is_inside else low
            i, j = np.int32(here), np.int32(there)
            offset[k] = j * wide + i * depth - back
            parts[Index(0), k], parts[Index(1), k] = here - i, there - j
    return count


@inline
def locate(matrix, v, left, n, lead, right, bottom, pitch, channels, offset, parts):
    """Do as `place` and `split` in one loop, for a matrix and positions known to be inside."""
    a, d, g, start = matrix[0], matrix[3], matrix[6], np.int32(left)
    by, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    wide, depth, back = np.int32(pitch), np.int32(channels), np.int32(lead * (pitch + channels))
    if is_affine(matrix):
        for k in range(Index(n)):
            u = np.float64(start + np.int32(k))
            x, y = a * u + by, d * u + down
            i, j = np.int32(x), np.int32(y)
            offset[k] = j * wide + i * depth - back
            parts[Index(0), k], parts[Index(1), k] = x - i, y - j
        return n
    low, high, deep = np.float64(lead), np.float64(right), np.float64(bottom)
    last, lowest = np.int32(right - 1), np.int32(bottom - 1)
    for k in range(Index(n)):  # between positions that are inside, one may be outside by a rounding
        u = np.float64(start + np.int32(k))
        nearness = 1 / (g * u + away)
        x, y = (a * u + by) * nearness, (d * u + down) * nearness
        x, y = x if x > low else low, y if y > low else low
        x, y = x if x < high else high, y if y < deep else deep
        i, j = min(np.int32(x), last), min(np.int32(y), lowest)
        offset[k] = j * wide + i * depth - back
        parts[Index(0), k], parts[Index(1), k] = x - i, y - j
    return n


@inline
def locate_nearest(matrix, v, left, n, pitch, right, bottom, offset):
    """Write where the nearest pixels of positions known to be inside lie in an image of one channel, in one loop."""
    a, d, g, start, wide = matrix[0], matrix[3], matrix[6], np.int32(left), np.int32(pitch)
    by, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    if is_affine(matrix):
        for k in range(Index(n)):
            u = np.float64(start + np.int32(k))
            i, j = np.int32(a * u + by + 0.5), np.int32(d * u + down + 0.5)
            offset[k] = j * wide + i
        return
    high, deep = np.float64(right - 1), np.float64(bottom - 1)
    for k in range(Index(n)):
        u = np.float64(start + np.int32(k))
        nearness = 1 / (g * u + away)
        x, y = (a * u + by) * nearness + 0.5, (d * u + down) * nearness + 0.5
        x, y = x if x > 0 else 0.0, y if y > 0 else 0.0
        i, j = np.int32(x if x < high else high), np.int32(y if y < deep else deep)
        offset[k] = j * wide + i


@inline
def is_within(x, y, lead, right, bottom):
    return x >= lead and x < right and y >= lead and y < bottom


@inline
def is_near(x, y, height, width, taps, lead, border):
    """Say whether there is an image about a position: never where it is not finite."""
    if border == 4:
        return is_within(x, y, lead - taps + 1, width + lead, height + lead)
    return math.isfinite(x) and math.isfinite(y)


@inline
def is_far(x, y, n, height, width, taps, lead, border):
    """Say whether there is nothing about any of the positions."""
    count = np.int32(0)
    if border == 4:
        low, right, bottom = np.float64(lead - taps + 1), np.float64(width + lead), np.float64(height + lead)
        for k in range(Index(n)):
            count += np.int32((x[k] >= low) & (x[k] < right) & (y[k] >= low) & (y[k] < bottom))
    return border == 4 and count == 0


@inline
def position(matrix, i, v, u):
    """Return x (i = 0) or y (i = 3) of pixel u of row v, as `place` does."""
    at = matrix[i] * u + (matrix[i + 1] * v + matrix[i + 2])
    return at if is_affine(matrix) else at * (1 / (matrix[6] * u + (matrix[7] * v + matrix[8])))


@inline
def first_beyond(matrix, i, v, shift, bound, is_rising, low, high):
    """Return the first u of low ... high - 1 whose position reaches `bound`, or falls below it."""
    if low >= high or (position(matrix, i, v, low) + shift >= bound) == is_rising:
        return low
    if (position(matrix, i, v, high - 1) + shift >= bound) != is_rising:
        return high
    high -= 1
    while low < high:
        middle = (low + high) // 2
        if (position(matrix, i, v, middle) + shift >= bound) == is_rising:
            high = middle
        else:
            low = middle + 1
    return low


@inline
def stretch_within(matrix, i, v, shift, least, most, low, high):
    """Return the u of low ... high - 1 with least <= position < most as first and last + 1.

    They are neighbours, since rounding keeps the order of an affine map. That of a projective one it may disturb by a
    rounding, which does no harm.
    """
    if low >= high:
        return low, low
    if position(matrix, i, v, low) <= position(matrix, i, v, high - 1):
        first = first_beyond(matrix, i, v, shift, least, True, low, high)
        return first, first_beyond(matrix, i, v, shift, most, True, first, high)
    first = first_beyond(matrix, i, v, shift, most, False, low, high)
    return first, first_beyond(matrix, i, v, shift, least, False, first, high)


@inline
def stretch_inside(matrix, v, shift, box, low, high):
    """Return the u of low ... high - 1 whose positions lie in a box (left, right, top, bottom)."""
    first, last = stretch_within(matrix, 0, v, shift, box[0], box[1], low, high)
    return stretch_within(matrix, 3, v, shift, box[2], box[3], first, last)


@inline
def is_box_around(matrix, v, shift, box, u):
    x, y = position(matrix, 0, v, u) + shift, position(matrix, 3, v, u) + shift
    return box[0] <= x < box[1] and box[2] <= y < box[3]


@inline
def crosses_horizon(matrix, v, low, high):
    """Say whether the third coordinate changes its sign, or is nowhere certain to have one."""
    away = matrix[7] * v + matrix[8]
    return not (matrix[6] * low + away) * (matrix[6] * (high - 1) + away) > 0


@inline
def pieces(matrix, is_map, shift, taps, reach, width, height, border, strip, made, first, last):
    """Yield every piece (v, left, n, state) of rows first <= v < last; at most `strip` positions long.

    States: FAR, nothing about any of them; INSIDE, all pixels of all of them inside; MIXED, anything. A kernel of
    `taps` may be read `reach` columns farther right.
    """
    lead = max(taps // 2 - 1, 0)
    low = np.float64(lead)
    inside = (low, np.float64(width - taps + lead + 1 - reach), low, np.float64(height - taps + lead + 1))
    low = np.float64(lead - taps + 1)
    near = (low, np.float64(width + lead), low, np.float64(height + lead))
    for top in range(first, last, ROWS):
        for left in range(0, made, strip):
            stop = min(left + strip, made)
            for v in range(top, min(top + ROWS, last)):
                if is_map or crosses_horizon(matrix, v, left, stop):
                    yield v, left, stop - left, MIXED
                    continue
                if is_box_around(matrix, v, shift, inside, left) and is_box_around(matrix, v, shift, inside, stop - 1):
                    yield v, left, stop - left, INSIDE  # and so are those between
                    continue
                a, b = left, stop
                if border == 4:
                    a, b = stretch_inside(matrix, v, shift, near, left, stop)
                if a > left:
                    yield v, left, a - left, FAR
                c, d = stretch_inside(matrix, v, shift, inside, a, b)
                if c > a:
                    yield v, a, c - a, MIXED
                if d > c:
                    yield v, c, d - c, INSIDE
                if b > d:
                    yield v, d, b - d, MIXED
                if stop > b:
                    yield v, b, stop - b, FAR
