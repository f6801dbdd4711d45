"""Reading an image at positions, strip by strip of a row.

A strip goes through short loops that each vectorise: place positions, split them into whole and fractional parts, fetch
the pixels about them, mix. Where every pixel of a kernel lies inside the image they are fetched without a question;
elsewhere one by one through the border.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._positions_numba import (
    FAR,
    INSIDE,
    is_far,
    is_near,
    is_within,
    locate,
    locate_nearest,
    pieces,
    place,
    split,
)

STRIP = 512
"""Positions handled at once, half of them where there are channels: buffers stay in the first-level cache."""

FARTHEST = 2.0**31
WORD = 4
"""Elements that are copied at once, where pixels have two to four channels; buffers end that much later."""


def _copier(count):
    """Make a function that copies `count` neighbouring elements by one load and one store."""

    @intrinsic
    def copy(context, target, at, source, start):
        def generate(context, builder, signature, arguments):
            bits = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype)) * 8 * count
            word = ir.IntType(bits) if bits <= 64 else ir.VectorType(ir.IntType(64), bits // 64)

            def address(k):
                array = cgutils.create_struct_proxy(signature.args[k])(context, builder, arguments[k])
                return builder.bitcast(builder.gep(array.data, [arguments[k + 1]]), word.as_pointer())

            builder.store(builder.load(address(2), align=1), address(0), align=1)
            return context.get_dummy_value()

        return types.void(target, at, source, start), generate

    return copy


copy_two = _copier(2)
copy_word = _copier(WORD)


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
def margin(channels, flat):
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
def fill_row(fill, n, out, v, left):
    o, e = Index(v), Index(left)
    for k in range(Index(n)):
        out[o, e + k] = fill


def nearest(source, out, matrix, is_map, xs, ys, step, channels, border, fill, first, last):
    """Read the nearest pixel for rows first <= v < last; of two as near, the one of the greater coordinate."""
    made, pitch, flat = out.shape[1] // channels, source.shape[1], source.reshape(-1)
    width, height, reach = pitch // channels, source.shape[0], margin(channels, flat)
    strip = STRIP if channels == 1 else STRIP // 2
    x, y, offset, parts = np.empty(strip), np.empty(strip), np.empty(strip, np.int32), np.empty((2, strip), np.float32)
    q = np.empty(STRIP * channels + WORD, source.dtype)
    for v, left, n, state in pieces(matrix, is_map, 0.5, 1, reach, width, height, border, strip, made, first, last):
        if state == FAR:
            fill_row(fill[0], n * channels, out, v, left * channels)
            continue
        if state == INSIDE and channels == 1:
            locate_nearest(matrix, v, left, n, pitch, width, height, offset)
            select_row(flat, offset, n, out, v, left)
            continue
        place(matrix, is_map, xs, ys, step, made, v, left, n, x, y)
        for k in range(Index(n)):
            x[k], y[k] = x[k] + 0.5, y[k] + 0.5
        count = split(x, y, n, 0, width - reach, height, pitch, channels, offset, parts)
        if count == 0 and is_far(x, y, n, height, width, 1, 0, border):
            fill_row(fill[0], n * channels, out, v, left * channels)
            continue
        if count > 0:
            fetch_pixels(flat, 0, offset, n, channels, q, 0)
        if count < n:
            complete(source, x, y, n, channels, 1, 0, width - reach, height, border, fill[0], q, channels, 0, 0, parts)
        copy_row(q, n * channels, out, v, left * channels)


@inline
def select_row(flat, offset, n, out, v, left):
    o, e = Index(v), Index(left)
    for k in range(Index(n)):
        out[o, e + k] = flat[Index(np.uint32(offset[k]))]


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


def linear(source, out, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last):
    """Mix the four pixels about each position, for rows first <= v < last.

    Where limits[0] < limits[1] the result is rounded half to even; it lies within them by itself. Their dtype is that
    of the work.
    """
    made, pitch, flat = out.shape[1] // channels, source.shape[1], source.reshape(-1)
    width, height, reach = pitch // channels, source.shape[0], margin(channels, flat)
    right, bottom = width - 1 - reach, height - 1
    strip = STRIP if channels == 1 else STRIP // 2
    x, y, offset = np.empty(strip), np.empty(strip), np.empty(strip, np.int32)
    parts, spread_parts = np.empty((2, strip), limits.dtype), np.empty((2, strip * channels), limits.dtype)
    size = STRIP * channels + WORD
    q = np.empty(4 * size, source.dtype)
    apart, across, down = (2, 1, 2 * STRIP) if channels == 1 else (channels, size, 2 * size)
    for v, left, n, state in pieces(matrix, is_map, 0.0, 2, reach, width, height, border, strip, made, first, last):
        if state == FAR:
            fill_row(fill[0], n * channels, out, v, left * channels)
            continue
        if state == INSIDE:
            count = locate(matrix, v, left, n, 0, right, bottom, pitch, channels, offset, parts)
        else:
            place(matrix, is_map, xs, ys, step, made, v, left, n, x, y)
            count = split(x, y, n, 0, right, bottom, pitch, channels, offset, parts)
            if count == 0 and is_far(x, y, n, height, width, 2, 0, border):
                fill_row(fill[0], n * channels, out, v, left * channels)
                continue
        if count > 0 and channels == 1:
            fetch_pairs(flat, pitch, offset, n, q)
        elif count > 0:
            for i in range(4):
                fetch_pixels(flat, (i // 2) * pitch + (i % 2) * channels, offset, n, channels, q, i * size)
        if count < n:
            complete(source, x, y, n, channels, 2, 0, right, bottom, border, fill[0], q, apart, across, down, parts)
        if channels == 1:
            mix_pairs(q, parts, n, out, v, left, limits)
            continue
        spread(parts, 0, n, channels, spread_parts)
        spread(parts, 1, n, channels, spread_parts)
        mix_four(q, size, spread_parts, n * channels, out, v, left * channels, limits)


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
