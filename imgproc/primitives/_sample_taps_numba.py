"""Cubic and Lanczos interpolation at any positions: as linear in _sample_numba.py, with more pixels about each."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._gather_numba import WORD, copy_word
from imgproc.primitives._positions_numba import FAR, INSIDE, is_far, locate, pieces, place, split, values
from imgproc.primitives._sample_numba import complete, fetch_pixels, fill_rows, margin, weigh

STRIP = 128
"""Positions handled at once: of each, 16 or 36 pixels wait in the cache."""


def cubic(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last):
    """Mix the 16 pixels about each position by Keys' kernel (a = -1/2), for rows first <= v < last."""
    read(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last, 4)


def lanczos(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last):
    """Mix the 36 pixels about each position by Lanczos' kernel of three lobes, for rows first <= v < last."""
    read(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last, 6)


@allocating
def read(planes, outs, matrix, is_map, xs, ys, step, channels, border, fill, limits, first, last, taps):
    made, height, pitch, count = outs.shape[2] // channels, planes.shape[1], planes.shape[2], len(planes)
    width, flats, reach, lead = pitch // channels, planes.reshape(count, -1), margin(channels), taps // 2 - 1
    right, bottom = width - taps + lead + 1 - reach, height - taps + lead + 1
    x, y, parts, offset = empty(STRIP), empty(STRIP), empty((2, STRIP)), empty(STRIP, np.int32)
    weights = empty((2 * taps, STRIP * channels), limits.dtype)
    size = STRIP * channels + WORD
    q = empty(taps * taps * size, planes.dtype)
    mixed = empty((2, STRIP * channels), limits.dtype)
    is_woven = channels == 1 and taps == WORD
    apart, across, down = (WORD, 1, WORD * STRIP) if is_woven else (channels, size, taps * size)
    entries = values(matrix)
    for v, left, n, state in pieces(entries, is_map, 0.0, taps, reach, width, height, border, STRIP, made, first, last):
        if state == FAR:
            fill_rows(fill[0], n * channels, outs, v, left * channels)
            continue
        if state == INSIDE:
            inside = locate(entries, v, left, n, lead, right, bottom, pitch, channels, offset, parts)
        else:
            place(entries, is_map, xs, ys, step, made, v, left, n, x, y)
            inside = split(x, y, n, lead, right, bottom, pitch, channels, offset, parts)
            if inside == 0 and is_far(x, y, n, height, width, taps, lead, border):
                fill_rows(fill[0], n * channels, outs, v, left * channels)
                continue
        for p in range(count):
            source, flat, out = planes[p], flats[p], outs[p]
            if inside > 0 and is_woven:
                for i in range(taps):
                    fetch_words(flat, i * pitch, i * WORD * STRIP, offset, n, q)
            elif inside > 0:
                for i in range(taps * taps):
                    shift = (i // taps) * pitch + (i % taps) * channels
                    fetch_pixels(flat, shift, offset, n, channels, q, i * size)
            if inside < n:
                complete(
                    source, x, y, n, channels, taps, lead, right, bottom, border, fill[0], q, apart, across, down, parts
                )
            if p == 0:  # the others share positions and weights
                weigh_taps(parts, n, channels, taps, weights)
            if is_woven:
                for i in range(taps):
                    mix_words(q, i, weights, n, mixed)
            else:
                mix(q, size, weights, taps, n * channels, mixed)
            store(mixed, n * channels, out, v, left * channels, limits)


@inline
def fetch_words(flat, shift, at, offset, n, q):
    """Fetch four neighbours, `shift` elements behind each offset, to q[at + WORD * k] and behind."""
    start, to = Index(shift), Index(at)
    for k in range(Index(n)):
        copy_word(q, to + Index(WORD) * k, flat, start + Index(np.uint32(offset[k])))


@inline
def mix_words(q, i, weights, n, mixed):
    """Add row i of what `fetch_words` fetched to mixed[0]."""
    work, w, at = mixed.dtype.type, Index(4 + i), Index(i * WORD * STRIP)
    a, b, c, d = Index(0), Index(1), Index(2), Index(3)
    if i == 0:
        for k in range(Index(n)):
            mixed[a, k] = 0
    for k in range(Index(n)):
        e = at + Index(WORD) * k
        pair = weigh(weights[a, k], work(q[e])) + weigh(weights[b, k], work(q[e + b]))
        total = pair + (weigh(weights[c, k], work(q[e + c])) + weigh(weights[d, k], work(q[e + d])))
        mixed[a, k] += weigh(weights[w, k], total)


@inline
def weigh_taps(parts, n, channels, taps, weights):
    """Write the weights of columns to rows 0 ... taps - 1, those of rows behind them; repeated for each channel."""
    for axis in range(2):
        if taps == 4:
            weigh_cubic(parts, axis, n, weights)
        else:
            weigh_lanczos(parts, axis, n, weights)
    if channels > 1:
        for i in range(2 * taps):
            for k in range(n - 1, -1, -1):  # from the end: what is written has been read
                for c in range(channels):
                    weights[Index(i), Index(k * channels + c)] = weights[Index(i), Index(k)]


@inline
def weigh_cubic(parts, axis, n, weights):
    a, i = Index(axis), Index(4 * axis)
    for k in range(Index(n)):
        t = parts[a, k]
        weights[i, k] = t * (t * (1 - 0.5 * t) - 0.5)
        weights[i + Index(1), k] = t * t * (1.5 * t - 2.5) + 1
        weights[i + Index(2), k] = t * (t * (2 - 1.5 * t) + 0.5)
        weights[i + Index(3), k] = t * t * (0.5 * t - 0.5)


@inline
def series(q, coefficients):
    total = coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        total = total * q + coefficients[i]
    return total


def _taylor(scale, first, count):
    """Coefficients of the sine (first 1) or cosine (first 0) of scale * t in powers of t²."""
    return tuple((-1) ** i * scale ** (2 * i + first) / math.factorial(2 * i + first) for i in range(count))


SINE = _taylor(math.pi, 1, 11)
SLOW_SINE = _taylor(math.pi / 3, 1, 9)
SLOW_COSINE = _taylor(math.pi / 3, 0, 10)
HALF_ROOT = math.sqrt(3) / 2


@inline
def weigh_lanczos(parts, axis, n, weights):
    """Weights are sin(pi d) sin(pi d / 3) / d², scaled to sum to 1; series, since calls of sin would not vectorise."""
    a, i = Index(axis), Index(6 * axis)
    for k in range(Index(n)):
        t = parts[a, k]
        u = 1 - t
        m = min(t, u)  # sines are exact to the last bits also near 0 and 1
        wave = m * series(m * m, SINE)
        sine, cosine = series(t * t, SLOW_SINE), HALF_ROOT * series(t * t, SLOW_COSINE)
        # at 0 and 1 the wave is 0, and one weight alone is left
        here = wave * sine / t if t > 0 else SINE[0] * SLOW_SINE[0]
        there = wave * series(u * u, SLOW_SINE) / u if u > 0 else SINE[0] * SLOW_SINE[0]
        sine = 0.5 * t * sine
        first = wave * (cosine - sine) / ((t + 2) * (t + 2))
        second = -wave * (cosine + sine) / ((t + 1) * (t + 1))
        fifth = -wave * (cosine + sine) / ((u + 1) * (u + 1))
        sixth = wave * 2 * sine / ((u + 2) * (u + 2))
        scale = 1 / (first + second + here + there + fifth + sixth)
        weights[i, k], weights[i + Index(1), k] = first * scale, second * scale
        weights[i + Index(2), k], weights[i + Index(3), k] = here * scale, there * scale
        weights[i + Index(4), k], weights[i + Index(5), k] = fifth * scale, sixth * scale


@inline
def mix(q, size, weights, taps, n, mixed):
    """Sum over the columns of each row, then over the rows; the result is in mixed[0]."""
    for i in range(taps):
        for j in range(0, taps, 2):
            add_pair(q, (i * taps + j) * size, size, weights, j, n, mixed, j > 0)
        add_row(weights, taps + i, n, mixed, i > 0)


@inline
def add_pair(q, at, size, weights, j, n, mixed, is_more):
    a, b, w, one = Index(at), Index(at + size), Index(j), Index(1)
    work = mixed.dtype.type
    if is_more:
        for k in range(Index(n)):
            pair = weigh(weights[w, k], work(q[a + k])) + weigh(weights[w + one, k], work(q[b + k]))
            mixed[one, k] += pair
    else:
        for k in range(Index(n)):
            pair = weigh(weights[w, k], work(q[a + k])) + weigh(weights[w + one, k], work(q[b + k]))
            mixed[one, k] = pair


@inline
def add_row(weights, i, n, mixed, is_more):
    w, zero, one = Index(i), Index(0), Index(1)
    if is_more:
        for k in range(Index(n)):
            mixed[zero, k] += weigh(weights[w, k], mixed[one, k])
    else:
        for k in range(Index(n)):
            mixed[zero, k] = weigh(weights[w, k], mixed[one, k])


@inline
def store(mixed, n, out, v, left, limits):
    """As `store_row`, for a part of a row."""
    o, e, zero, least, greatest = Index(v), Index(left), Index(0), limits[0], limits[1]
    if least < greatest:
        shift = np.float32(12582912.0)
        for k in range(Index(n)):
            out[o, e + k] = np.int32((min(max(mixed[zero, k], least), greatest) + shift) - shift)
    else:
        for k in range(Index(n)):
            out[o, e + k] = mixed[zero, k]
