"""Bilateral filtering over bands of rows.

Each pixel sums weighted differences from itself, so that flat places come out unchanged to the last bit. Offsets come
in opposite pairs, which share the weight of their distance.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from numba import types
from numba.extending import overload

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._compiler import CALLEE
from imgproc.primitives._correlate_numba import TILE, Index, inline

BLOCK = 1024
"""Columns handled at once, so that the rows of a window stay in the cache."""


def power_of_two(t):
    """Return 2**t for t <= 0."""
    return 2.0**t


@overload(power_of_two, jit_options=CALLEE | {"fastmath": {"contract"}})
def _power_of_two(t):
    if t is not types.float32:
        return lambda t: np.exp2(t)

    def vectorised(t):
        """Split off the integer part into the exponent; the rest by a polynomial, to 2e-7 of the result."""
        shifted = t + np.float32(12582912.0)
        f = t - (shifted - np.float32(12582912.0))
        p = np.float32(1.5403530e-4) * f + np.float32(1.33335581e-3)
        p = p * f + np.float32(9.61812911e-3)
        p = p * f + np.float32(5.55041087e-2)
        p = p * f + np.float32(2.40226507e-1)
        p = p * f + np.float32(6.93147181e-1)
        p = p * f + np.float32(1.0)
        bits = np.int32((np.float32(shifted).view(np.int32) + np.int32(127)) << np.int32(23))
        # the comparison lets a NaN pass
        return np.float32(0.0) if t < np.float32(-126.0) else p * bits.view(np.float32)

    return vectorised


@inline
def lift_channel(source, plane, channel, channels, row, column_index, fill, tile, c, into):
    """Fill row `into` of channel `c` of the tile; `channel` of `channels` that interleave in a plane of the source."""
    for x in range(len(column_index)):
        column = column_index[x]
        outside = row < 0 or column < 0
        tile[c, into, x] = fill if outside else source[plane, row, column * channels + channel]


@inline
def lift_rows(source, channels, row_index, column_index, fill, tile, top, begin, end):
    """Fill rows begin <= i < end of every channel of the tile, whose row 0 is position `top` of `row_index`."""
    for i in range(begin, min(end, len(row_index) - top)):
        for c in range(len(tile)):
            lift_channel(
                source, c // channels, c % channels, channels, row_index[top + i], column_index, fill, tile, c, i
            )


@inline
def add_gray_pair(tile, i, radius, dy, dx, bias, scale, total, norm, start, stop):
    m, a, b = Index(i), Index(i + dy), Index(i - dy)
    s, sa, sb = Index(radius), Index(radius + dx), Index(radius - dx)
    for x in range(Index(start), Index(stop)):
        center = tile[0, m, s + x]
        on, back = tile[0, a, sa + x] - center, tile[0, b, sb + x] - center
        weight_on, weight_back = power_of_two(bias + scale * (on * on)), power_of_two(bias + scale * (back * back))
        total[0, x] += weight_on * on + weight_back * back
        norm[0, x] += weight_on + weight_back


@inline
def add_pair(tile, i, radius, dy, dx, bias, scale, total, norm, weights, start, stop):
    """Add a pair of offsets for any number of channels; `weights` are a row of the offset and one of its opposite."""
    m, a, b = Index(i), Index(i + dy), Index(i - dy)
    s, sa, sb = Index(radius), Index(radius + dx), Index(radius - dx)
    zero, one = Index(0), Index(1)
    for channel in range(len(tile)):
        c = Index(channel)
        for x in range(Index(start), Index(stop)):
            on, back = tile[c, a, sa + x] - tile[c, m, s + x], tile[c, b, sb + x] - tile[c, m, s + x]
            before, earlier = weights[zero, x], weights[one, x]
            weights[zero, x] = (before if channel > 0 else bias) + scale * (on * on)
            weights[one, x] = (earlier if channel > 0 else bias) + scale * (back * back)
    for x in range(Index(start), Index(stop)):
        weights[zero, x], weights[one, x] = power_of_two(weights[zero, x]), power_of_two(weights[one, x])
        norm[0, x] += weights[zero, x] + weights[one, x]
    for channel in range(len(tile)):
        c = Index(channel)
        for x in range(Index(start), Index(stop)):
            on, back = tile[c, a, sa + x] - tile[c, m, s + x], tile[c, b, sb + x] - tile[c, m, s + x]
            total[c, x] += weights[zero, x] * on + weights[one, x] * back


@inline
def store(tile, i, radius, total, norm, least, greatest, out, channels, y):
    """Write row `y`; where `least` < `greatest`, round half to even and saturate (float32 only)."""
    shift = np.float32(12582912.0)
    for c in range(len(tile)):
        plane, channel = c // channels, c % channels
        for x in range(total.shape[1]):
            # where the centre is not finite, the sum is NaN and must stay so
            value = tile[c, i, radius + x] + total[c, x] / norm[0, x]
            if least < greatest:
                out[plane, y, x * channels + channel] = np.int32((min(max(value, least), greatest) + shift) - shift)
            else:
                out[plane, y, x * channels + channel] = value


def bilateral(
    source, out, offsets, biases, scale, row_index, column_index, channels, fill, least, greatest, first, last
):  # fmt: skip
    """Make rows first <= y < last of one image.

    `source` is (planes, H, W * channels), channels of the image being both. `offsets` are half of those in the window,
    (dy, dx) with the opposite left out; exponents are of 2, `biases` those of the distance and `scale` of the squared
    difference.
    """
    kept, wide, width = len(row_index) - out.shape[1], len(column_index), out.shape[2] // channels
    depth, radius = len(source) * channels, kept // 2
    tile = empty((depth, kept + TILE, wide), biases.dtype)
    total, norm = empty((depth, width), biases.dtype), empty((1, width), biases.dtype)
    weights = empty((2, width), biases.dtype)
    rows = row_index[: last + kept]
    lift_rows(source, channels, rows, column_index, fill, tile, first, 0, kept)
    for top in range(first, last, TILE):
        lift_rows(source, channels, rows, column_index, fill, tile, top, kept, kept + TILE)
        for y in range(top, min(top + TILE, last)):
            i = y - top + radius
            total[:] = 0
            norm[:] = 1
            for start in range(0, width, BLOCK):
                stop = min(start + BLOCK, width)
                for k in range(len(offsets)):
                    dy, dx, bias = offsets[k, 0], offsets[k, 1], biases[k]
                    if depth == 1:
                        add_gray_pair(tile, i, radius, dy, dx, bias, scale, total, norm, start, stop)
                    else:
                        add_pair(tile, i, radius, dy, dx, bias, scale, total, norm, weights, start, stop)
            store(tile, i, radius, total, norm, least, greatest, out, channels, y)
        for c in range(depth):
            for r in range(kept):
                for x in range(wide):
                    tile[c, r, x] = tile[c, r + TILE, x]
