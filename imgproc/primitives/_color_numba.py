"""Colour, pixel by pixel, interleaved or in planes.

What takes a few operations is one loop from memory to memory. What takes roots goes by blocks: three short planes of
floats that stay in the first-level cache, since a loop with so long a body would not vectorise; whole blocks are worked
on, also at the end of a band, so that a pixel meets the same instructions wherever it lies.

Roots are an estimate from the bits of the float and two steps of a series; unlike a call of the C library they
vectorise. `T` is the type of the work floats: a plain literal would make every product a float64.
"""

# mypy: ignore-errors

import math

import numpy as np
from numba import types
from numba.extending import overload

from imgproc.primitives._arrays_numba import zeros
from imgproc.primitives._compiler import CALLEE
from imgproc.primitives._correlate_numba import Index, inline

BLOCK = 512
CODED_KNEE, LINEAR_KNEE, SLOPE, DARK = 0.04045, 0.0031308, 12.92, 6 / 29


def unit(x, low, span, T):
    """Map an integer to [0, 1]; floats are there already."""


@overload(unit, jit_options=CALLEE)
def _overload_unit(x, low, span, T):
    if isinstance(x, types.Float):
        return lambda x, low, span, T: x
    return lambda x, low, span, T: (T(x) - low) / span


def light(x, table, low, span, T):
    """Return the linear light of a coded value: of bytes by the table."""


@overload(light, jit_options=CALLEE)
def _overload_light(x, table, low, span, T):
    if x == types.uint8:
        return lambda x, table, low, span, T: table[np.uintp(x)]
    return lambda x, table, low, span, T: decode_value(unit(x, low, span, T), T)


def estimate_inverse_root(x, n, shift):
    """Return x ** (-1 / n) within some 4 %: halving an exponent is dividing the bits of the float."""


@overload(estimate_inverse_root, jit_options=CALLEE)
def _overload_estimate(x, n, shift):
    if x == types.float32:

        def estimate(x, n, shift):
            bits = np.float32(np.float32(x).view(np.int32))
            origin = np.float32(((1 + 1 / n) * 127 - shift) * 2.0**23)
            return np.int32(origin - bits * np.float32(1 / n)).view(np.float32)
    else:

        def estimate(x, n, shift):
            bits = np.float64(np.float64(x).view(np.int64))
            return np.int64(((1 + 1 / n) * 1023 - shift) * 2.0**52 - bits * (1 / n)).view(np.float64)

    return estimate


@inline
def cube_root(x, T):
    """Return the root of a normal x > 0 within 1 ulp."""
    r = estimate_inverse_root(x, 3, 0.058)
    for _ in range(2):
        e = T(1) - x * r * r * r
        r += r * e * (T(1 / 3) + e * (T(2 / 9) + e * T(14 / 81)))
    y = x * r * r
    return y - (y * y * y - x) * (r * r) * T(1 / 3)


@inline
def power_twelve_fifths(x, T):
    """Return x ** 2.4 of a normal x > 0 within 6 ulp: the cube of x times its inverse fifth root."""
    r = estimate_inverse_root(x, 5, 0.06)
    e = T(1) - x * r * r * r * r * r
    r += r * e * (T(1 / 5) + e * (T(3 / 25) + e * (T(11 / 125) + e * T(44 / 625))))
    square = r * r
    e = T(1) - x * r * (square * square)
    step = e * (T(1 / 5) + e * (T(3 / 25) + e * T(11 / 125)))
    y = x * r
    cube = y * y * y
    return cube + cube * (step * (T(3) + step * (T(3) + step)))


@inline
def decode_value(coded, T):
    length = abs(coded)
    is_curved = length > T(CODED_KNEE)
    is_finite = length < T(np.inf)
    curve = power_twelve_fifths((length + T(0.055)) / T(1.055) if is_curved & is_finite else T(1), T)
    signed = math.copysign(curve if is_finite else length, coded)
    return signed if is_curved else coded / T(SLOPE)


@inline
def encode_value(linear, T):
    length = abs(linear)
    is_curved = length > T(LINEAR_KNEE)
    is_finite = length < T(np.inf)
    x = length if is_curved & is_finite else T(1)
    power = math.sqrt(math.sqrt(x) * cube_root(x, T))  # x ** (5 / 12)
    signed = math.copysign(power + T(0.055) * (power - T(1)) if is_finite else length, linear)
    return signed if is_curved else linear * T(SLOPE)


@inline
def lab_root(t, T):
    is_curved = t > T(DARK * DARK * DARK)
    is_finite = t < T(np.inf)
    root = cube_root(t if is_curved & is_finite else T(1), T)
    return (root if is_finite else t) if is_curved else t * T(841 / 108) + T(4 / 29)


@inline
def lab_cube(f, T):
    return f * f * f if f > T(DARK) else (f - T(4 / 29)) * T(108 / 841)


@inline
def load(source, start, count, is_interleaved, table, low, span, is_coded, block):
    """Fill the block with pixels start <= p < start + count of RGBRGB... or of RR... GG... BB..., decoded if coded."""
    T = block.dtype.type
    zero, one, two = Index(0), Index(1), Index(2)
    if is_coded and len(table) > 0:
        pixels = Index(len(source) // 3)
        step, shift = (Index(3), one) if is_interleaved else (one, pixels)
        for c in range(Index(3)):
            a = Index(start) * step + c * shift
            for i in range(Index(count)):
                block[c, i] = light(source[a + i * step], table, low, span, T)
        return
    if is_interleaved:
        a = Index(3 * start)
        for i in range(Index(count)):
            j = a + Index(3) * i
            block[zero, i] = unit(source[j], low, span, T)
            block[one, i] = unit(source[j + one], low, span, T)
            block[two, i] = unit(source[j + two], low, span, T)
    else:
        for c in range(Index(3)):
            a = Index(len(source) // 3) * c + Index(start)
            for i in range(Index(count)):
                block[c, i] = unit(source[a + i], low, span, T)
    if is_coded:
        for c in range(Index(3)):
            for i in range(Index(BLOCK)):
                block[c, i] = decode_value(block[c, i], T)


@inline
def store(block, out, start, count, is_interleaved):
    zero, one, two = Index(0), Index(1), Index(2)
    if is_interleaved:
        a = Index(3 * start)
        for i in range(Index(count)):
            j = a + Index(3) * i
            out[j], out[j + one], out[j + two] = block[zero, i], block[one, i], block[two, i]
        return
    for c in range(Index(3)):
        a = Index(len(out) // 3) * c + Index(start)
        for i in range(Index(count)):
            out[a + i] = block[c, i]


@inline
def mix_block(block, weights):
    """Make middle + w0 (first - middle) + w1 (last - middle) for three pairs of weights."""
    zero, one, two = Index(0), Index(1), Index(2)
    a, b, c, d, e, f = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for i in range(Index(BLOCK)):
        middle = block[one, i]
        first, last = block[zero, i] - middle, block[two, i] - middle
        block[zero, i] = middle + a * first + b * last
        block[one, i] = middle + c * first + d * last
        block[two, i] = middle + e * first + f * last


@inline
def encode_block(block):
    T = block.dtype.type
    for c in range(Index(3)):
        for i in range(Index(BLOCK)):
            block[c, i] = encode_value(block[c, i], T)


def xyz_of_rgb(source, out, table, low, span, weights, is_interleaved, first, last):
    block = zeros((3, BLOCK), out.dtype)
    x_white, z_white = weights[6], weights[8]
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        load(source, start, count, is_interleaved, table, low, span, True, block)
        mix_block(block, weights)
        for i in range(Index(BLOCK)):
            block[Index(0), i] *= x_white
            block[Index(2), i] *= z_white
        store(block, out, start, count, is_interleaved)


def rgb_of_xyz(source, out, table, low, span, weights, is_interleaved, first, last):
    block = zeros((3, BLOCK), out.dtype)
    x_white, z_white = weights[6], weights[8]
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        load(source, start, count, is_interleaved, table, low, span, False, block)
        for i in range(Index(BLOCK)):
            block[Index(0), i] /= x_white
            block[Index(2), i] /= z_white
        mix_block(block, weights)
        encode_block(block)
        store(block, out, start, count, is_interleaved)


@inline
def lab_block(block, weights):
    """Make Lab of linear RGB."""
    T = block.dtype.type
    zero, one, two = Index(0), Index(1), Index(2)
    mix_block(block, weights)
    for c in range(Index(3)):
        for i in range(Index(BLOCK)):
            block[c, i] = lab_root(block[c, i], T)
    for i in range(Index(BLOCK)):
        x, y, z = block[zero, i], block[one, i], block[two, i]
        block[zero, i], block[one, i], block[two, i] = T(116) * y - T(16), T(500) * (x - y), T(200) * (y - z)


def lab_of_rgb(source, out, table, low, span, weights, is_interleaved, first, last):
    block = zeros((3, BLOCK), out.dtype)
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        load(source, start, count, is_interleaved, table, low, span, True, block)
        lab_block(block, weights)
        store(block, out, start, count, is_interleaved)


def rgb_of_lab(source, out, table, low, span, weights, is_interleaved, first, last):
    T = out.dtype.type
    zero, one, two = Index(0), Index(1), Index(2)
    block = zeros((3, BLOCK), out.dtype)
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        load(source, start, count, is_interleaved, table, low, span, False, block)
        for i in range(Index(BLOCK)):
            y = (block[zero, i] + T(16)) / T(116)
            block[zero, i] = lab_cube(y + block[one, i] / T(500), T)
            block[two, i] = lab_cube(y - block[two, i] / T(200), T)
            block[one, i] = lab_cube(y, T)
        mix_block(block, weights)
        encode_block(block)
        store(block, out, start, count, is_interleaved)


@inline
def pixel_hsv_of_rgb(r, g, b, low, span, T):
    r, g, b = unit(r, low, span, T), unit(g, low, span, T), unit(b, low, span, T)
    greater, lesser = (r, g) if r > g else (g, r)
    value = b if b > greater else greater
    chroma = value - (b if b < lesser else lesser)
    is_gray, is_black = chroma == 0, value == 0
    above = g - b if value == r else (b - r if value == g else r - g)
    base = T(0) if value == r else (T(2) if value == g else T(4))
    turn = (base + above / (T(1) if is_gray else chroma)) / T(6)
    hue = T(0) if is_gray else (turn + T(1) if turn < 0 else turn)
    saturation = T(0) if is_black else chroma / (T(1) if is_black else value)
    told = (r == r) & (g == g) & (b == b)  # comparisons have skipped a NaN
    nan = T(np.nan)
    return hue if told else nan, saturation if told else nan, value if told else nan


@inline
def hsv_channel(n, sixth, value, colored, T):
    k = n + sixth
    k = k - T(6) if k >= T(6) else k
    rest = T(4) - k
    share = rest if rest < k else k
    share = T(1) if share > T(1) else share
    return value - colored * (T(0) if share < T(0) else share)


@inline
def pixel_rgb_of_hsv(hue, saturation, value, low, span, T):
    hue, saturation, value = unit(hue, low, span, T), unit(saturation, low, span, T), unit(value, low, span, T)
    sixth = T(6) * (hue - np.floor(hue))
    colored = value * saturation
    return (
        hsv_channel(T(5), sixth, value, colored, T),
        hsv_channel(T(3), sixth, value, colored, T),
        hsv_channel(T(1), sixth, value, colored, T),
    )


@inline
def pixel_ycbcr_of_rgb(r, g, b, low, span, w, T):
    r, g, b = unit(r, low, span, T), unit(g, low, span, T), unit(b, low, span, T)
    y = g + w[6] * (r - g) + w[7] * (b - g)
    return y * w[0] + w[1], (b - y) * w[4] + w[3], (r - y) * w[5] + w[3]


@inline
def pixel_rgb_of_ycbcr(y, blue, red, low, span, w, T):
    y, blue, red = unit(y, low, span, T), unit(blue, low, span, T), unit(red, low, span, T)
    y = (y - w[1]) / w[0]
    b, r = (blue - w[3]) * w[4], (red - w[3]) * w[5]
    return y + r, y - r * w[6] - b * w[7], y + b


def hsv_of_rgb(source, out, table, low, span, weights, is_interleaved, first, last):
    T, one, two = out.dtype.type, Index(1), Index(2)
    second, third = Index(len(out) // 3), Index(len(out) // 3 * 2)
    if is_interleaved:
        for p in range(Index(first), Index(last)):
            i, j, k = Index(3) * p, Index(3) * p + one, Index(3) * p + two
            out[i], out[j], out[k] = pixel_hsv_of_rgb(source[i], source[j], source[k], low, span, T)
    else:
        for i in range(Index(first), Index(last)):
            j, k = second + i, third + i
            out[i], out[j], out[k] = pixel_hsv_of_rgb(source[i], source[j], source[k], low, span, T)


def rgb_of_hsv(source, out, table, low, span, weights, is_interleaved, first, last):
    T, one, two = out.dtype.type, Index(1), Index(2)
    second, third = Index(len(out) // 3), Index(len(out) // 3 * 2)
    if is_interleaved:
        for p in range(Index(first), Index(last)):
            i, j, k = Index(3) * p, Index(3) * p + one, Index(3) * p + two
            out[i], out[j], out[k] = pixel_rgb_of_hsv(source[i], source[j], source[k], low, span, T)
    else:
        for i in range(Index(first), Index(last)):
            j, k = second + i, third + i
            out[i], out[j], out[k] = pixel_rgb_of_hsv(source[i], source[j], source[k], low, span, T)


def ycbcr_of_rgb(source, out, table, low, span, weights, is_interleaved, first, last):
    T, one, two = out.dtype.type, Index(1), Index(2)
    second, third = Index(len(out) // 3), Index(len(out) // 3 * 2)
    if is_interleaved:
        for p in range(Index(first), Index(last)):
            i, j, k = Index(3) * p, Index(3) * p + one, Index(3) * p + two
            out[i], out[j], out[k] = pixel_ycbcr_of_rgb(source[i], source[j], source[k], low, span, weights, T)
    else:
        for i in range(Index(first), Index(last)):
            j, k = second + i, third + i
            out[i], out[j], out[k] = pixel_ycbcr_of_rgb(source[i], source[j], source[k], low, span, weights, T)


def rgb_of_ycbcr(source, out, table, low, span, weights, is_interleaved, first, last):
    T, one, two = out.dtype.type, Index(1), Index(2)
    second, third = Index(len(out) // 3), Index(len(out) // 3 * 2)
    if is_interleaved:
        for p in range(Index(first), Index(last)):
            i, j, k = Index(3) * p, Index(3) * p + one, Index(3) * p + two
            out[i], out[j], out[k] = pixel_rgb_of_ycbcr(source[i], source[j], source[k], low, span, weights, T)
    else:
        for i in range(Index(first), Index(last)):
            j, k = second + i, third + i
            out[i], out[j], out[k] = pixel_rgb_of_ycbcr(source[i], source[j], source[k], low, span, weights, T)


def decode_values(source, out, table, low, span, first, last):
    T = out.dtype.type
    for i in range(Index(first), Index(last)):
        out[i] = light(source[i], table, low, span, T)


def encode_values(source, out, table, low, span, first, last):
    T = out.dtype.type
    for i in range(Index(first), Index(last)):
        out[i] = encode_value(unit(source[i], low, span, T), T)
