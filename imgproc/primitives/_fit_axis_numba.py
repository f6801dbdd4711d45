"""Moving polynomial fits along lines of neighbours, and along columns by whole rows.

Both read the source where it lies: only the ends are brought into a tile that knows the border. Two pairs of weights
are added in one pass over a stretch that stays in the first-level cache.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline

CHUNK = 4096
"""Samples of a line made at once."""

_BLOCK = 1024
"""Elements summed at once."""


@inline
def weigh(source, i, s, down, across, weights, parity, base, out, row, o, count):
    """out[row, o + x] = sum of weights times differences from own = source[i, s + x], plus base * own, for x < count.

    The window's samples lie `down` rows and `across` columns apart, len(weights) // 2 of them after their own. What
    may be large, base * own, is added last.
    """
    after = len(weights) // 2
    for start in range(0, count, _BLOCK):
        width, s0, o0 = min(_BLOCK, count - start), s + start, o + start
        if after == 0:
            scale(source, i, s0, base, out, row, o0, width)
        elif parity == 0:
            first, second = weights[0], weights[1]
            last = base if after == 1 else base * 0
            seed_two(source, i, s0, 1 - after, down, across, first, second, last, out, row, o0, width)
            for k in range(3 - after, after + 1, 2):
                last = base if k + 1 >= after else base * 0
                first, second = weights[after - 1 + k], weights[after + k]
                add_two(source, i, s0, k, down, across, first, second, last, out, row, o0, width)
        elif parity > 0:
            last = base if after <= 2 else base * 0
            first, second = weights[after + 1], weights[min(after + 2, 2 * after)]
            if after % 2:
                seed_bend(source, i, s0, down, across, first, last, out, row, o0, width)
            else:
                seed_two_bends(source, i, s0, down, across, first, second, last, out, row, o0, width)
            for k in range(3 - after % 2, after, 2):
                last = base if k + 2 > after else base * 0
                first, second = weights[after + k], weights[after + k + 1]
                add_two_bends(source, i, s0, k, down, across, first, second, last, out, row, o0, width)
        else:
            if after % 2:
                seed_slope(source, i, s0, down, across, weights[after + 1], base, out, row, o0, width)
            else:
                scale(source, i, s0, base, out, row, o0, width)
            for k in range(1 + after % 2, after, 2):
                first, second = weights[after + k], weights[after + k + 1]
                add_two_slopes(source, i, s0, k, down, across, first, second, out, row, o0, width)


@inline
def scale(source, i, s, base, out, row, o, count):
    m, c, r, o = Index(i), Index(s), Index(row), Index(o)
    for x in range(Index(count)):
        out[r, o + x] = base * source[m, c + x]


@inline
def seed_bend(source, i, s, down, across, weight, base, out, row, o, count):
    m, c, r, o = Index(i), Index(s), Index(row), Index(o)
    a, sa, b, sb = Index(i + down), Index(s + across), Index(i - down), Index(s - across)
    for x in range(Index(count)):
        own = source[m, c + x]
        out[r, o + x] = base * own + weight * ((source[a, sa + x] - own) + (source[b, sb + x] - own))


@inline
def seed_two_bends(source, i, s, down, across, weight, weight2, base, out, row, o, count):
    m, c, r, o = Index(i), Index(s), Index(row), Index(o)
    a, sa, b, sb = Index(i + down), Index(s + across), Index(i - down), Index(s - across)
    d, sd, e, se = Index(i + 2 * down), Index(s + 2 * across), Index(i - 2 * down), Index(s - 2 * across)
    for x in range(Index(count)):
        own = source[m, c + x]
        total = weight * ((source[a, sa + x] - own) + (source[b, sb + x] - own))
        total += weight2 * ((source[d, sd + x] - own) + (source[e, se + x] - own))
        out[r, o + x] = base * own + total


@inline
def add_two_bends(source, i, s, k, down, across, weight, weight2, base, out, row, o, count):
    m, c, r, o, j = Index(i), Index(s), Index(row), Index(o), k + 1
    a, sa, b, sb = Index(i + k * down), Index(s + k * across), Index(i - k * down), Index(s - k * across)
    d, sd, e, se = Index(i + j * down), Index(s + j * across), Index(i - j * down), Index(s - j * across)
    for x in range(Index(count)):
        own = source[m, c + x]
        total = out[r, o + x] + weight * ((source[a, sa + x] - own) + (source[b, sb + x] - own))
        total += weight2 * ((source[d, sd + x] - own) + (source[e, se + x] - own))
        out[r, o + x] = base * own + total


@inline
def seed_slope(source, i, s, down, across, weight, base, out, row, o, count):
    m, c, r, o = Index(i), Index(s), Index(row), Index(o)
    a, sa, b, sb = Index(i + down), Index(s + across), Index(i - down), Index(s - across)
    for x in range(Index(count)):
        out[r, o + x] = base * source[m, c + x] + weight * (source[a, sa + x] - source[b, sb + x])


@inline
def add_two_slopes(source, i, s, k, down, across, weight, weight2, out, row, o, count):
    r, o, j = Index(row), Index(o), k + 1
    a, sa, b, sb = Index(i + k * down), Index(s + k * across), Index(i - k * down), Index(s - k * across)
    d, sd, e, se = Index(i + j * down), Index(s + j * across), Index(i - j * down), Index(s - j * across)
    for x in range(Index(count)):
        total = out[r, o + x] + weight * (source[a, sa + x] - source[b, sb + x])
        out[r, o + x] = total + weight2 * (source[d, sd + x] - source[e, se + x])


@inline
def seed_two(source, i, s, k, down, across, weight, weight2, base, out, row, o, count):
    m, c, r, o, j = Index(i), Index(s), Index(row), Index(o), k + 1
    a, sa, b, sb = Index(i + k * down), Index(s + k * across), Index(i + j * down), Index(s + j * across)
    for x in range(Index(count)):
        own = source[m, c + x]
        total = weight * (source[a, sa + x] - own) + weight2 * (source[b, sb + x] - own)
        out[r, o + x] = base * own + total


@inline
def add_two(source, i, s, k, down, across, weight, weight2, base, out, row, o, count):
    m, c, r, o, j = Index(i), Index(s), Index(row), Index(o), k + 1
    a, sa, b, sb = Index(i + k * down), Index(s + k * across), Index(i + j * down), Index(s + j * across)
    for x in range(Index(count)):
        own = source[m, c + x]
        total = out[r, o + x] + weight * (source[a, sa + x] - own)
        total += weight2 * (source[b, sb + x] - own)
        out[r, o + x] = base * own + total


def fit_lines(
    source, out, weights, basis, heads, tails, parity, base, index, length, inner, fill, first, last
):  # fmt: skip
    """Make chunks first <= i < last of lines of `length` samples, each of `inner` elements.

    `index` is the border table of a line, or empty: then the first and last windows serve the ends.
    """
    window, after = len(weights), len(weights) // 2
    before = window - 1 - after
    is_interp = len(index) == 0
    chunks = (length + CHUNK - 1) // CHUNK
    head = after if is_interp else min(before, length)
    tail = max(head, length - after)
    longest = min(max(head, length - tail), CHUNK)
    tile = empty((1, 1 if is_interp else (longest + window - 1) * inner), weights.dtype)
    for item in range(first, last):
        line, chunk = item // chunks, item % chunks
        start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, length)
        a, b = max(start, head), min(stop, tail)
        if a < b:
            weigh(
                source, line, a * inner, 0, inner, weights, parity, base, out, line, a * inner, (b - a) * inner
            )  # fmt: skip
        for begin, end, counts, at in ((start, min(stop, head), heads, 0), (max(start, tail), stop, tails, tail)):
            if begin >= end:
                continue
            if is_interp:
                low = 0 if at == 0 else length - window
                for c in range(inner):
                    fit_end_of_line(
                        source, line, out, line, low, inner, c, window, after, basis, counts, at, base, begin, end
                    )  # fmt: skip
                continue
            wide = end - begin + window - 1
            for j in range(wide):
                position = index[begin + j]
                for c in range(inner):
                    tile[0, j * inner + c] = fill if position < 0 else source[line, position * inner + c]
            weigh(
                tile, 0, before * inner, 0, inner, weights, parity, base, out, line, begin * inner,
                (end - begin) * inner,
            )  # fmt: skip


@inline
def fit_end_of_line(source, i, out, line, low, inner, c, window, after, basis, counts, at, base, begin, end):
    """Make samples begin <= y < end of channel `c` from the window of line `i` that starts at sample `low`."""
    reference = source[i, (low + after) * inner + c]
    for y in range(begin, end):
        out[line, y * inner + c] = 0
    for k in range(len(basis)):
        total = base * 0
        for j in range(window):
            total += basis[k, j] * (source[i, (low + j) * inner + c] - reference)
        for y in range(begin, end):
            out[line, y * inner + c] += counts[k, y - at] * total
    for y in range(begin, end):
        out[line, y * inner + c] += base * reference


def fit_rows(
    source, out, weights, basis, heads, tails, parity, base, index, length, inner, fill, first, last
):  # fmt: skip
    """Make rows first <= i < last: sample i % length of image i // length, `inner` elements wide."""
    window, after = len(weights), len(weights) // 2
    before = window - 1 - after
    is_interp = len(index) == 0
    head = after if is_interp else min(before, length)
    tail = max(head, length - after)
    wide = min(inner, _BLOCK)
    longest = max(head, length - tail)
    tile = empty((len(basis) if is_interp else longest + window - 1, wide), weights.dtype)
    for image in range(first // length, (last + length - 1) // length):
        top = image * length
        start, stop = max(first - top, 0), min(last - top, length)
        for left in range(0, inner, _BLOCK):
            count = min(_BLOCK, inner - left)
            for y in range(max(start, head), min(stop, tail)):
                weigh(source, top + y, left, 1, 0, weights, parity, base, out, top + y, left, count)
            for begin, end, counts, at in ((start, min(stop, head), heads, 0), (max(start, tail), stop, tails, tail)):
                if begin >= end:
                    continue
                if is_interp:
                    low = top + (0 if at == 0 else length - window)
                    fit_end_of_rows(
                        source, out, tile, low, left, count, window, after, basis, counts, top, at, base, begin, end
                    )  # fmt: skip
                    continue
                for j in range(end - begin + window - 1):
                    position = index[begin + j]
                    for x in range(count):
                        tile[j, x] = fill if position < 0 else source[top + position, left + x]
                for y in range(begin, end):
                    weigh(tile, y - begin + before, 0, 1, 0, weights, parity, base, out, top + y, left, count)


@inline
def fit_end_of_rows(source, out, tile, low, left, count, window, after, basis, counts, top, at, base, begin, end):
    """Make rows begin <= y < end below `top` from the window of rows that starts at row `low`."""
    l, m = Index(left), Index(low + after)  # noqa: E741
    for k in range(len(basis)):
        t = Index(k)
        for x in range(Index(count)):
            tile[t, x] = 0
        for j in range(window):
            weight, i = basis[k, j], Index(low + j)
            for x in range(Index(count)):
                tile[t, x] += weight * (source[i, l + x] - source[m, l + x])
    for y in range(begin, end):
        r = Index(top + y)
        for x in range(Index(count)):
            out[r, l + x] = 0
        for k in range(len(basis)):
            weight, t = counts[k, y - at], Index(k)
            for x in range(Index(count)):
                out[r, l + x] += weight * tile[t, x]
        for x in range(Index(count)):
            out[r, l + x] += base * source[m, l + x]
