"""Hysteresis on rows of bits: 64 pixels in a word, of which whole runs are filled in a few instructions.

`weak` has a bit for every pixel that may be an edge, `found` for every one that is, `pending` for those found whose
neighbours have not been looked at. One walk down and one up, several words at a time, find most; a word where more was
left waits on a stack as long as it has pending bits. It returns there only with bits newly found, so the work is
bounded by their number, however winding the edges are.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._vectors_numba import bits_of, inlined, lanes_of, put, put_bits, spread, take, vector_of

WORD = 64
ZERO, ONE = np.uint64(0), np.uint64(1)
HALF, LAST = np.uint64(WORD // 2), np.uint64(WORD - 1)


@inlined
def fill_runs(seeds, weak, like):
    """Return the bits of the runs of `weak` that hold one of `seeds`, which are bits of `weak`."""
    up = seeds | (weak & ~(weak + seeds))  # a carry runs to the end
    down, is_open, shift = seeds, weak, ONE
    while shift <= HALF:  # each step doubles how far a seed reaches
        steps = spread(shift, like)
        down |= is_open & (down >> steps)
        is_open &= is_open >> steps
        shift += shift
    return up | down


@inlined
def spread_found(weak, found, pending, stack, first, last):
    """Go on from every strong pixel of rows first <= y < last to the weak ones that hang on to it within them."""
    words = weak.shape[1]
    for y in range(first, last):
        fill_row_of_words(weak, found, y * words, max(y - 1, first) * words, words)
    for y in range(last - 1, first - 1, -1):
        fill_row_of_words(weak, found, y * words, min(y + 1, last - 1) * words, words)
    room = stack[first * words : last * words]
    waiting = 0
    for y in range(first, last):
        above, below = max(y - 1, first), min(y + 1, last - 1)
        before, here = ZERO, found[above, 0] | found[y, 0] | found[below, 0]
        for word in range(words):
            after = ZERO
            if word + 1 < words:
                after = found[above, word + 1] | found[y, word + 1] | found[below, word + 1]
            near = here | (here << ONE) | (here >> ONE) | (before >> LAST) | (after << LAST)
            before, here = here, after
            seeds = near & weak[y, word] & ~found[y, word]
            if seeds != 0:
                pending[y, word] = fill_runs(seeds, weak[y, word], ZERO) & ~found[y, word]
                found[y, word] |= pending[y, word]
                room[waiting] = y * words + word
                waiting += 1
    empty_stack(weak, found, pending, room, waiting, first, last)


@inlined
def fill_row_of_words(weak, found, start, beyond, words):
    """Find what hangs on to the row of words that begins at the flat index `beyond`, and on to what is found here."""
    like = vector_of(weak)
    if words < lanes_of(like):
        for word in range(words):
            fill_words(weak, found, start + word, beyond + word, ZERO)
        return
    for begin in range(0, words, lanes_of(like)):
        word = min(begin, words - lanes_of(like))  # the last vector overlaps the one before
        fill_words(weak, found, start + word, beyond + word, like)


@inlined
def fill_words(weak, found, at, beyond, like):
    open_bits, near, one = take(weak, at, like), take(found, beyond, like), spread(ONE, like)
    seeds = (take(found, at, like) | near | (near << one) | (near >> one)) & open_bits
    put(found, at, fill_runs(seeds, open_bits, like))


@inlined
def empty_stack(weak, found, pending, stack, waiting, first, last):
    """Look at the eight neighbours of all that is pending, within rows first <= y < last."""
    words = weak.shape[1]
    while waiting > 0:
        waiting -= 1
        row, word = stack[waiting] // words, stack[waiting] % words
        new = pending[row, word]
        pending[row, word] = 0
        for other in range(max(word - 1, 0), min(word + 2, words)):
            if other == word:
                near = new | (new << ONE) | (new >> ONE)
            else:
                near = (new & ONE) << LAST if other < word else new >> LAST
            for y in range(max(row - 1, first), min(row + 2, last)):
                seeds = near & weak[y, other] & ~found[y, other]
                if seeds == 0:
                    continue
                if pending[y, other] == 0:
                    stack[waiting] = y * words + other
                    waiting += 1
                hanging = fill_runs(seeds, weak[y, other], ZERO) & ~found[y, other]
                found[y, other] |= hanging
                pending[y, other] |= hanging


def mark_strength(strength, weak, found, pending, stack, is_top, thresholds, first, last):
    """Mark pixels >= thresholds[0] and >= thresholds[1] of rows first <= y < last, and link them within this band."""
    is_top[first] = 1
    words, width = weak.shape[1], strength.shape[1]
    line = np.full(words * WORD, np.nan, thresholds.dtype)
    like = vector_of(line)
    lows, highs = spread(thresholds[0], like), spread(thresholds[1], like)
    for y in range(first, last):
        for x in range(width):
            line[x] = strength[y, x]
        for word in range(words):
            marked, sure = np.uint64(0), np.uint64(0)
            for part in range(0, WORD, lanes_of(like)):
                values = take(line, word * WORD + part, like)
                marked |= bits_of(values >= lows) << np.uint64(part)
                sure |= bits_of(values >= highs) << np.uint64(part)
            weak[y, word], found[y, word] = marked, sure
    spread_found(weak, found, pending, stack, first, last)


def link_bands(weak, found, pending, stack, is_top):
    """Go on across the seams of bands."""
    waiting, words = 0, weak.shape[1]
    for y in range(1, len(weak)):
        if not is_top[y]:
            continue
        for row in (y - 1, y):
            for word in range(words):
                if found[row, word] != 0 and pending[row, word] == 0:
                    pending[row, word] = found[row, word]
                    stack[waiting] = row * words + word
                    waiting += 1
    empty_stack(weak, found, pending, stack, waiting, 0, len(weak))


def paint(found, edges, first, last):
    """Write rows first <= y < last as bytes of 0 and 1."""
    width = edges.shape[1]
    whole = width // WORD
    for y in range(first, last):
        for word in range(whole):
            put_bits(edges, y * width + word * WORD, found[y, word])
        for x in range(whole * WORD, width):
            edges[y, x] = (found[y, whole] >> np.uint64(x - whole * WORD)) & ONE
