"""Reading an image at positions, strip by strip of a row.

A strip goes through short loops that each vectorise: place positions, split them into whole and fractional parts, fetch
the pixels about them, mix. Where every pixel of a kernel lies inside the image they are fetched without a question;
elsewhere one by one through the border.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._gather_numba import WORD, copy_two, copy_word, stored
from imgproc.primitives._positions_numba import (
    FAR,
    INSIDE,
    LANES,
    ahead,
    is_far,
    is_near,
    is_within,
    locate,
    locate_nearest,
    pieces,
    place,
    scan,
    split,
    values,
)
from imgproc.primitives._sample_inside_numba import (
    GATHERED,
    copy_gray,
    copy_pixels,
    mix_corners,
    mix_gray,
    mix_pixels,
    mix_rgb,
    prefetch_rows,
)
from imgproc.primitives._vectors_numba import lowest_bit

STRIP = 512
"""Positions handled at once, half of them where there are channels, whose buffers should stay in the first-level cache,
or of a map for nearest, of which strips wholly inside go a faster way."""

FARTHEST = 2.0**31


@inline
def fold(i, length, border):
    """Bring a row or column inside, or return -1 for the fill value. Borders are numbered as in borders.cu."""
    if 0 <= i < length:
        return i
    if border == 4:
        return -1
    if border == 2:
        return 0 if i < 0 else length - 1
    if length == 1:
        return 0
    if border == 3:
        return i % length
    period = 2 * length if border == 1 else 2 * length - 2
    folded = i % period
    mirrored = 2 * length - 1 - folded if border == 1 else period - folded
    return min(folded, mirrored)


@inline
def fetch_outside(source, x, y, channels, taps, lead, border, fill, q, at, across, down):
    """Fetch the pixels about a position that is not inside: tap (i, j) to q[at + i * down + j * across]."""
    height, width = source.shape[0], source.shape[1] // channels
    left = np.int64(np.floor(min(max(x, -FARTHEST), FARTHEST))) - lead
    top = np.int64(np.floor(min(max(y, -FARTHEST), FARTHEST))) - lead
    for i in range(taps):
        row = fold(top + i, height, border)
        for j in range(taps):
            column = fold(left + j, width, border)
            to = at + i * down + j * across
            if row < 0 or column < 0:
                for c in range(channels):
                    q[Index(to + c)] = fill
            else:
                for c in range(channels):
                    q[Index(to + c)] = source[Index(row), Index(column * channels + c)]


@inline
def fraction(x):
    bounded = min(max(x, -FARTHEST), FARTHEST)
    return bounded - np.floor(bounded)


@inline
def spread(parts, i, n, channels, into):
    """Repeat the first n elements of row i, once for each channel."""
    i = Index(i)
    if channels == 3:
        for k in range(Index(n)):
            part, e = parts[i, k], Index(3) * k
            into[i, e] = into[i, e + Index(1)] = into[i, e + Index(2)] = part
    else:
        for k in range(Index(n)):
            for c in range(Index(channels)):
                into[i, k * Index(channels) + c] = parts[i, k]


@inline
def margin(channels):
    """Count the columns that copying whole words may touch beyond a pixel."""
    return 1 if channels == 2 or channels == 3 else 0


@inline
def complete(source, x, y, n, channels, taps, lead, right, bottom, border, fill, q, apart, across, down, parts):
    """Fetch about the positions that are not inside; without an image there, the fill value at a fraction of 0."""
    height, width = source.shape[0], source.shape[1] // channels
    for k in range(n):
        if is_within(x[k], y[k], lead, right, bottom):
            continue
        if is_near(x[k], y[k], height, width, taps, lead, border):
            parts[0, k], parts[1, k] = fraction(x[k]), fraction(y[k])
            fetch_outside(source, x[k], y[k], channels, taps, lead, border, fill, q, k * apart, across, down)
        else:
            parts[0, k] = parts[1, k] = 0
            for c in range(channels):
                q[Index(k * apart + lead * (across + down) + c)] = fill


@inline
def fill_rows(fill, n, outs, v, left):
    o, e = Index(v), Index(left)
    for p in range(Index(len(outs))):
        for k in range(Index(n)):
            outs[p, o, e + k] = fill


def nearest(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, first, last):
    """Read the nearest pixel for rows first <= v < last; of two as near, the one of the greater coordinate."""
    made, height, pitch, count = outs.shape[2] // channels, planes.shape[1], planes.shape[2], len(planes)
    width, flats, reach = pitch // channels, planes.reshape(count, -1), margin(channels)
    strip = STRIP if channels == 1 and not is_map else STRIP // 2
    x, y, offset, parts = empty(strip), empty(strip), empty(strip, np.int32), empty((2, strip), np.float32)
    q = empty(STRIP * channels + WORD, planes.dtype)
    entries, is_word = values(matrix), 1 < channels <= WORD
    below, is_gathered = ahead(entries, is_map, pitch, channels), channels == 1 and WORD <= flats.shape[1] < GATHERED
    for v, left, n, state in pieces(entries, is_map, 0.5, 1, reach, width, height, border, strip, made, first, last):
        if state == FAR:
            fill_rows(fill[0], n * channels, outs, v, left * channels)
            continue
        if state == INSIDE and channels <= WORD:
            inside = locate_nearest(entries, v, left, n, pitch, channels, width - reach, height, offset)
        else:
            place(entries, is_map, xs, ys, step, made, v, left, n, x, y)
            for k in range(Index(n)):
                x[k], y[k] = x[k] + 0.5, y[k] + 0.5
            inside = split(x, y, n, 0, width - reach, height, pitch, channels, offset, parts)
            if inside == 0 and is_far(x, y, n, height, width, 1, 0, border):
                fill_rows(fill[0], n * channels, outs, v, left * channels)
                continue
        for p in range(count):
            if inside == n:
                prefetch_rows(flats[p], offset, n, below)
            if inside == n and is_gathered:
                copy_gray(flats[p], offset, parts, n, flats.shape[1], outs[p], v * made + left)
                continue
            if inside == n and is_word:
                copy_pixels(flats[p], offset, n, channels, outs[p], v * outs.shape[2] + left * channels)
                continue
            if inside > 0:
                fetch_pixels(flats[p], 0, offset, n, channels, q, 0)
            if inside < n:
                complete(
                    planes[p], x, y, n, channels, 1, 0, width - reach, height, border, fill[0], q, channels, 0, 0, parts
                )
            copy_row(q, n * channels, outs[p], v, left * channels)


@inline
def copy_row(q, n, out, v, left):
    o, e = Index(v), Index(left)
    for k in range(Index(n)):
        out[o, e + k] = q[k]


@inline
def fetch_pixels(flat, shift, offset, n, channels, q, at):
    """Fetch the pixel `shift` elements behind each offset, to q[at + k * channels]."""
    depth, start, to = Index(channels), Index(shift), Index(at)
    if channels == 1:
        for k in range(Index(n)):
            q[to + k] = flat[start + Index(np.uint32(offset[k]))]
    elif channels <= WORD:
        for k in range(Index(n)):
            copy_word(q, to + k * depth, flat, start + Index(np.uint32(offset[k])))
    else:
        for k in range(Index(n)):
            i = start + Index(np.uint32(offset[k]))
            for c in range(depth):
                q[to + k * depth + c] = flat[i + c]


@inline
def fetch_pairs(flat, pitch, offset, n, q):
    """Fetch neighbours of the upper row to q[2 k], q[2 k + 1], those of the lower row 2 * STRIP later."""
    p = Index(pitch)
    for k in range(Index(n)):
        i, to = Index(np.uint32(offset[k])), k + k
        copy_two(q, to, flat, i)
        copy_two(q, to + Index(2 * STRIP), flat, i + p)


def linear(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last):
    """Mix the four pixels about each position, for rows first <= v < last.

    Where limits[0] < limits[1] the result is rounded half to even; it lies within them by itself. Their dtype is that
    of the work.
    """
    made, height, pitch, count = outs.shape[2] // channels, planes.shape[1], planes.shape[2], len(planes)
    width, flats, reach = pitch // channels, planes.reshape(count, -1), margin(channels)
    right, bottom = width - 1 - reach, height - 1
    strip = STRIP if channels == 1 else STRIP // 2
    x, y, offset = empty(strip), empty(strip), empty(strip, np.int32)
    parts, spread_parts = empty((2, strip), limits.dtype), empty((2, strip * channels), limits.dtype)
    size = STRIP * channels + WORD
    q = empty(4 * size, planes.dtype)
    apart, across, down = (2, 1, 2 * STRIP) if channels == 1 else (channels, size, 2 * size)
    entries, is_rounded, is_word = values(matrix), limits[0] < limits[1], 1 < channels <= WORD
    below = ahead(entries, is_map, pitch, channels)
    is_gathered = (channels == 1 or channels == 3) and flats.shape[1] < GATHERED
    outside, few = empty(-(-strip // LANES), np.uint64), empty(4 * channels, planes.dtype)
    for v, left, n, state in pieces(entries, is_map, 0.0, 2, reach, width, height, border, strip, made, first, last):
        if state == FAR:
            fill_rows(fill[0], n * channels, outs, v, left * channels)
            continue
        at, is_scanned = (v * made + left) * step, False
        if is_map and is_gathered and n >= LANES:
            is_scanned = scan(xs, ys, step, at, n, right, bottom, pitch, channels, offset, parts, outside)
        if is_scanned:
            inside = n
        elif state == INSIDE:
            inside = locate(entries, v, left, n, 0, right, bottom, pitch, channels, offset, parts)
        else:
            place(entries, is_map, xs, ys, step, made, v, left, n, x, y)
            inside = split(x, y, n, 0, right, bottom, pitch, channels, offset, parts)
            if inside == 0 and is_far(x, y, n, height, width, 2, 0, border):
                fill_rows(fill[0], n * channels, outs, v, left * channels)
                continue
        for p in range(count):
            source, flat, out, to = planes[p], flats[p], outs[p], v * outs.shape[2] + left * channels
            if inside == n:
                prefetch_rows(flat, offset, n, below)
            if inside == n and is_gathered:
                if channels == 1:
                    mix_gray(flat, offset, parts, n, (pitch, is_rounded), out, to)
                else:
                    mix_rgb(flat, offset, parts, n, (pitch, is_rounded), out, to)
                if is_scanned:
                    mend(source, xs, ys, step, at, n, outside, border, fill[0], few, out, to, parts, is_rounded)
                continue
            if inside == n and is_word:
                mix_pixels(flat, offset, parts, n, pitch, channels, out, to, is_rounded)
                continue
            if inside > 0 and channels == 1:
                fetch_pairs(flat, pitch, offset, n, q)
            elif inside > 0:
                for i in range(4):
                    fetch_pixels(flat, (i // 2) * pitch + (i % 2) * channels, offset, n, channels, q, i * size)
            if inside < n:
                complete(source, x, y, n, channels, 2, 0, right, bottom, border, fill[0], q, apart, across, down, parts)
            if channels == 1:
                mix_pairs(q, parts, n, out, v, left, limits)
                continue
            if p == 0:
                spread(parts, 0, n, channels, spread_parts)
                spread(parts, 1, n, channels, spread_parts)
            mix_four(q, size, spread_parts, n * channels, out, v, left * channels, limits)


@inline
def mend(source, xs, ys, step, at, n, outside, border, fill, q, out, to, parts, is_rounded):
    """Make the pixels of a strip that `scan` found not to be inside, one by one, through the border."""
    channels, made, work = len(q) // 4, out.reshape(-1), parts.dtype.type
    height, width = source.shape[0], source.shape[1] // channels
    for m in range(0, n, LANES):
        rest = outside[Index(m // LANES)]
        while rest != 0:
            k = min(m, n - LANES) + lowest_bit(rest)
            rest &= rest - np.uint64(1)
            x, y, into = np.float64(xs[Index(at + k * step)]), np.float64(ys[Index(at + k * step)]), to + k * channels
            if is_near(x, y, height, width, 2, 0, border):
                fetch_outside(source, x, y, channels, 2, 0, border, fill, q, 0, channels, 2 * channels)
                s, t = work(fraction(x)), work(fraction(y))
                for c in range(channels):
                    upper, lower = (q[c], q[c + channels]), (q[c + 2 * channels], q[c + 3 * channels])
                    made[Index(into + c)] = stored(mix_corners(upper, lower, s, t, is_rounded), out)
            else:
                for c in range(channels):
                    made[Index(into + c)] = fill


@inline
def weigh(weight, value):
    """weight * value, where a weight of zero makes zero of anything."""
    return weight * value if weight != 0 else weight


@inline
def mix_pairs(q, parts, n, out, v, left, limits):
    """Mix pairs; where limits[0] < limits[1], round half to even (float32 only; a mean is within the limits)."""
    work, o, e, low = parts.dtype.type, Index(v), Index(left), Index(2 * STRIP)
    one = work(1)
    if limits[0] < limits[1]:
        shift = np.float32(12582912.0)  # as in store_row of _correlate_numba.py
        for k in range(Index(n)):
            s, t, i = parts[Index(0), k], parts[Index(1), k], k + k
            upper = work(q[i]) * (one - s) + work(q[i + Index(1)]) * s
            lower = work(q[i + low]) * (one - s) + work(q[i + low + Index(1)]) * s
            out[o, e + k] = np.int32((upper * (one - t) + lower * t + shift) - shift)
    else:
        for k in range(Index(n)):
            s, t, i = parts[Index(0), k], parts[Index(1), k], k + k
            upper = work(q[i]) * (one - s) + weigh(s, work(q[i + Index(1)]))
            lower = work(q[i + low]) * (one - s) + weigh(s, work(q[i + low + Index(1)]))
            out[o, e + k] = upper * (one - t) + weigh(t, lower)


@inline
def mix_four(q, across, parts, n, out, v, left, limits):
    work, o, e = parts.dtype.type, Index(v), Index(left)
    one = work(1)
    b, c, d = Index(across), Index(2 * across), Index(3 * across)
    if limits[0] < limits[1]:
        shift = np.float32(12582912.0)
        for k in range(Index(n)):
            s, t = parts[Index(0), k], parts[Index(1), k]
            upper = work(q[k]) * (one - s) + work(q[k + b]) * s
            lower = work(q[k + c]) * (one - s) + work(q[k + d]) * s
            out[o, e + k] = np.int32((upper * (one - t) + lower * t + shift) - shift)
    else:
        for k in range(Index(n)):
            s, t = parts[Index(0), k], parts[Index(1), k]
            upper = work(q[k]) * (one - s) + weigh(s, work(q[k + b]))
            lower = work(q[k + c]) * (one - s) + weigh(s, work(q[k + d]))
            out[o, e + k] = upper * (one - t) + weigh(t, lower)
