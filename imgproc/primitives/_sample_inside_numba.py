"""Pixels read where all that they are made of lies inside the image: straight from it, without a question.

An image of one channel or three is read at many positions at once, a vector to a channel; one of two or four a pixel at
a time, a vector to a pixel. The rows that come next are asked for ahead, since processors foresee no slanted reads.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index
from imgproc.primitives._gather_numba import (
    WORD,
    copy_word,
    int32_of,
    last_pairs,
    pairs,
    prefetch,
    put_triples,
    singles,
    sixes,
    stored,
)
from imgproc.primitives._vectors_numba import (
    four_of,
    inlined,
    lanes_of,
    lift,
    put,
    select,
    spread,
    start_of,
    take,
    vector_of,
    zero_of,
)

GATHERED = 2**31
"""Elements of an image that the int32 offsets of `copy_gray`, `mix_gray` and `mix_rgb` can tell apart."""


@inlined
def copy_pixels(flat, offset, n, channels, out, to):
    """Copy pixels of two to four channels from each offset to the flat index `to` and behind."""
    depth, into, made = Index(channels), Index(to), out.reshape(-1)
    for k in range(Index(n - 1)):
        copy_word(made, into + k * depth, flat, Index(np.uint32(offset[k])))  # what is too much, the next overwrites
    for c in range(depth):
        made[into + Index(n - 1) * depth + c] = flat[Index(np.uint32(offset[n - 1])) + c]


@inlined
def prefetch_rows(flat, offset, n, below):
    """Ask for the pixels that lie `below` elements behind every eighth offset: a later row will read them."""
    source, places = start_of(flat), start_of(offset)
    for k in range(0, n, 8):
        prefetch(source, np.int64(np.uint32(take(places, k, np.int32(0)))) + below)


def _through(make):
    """Make a function of n pixels of a row of `make`, which makes as many as there are in a vector."""

    @inlined
    def run(flat, offset, parts, n, options, out, to):
        """Make pixels at the positions in `offset` and `parts`; write them from the flat index `to` on."""
        source, into, places = start_of(flat), start_of(out), (start_of(offset), start_of(parts), len(offset))
        many, one = vector_of(parts), zero_of(vector_of(parts))
        whole, k = lanes_of(many), 0
        while k + whole <= n:
            make(source, places, k, options, into, to, many)
            k += whole
        if n > whole and k < n:  # once more, up to the end
            make(source, places, n - whole, options, into, to, many)
            return
        for i in range(k, n):
            make(source, places, i, options, into, to, one)

    return run


@inlined
def placed(places, k, pitch, like):
    """Return where the pixels above and below positions lie, and the fractions."""
    offset, parts, strip = places
    at = take(offset, k, int32_of(like))
    return at, at + spread(np.int32(pitch), at), take(parts, k, like), take(parts, k + strip, like)


@inlined
def copy_ones(source, places, k, size, into, to, like):
    put(into, to + k, singles(source, take(places[0], k, int32_of(like)), size))


@inlined
def mix_ones(source, places, k, options, into, to, like):
    pitch, is_rounded = options
    above, below, s, t = placed(places, k, pitch, like)
    made = mix_corners(pairs(source, above), last_pairs(source, below), s, t, is_rounded)
    put(into, to + k, stored(made, into))


@inlined
def mix_triples(source, places, k, options, into, to, like):
    pitch, is_rounded = options
    above, below, s, t = placed(places, k, pitch, like)
    a, b, c, d, e, f = sixes(source, above)
    u, v, w, x, y, z = sixes(source, below)
    red, green = mix_corners((a, d), (u, x), s, t, is_rounded), mix_corners((b, e), (v, y), s, t, is_rounded)
    blue = mix_corners((c, f), (w, z), s, t, is_rounded)
    put_triples(into, to + 3 * k, stored(red, into), stored(green, into), stored(blue, into))


copy_gray = _through(copy_ones)
"""Copies the pixels at each offset of an image of one channel; its option is the size of `flat`."""

mix_gray, mix_rgb = _through(mix_ones), _through(mix_triples)
"""Mix the four pixels about each position in images of one channel, and of three.

Their options are the pitch, and whether to round.
"""


@allocating
def mix_pixels(flat, offset, parts, n, pitch, channels, out, to, is_rounded):
    """Do as `mix_rgb` in an image of two to four channels, one pixel at a time; of any size."""
    source, into, last = start_of(flat), start_of(out), empty(WORD, out.dtype)
    like, pixel, depth = four_of(parts), four_of(flat), channels
    for k in range(n):
        i = np.int64(np.uint32(offset[Index(k)]))
        s, t = spread(parts[Index(0), Index(k)], like), spread(parts[Index(1), Index(k)], like)
        upper = take(source, i, pixel), take(source, i + depth, pixel)
        lower = take(source, i + pitch, pixel), take(source, i + pitch + depth, pixel)
        made = stored(mix_corners(upper, lower, s, t, is_rounded), into)
        if k < n - 1:
            put(into, to + k * depth, made)  # what is too much, the next overwrites
        else:
            put(last, 0, made)
    for c in range(depth):
        put(into, to + (n - 1) * depth + c, last[Index(c)])


@inlined
def mix_corners(upper, lower, s, t, is_rounded):
    """Mix two pairs of neighbours; round half to even if so (float32 only; where there is no NaN)."""
    (a, b), (c, d), one = upper, lower, spread(1.0, s)
    a, b, c, d = lift(a, s), lift(b, s), lift(c, s), lift(d, s)
    if is_rounded:
        shift = spread(12582912.0, s)  # as in store_row of _correlate_numba.py
        upper, lower = a * (one - s) + b * s, c * (one - s) + d * s
        return (upper * (one - t) + lower * t + shift) - shift
    upper, lower = a * (one - s) + weigh(s, b), c * (one - s) + weigh(s, d)
    return upper * (one - t) + weigh(t, lower)


@inlined
def weigh(weight, value):
    """weight * value, where a weight of zero makes zero of anything."""
    return select(weight == spread(0.0, weight), weight, weight * value)
