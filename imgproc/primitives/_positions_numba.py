"""Where the pixels of a result lie in the image: positions in float64, in pieces of rows that need the same care.

Rows are taken some at a time, so that a picture turned on its side is read from the cache.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._gather_numba import steps_of, stored
from imgproc.primitives._vectors_numba import (
    alternate_ends,
    bits_of,
    inlined,
    lift,
    put,
    select,
    sixteen_of,
    spread,
    start_of,
    take,
)

LANES = 16
"""Positions that are worked on at once; buffers of them hold a multiple of that many."""

ROWS = 64
"""Rows that share what they read."""

AHEAD = 4
"""Rows before it is read that a pixel is asked for."""

FAR, MIXED, INSIDE = 0, 1, 2


@inline
def values(matrix):
    """Return the nine numbers as a tuple: functions that are called for every row do not count its owners."""
    m = matrix
    return m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]


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


@inlined
def settle(x, y, places, k, wide, depth, back):
    """Write where the first pixels about many positions lie, and their fractions, from place k on."""
    offset, parts, strip = places
    i, j = stored(x, wide), stored(y, wide)
    put(offset, k, j * wide + i * depth - back)
    put(parts, k, lift(x - lift(i, x), sixteen_of(parts)))
    put(parts, k + strip, lift(y - lift(j, y), sixteen_of(parts)))


@inlined
def taken(line, at, step, like):
    """Return many of the numbers of a map, of which every step-th counts; step is 1 or 2."""
    first = take(line, at, like)
    return first if step == 1 else alternate_ends(first, take(line, at + (LANES - 1), like))


@inlined
def scan(xs, ys, step, at, n, right, bottom, pitch, channels, offset, parts, outside):
    """Do as `place` and `split` for n positions of a map, at least LANES, many at a time; return whether any is inside.

    Bits of `outside`, a word for LANES positions, tell which are not; the last word is for those up to n. A map is
    split in its own dtype: what is inside an image has a fraction that this holds.
    """
    places, like = (start_of(offset), start_of(parts), len(offset)), sixteen_of(offset)
    wide, depth, none = spread(np.int32(pitch), like), spread(np.int32(channels), like), spread(np.int32(0), like)
    x_line, y_line, low, found = start_of(xs), start_of(ys), sixteen_of(xs), np.uint64(0)
    high, deep = spread(right, low), spread(bottom, low)
    for m in range(0, n, LANES):
        k = min(m, n - LANES)
        x, y = taken(x_line, at + k * step, step, low), taken(y_line, at + k * step, step, low)
        is_inside = (x >= low) & (x < high) & (y >= low) & (y < deep)
        settle(select(is_inside, x, low), select(is_inside, y, low), places, k, wide, depth, none)
        here = bits_of(is_inside)
        outside[Index(m // LANES)] = here ^ np.uint64(2**LANES - 1)
        found |= here
    return found != 0


@inlined
def along(matrix, v, left, like):
    """Return what the positions of an affine matrix are made of, for many pixels from `left` on, and these."""
    u = steps_of(like)
    x = spread(matrix[0], u), spread(matrix[1] * v + matrix[2], u)
    return x, (spread(matrix[3], u), spread(matrix[4] * v + matrix[5], u)), u + spread(np.float64(left), u)


@inlined
def locate(matrix, v, left, n, lead, right, bottom, pitch, channels, offset, parts):
    """Do as `place` and `split` in one loop, for a matrix and positions known to be inside."""
    a, d, g, start = matrix[0], matrix[3], matrix[6], np.int32(left)
    by, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    wide, depth, back = np.int32(pitch), np.int32(channels), np.int32(lead * (pitch + channels))
    if is_affine(matrix):
        like, places = sixteen_of(offset), (start_of(offset), start_of(parts), len(offset))
        (a, by), (d, down), u = along(matrix, v, left, like)
        for k in range(0, n, LANES):
            settle(a * u + by, d * u + down, places, k, spread(wide, like), spread(depth, like), spread(back, like))
            u += spread(np.float64(LANES), u)
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


@inlined
def locate_nearest(matrix, v, left, n, pitch, channels, right, bottom, offset):
    """Write where the nearest pixels of positions known to be inside lie, in one loop."""
    a, d, g, start, wide, depth = matrix[0], matrix[3], matrix[6], np.int32(left), np.int32(pitch), np.int32(channels)
    by, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    if is_affine(matrix):
        like, places = sixteen_of(offset), start_of(offset)
        (a, by), (d, down), u = along(matrix, v, left, like)
        for k in range(0, n, LANES):
            i, j = stored(a * u + by + spread(0.5, u), like), stored(d * u + down + spread(0.5, u), like)
            put(places, k, j * spread(wide, like) + i * spread(depth, like))
            u += spread(np.float64(LANES), u)
        return n
    high, deep = np.float64(right - 1), np.float64(bottom - 1)
    for k in range(Index(n)):
        u = np.float64(start + np.int32(k))
        nearness = 1 / (g * u + away)
        x, y = (a * u + by) * nearness + 0.5, (d * u + down) * nearness + 0.5
        x, y = x if x > 0 else 0.0, y if y > 0 else 0.0
        i, j = np.int32(x if x < high else high), np.int32(y if y < deep else deep)
        offset[k] = j * wide + i * depth
    return n


@inline
def ahead(matrix, is_map, pitch, channels):
    """Count the elements from what a row reads to what the fourth row behind it will, or about that."""
    if is_map or not is_affine(matrix):
        return AHEAD * pitch
    return np.int64(AHEAD * matrix[4]) * pitch + np.int64(AHEAD * matrix[1]) * channels


@inline
def row_of(matrix, v):
    """Return whether a matrix is affine, and what x, y and the third coordinate are made of in row v."""
    right, down, away = matrix[1] * v + matrix[2], matrix[4] * v + matrix[5], matrix[7] * v + matrix[8]
    return is_affine(matrix), (matrix[0], right), (matrix[3], down), (matrix[6], away)


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
def sides(row, shift, box, u):
    """Return the sides of a box (left, right, top, bottom) beyond which the position of pixel u lies, as bits."""
    straight, (a, right), (d, down), (g, away) = row
    x, y = a * u + right, d * u + down
    if not straight:
        nearness = 1 / (g * u + away)
        x, y = x * nearness, y * nearness
    x, y = x + shift, y + shift
    across = np.int32(not x >= box[0]) | np.int32(not x < box[1]) << 1
    return across | np.int32(not y >= box[2]) << 2 | np.int32(not y < box[3]) << 3


@inline
def crossings(coordinate, third, one, other):
    """Return the u, real numbers, between which a coordinate is between two; not finite where there are none."""
    (a, right), (g, away) = coordinate, third
    first, second = (one * away - right) / (a - one * g), (other * away - right) / (a - other * g)
    return (first, second) if first < second else (second, first)


@inline
def stretch(row, shift, box, low, high):
    """Return, but for roundings, the u of low ... high - 1 whose positions lie in a box, as first and last + 1."""
    _, x, y, third = row
    left, right = crossings(x, third, box[0] - shift, box[1] - shift)
    top, bottom = crossings(y, third, box[2] - shift, box[3] - shift)
    first, last = np.float64(low), np.float64(high)
    first, last = left if left > first else first, right if right < last else last
    first, last = top if top > first else first, bottom if bottom < last else last
    first = min(np.ceil(first), np.float64(high))
    return np.int64(first), np.int64(max(np.ceil(last), first))


@inline
def stretch_inside(row, shift, box, low, high):
    """Return some u whose positions certainly lie in a box: all but for roundings, which keep the order of them."""
    first, last = stretch(row, shift, box, low, high)
    first += first < last and sides(row, shift, box, first) != 0
    last -= first < last and sides(row, shift, box, last - 1) != 0
    is_sure = first < last and sides(row, shift, box, first) | sides(row, shift, box, last - 1) == 0
    return (first, last) if is_sure else (high, high)


@inline
def stretch_near(row, shift, box, low, high):
    """Return first and last + 1 of the u outside which no position lies in a box: all lie beyond one of its sides."""
    first, last = stretch(row, shift, box, low, high)
    if first > low:
        first -= sides(row, shift, box, first - 1) == 0
    if last < high:
        last += sides(row, shift, box, last) == 0
    if first > low and not sides(row, shift, box, low) & sides(row, shift, box, first - 1):
        first = low
    if last < high and not sides(row, shift, box, last) & sides(row, shift, box, high - 1):
        last = high
    return first, last


@inline
def crosses_horizon(row, low, high):
    """Say whether the third coordinate changes its sign, or is nowhere certain to have one."""
    _, _, _, (g, away) = row
    return not (g * low + away) * (g * (high - 1) + away) > 0


@inline
def holds_between(upper, lower, shift, box, low, high):
    """Say whether a box holds the positions of pixels low ... high - 1 of two rows, and so of those between."""
    _, _, _, (g, away) = upper
    _, _, _, (_, farther) = lower
    is_cut = crosses_horizon(upper, low, high) or crosses_horizon(lower, low, high)
    if is_cut or (g * low + away) * (g * low + farther) < 0:
        return False
    beyond = sides(upper, shift, box, low) | sides(upper, shift, box, high - 1)
    return beyond | sides(lower, shift, box, low) | sides(lower, shift, box, high - 1) == 0


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
    rows = 1 if is_map else ROWS  # a map itself is read from end to end
    for top in range(first, last, rows):
        for left in range(0, made, strip):
            stop, end = min(left + strip, made), min(top + rows, last)
            upper, lower = row_of(matrix, top), row_of(matrix, end - 1)
            is_inside = not is_map and holds_between(upper, lower, shift, inside, left, stop)
            for v in range(top, end):
                if is_inside:
                    yield v, left, stop - left, INSIDE
                    continue
                row = row_of(matrix, v)
                if is_map or crosses_horizon(row, left, stop):
                    yield v, left, stop - left, MIXED
                    continue
                if sides(row, shift, inside, left) | sides(row, shift, inside, stop - 1) == 0:
                    yield v, left, stop - left, INSIDE  # and so are those between
                    continue
                a, b = left, stop
                if border == 4:
                    a, b = stretch_near(row, shift, near, left, stop)
                if a > left:
                    yield v, left, a - left, FAR
                c, d = stretch_inside(row, shift, inside, a, b)
                if c > a:
                    yield v, a, c - a, MIXED
                if d > c:
                    yield v, c, d - c, INSIDE
                if b > d:
                    yield v, d, b - d, MIXED
                if stop > b:
                    yield v, b, stop - b, FAR
