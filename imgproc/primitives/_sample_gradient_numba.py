"""Gradients of sampling: what each pixel of the result passes on to the image, and to the position it was read at.

Weights are those of the kernels that read (_sample_numba.py, _sample_taps_numba.py), slopes their derivatives.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline
from imgproc.primitives._gather_numba import pairs
from imgproc.primitives._positions_numba import ROWS, is_affine, is_near, place
from imgproc.primitives._sample_numba import FARTHEST, fold, fraction, weigh
from imgproc.primitives._sample_taps_numba import weigh_cubic, weigh_lanczos
from imgproc.primitives._vectors_numba import greatest, lanes_of, lift, put, spread, start_of, take, vector_of

STRIP = 128
"""Positions handled at once: their weights wait in the first-level cache for every plane."""

PARTLY, NOWHERE = -1, -2


def nearest_to_image(upstream, made, matrices, is_map, xs, ys, border, first, last):
    """Add what each pixel of the result passes on, for planes first <= p < last, to the pixel it was copied from."""
    scatter(upstream, made, matrices, is_map, xs, ys, border, first, last, 1)


def linear_to_image(upstream, made, matrices, is_map, xs, ys, border, first, last):
    """Add what each pixel of the result passes on to the four pixels it was mixed of."""
    scatter(upstream, made, matrices, is_map, xs, ys, border, first, last, 2)


def cubic_to_image(upstream, made, matrices, is_map, xs, ys, border, first, last):
    """Add what each pixel of the result passes on to the 16 pixels it was mixed of."""
    scatter(upstream, made, matrices, is_map, xs, ys, border, first, last, 4)


def lanczos_to_image(upstream, made, matrices, is_map, xs, ys, border, first, last):
    """Add what each pixel of the result passes on to the 36 pixels it was mixed of."""
    scatter(upstream, made, matrices, is_map, xs, ys, border, first, last, 6)


def linear_to_places(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last):
    """Write what each position, or each row's share of its matrix, is passed; rows of all images are counted on."""
    gather(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last, 2)


def cubic_to_places(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last):
    """Do as `linear_to_places` for 16 pixels."""
    gather(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last, 4)


def lanczos_to_places(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last):
    """Do as `linear_to_places` for 36 pixels."""
    gather(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last, 6)


@allocating
def scatter(upstream, made, matrices, is_map, xs, ys, border, first, last, taps):
    count, rows, columns = upstream.shape
    height, width = made.shape[1:]
    flat, wide, lead = made.reshape(-1), Index(width), max(taps // 2 - 1, 0)
    x, y, start, parts = empty(STRIP), empty(STRIP), empty(STRIP, np.int64), empty((2, STRIP))
    edges, weights = empty(STRIP, np.int64), empty((2 * taps, STRIP), made.dtype)
    places = len(xs) if is_map else len(matrices)
    each = count // places
    for i in range(first // each, (last - 1) // each + 1):
        matrix, x_line, y_line = matrices[i if not is_map else 0], xs[i if is_map else 0], ys[i if is_map else 0]
        for v, left, n in strips(columns, 0, rows):
            place(matrix, is_map, x_line, y_line, 1, columns, v, left, n, x, y)
            _, nowhere = locate(x, y, n, taps, lead, height, width, border, start, parts, edges)
            if nowhere == n:
                continue
            weigh_taps(parts, n, taps, weights)
            for p in range(max(first, i * each), min(last, (i + 1) * each)):
                base = Index(p * height * width)
                for k in range(Index(n)):
                    g = upstream[Index(p), Index(v), Index(left) + k]
                    if start[k] >= 0:
                        at = base + Index(start[k])
                        for r in range(Index(taps)):
                            share = g * weights[Index(taps) + r, k]
                            for c in range(Index(taps)):
                                flat[at + r * wide + c] += share * weights[c, k]
                    elif start[k] == PARTLY:
                        scatter_folded(g, x[k], y[k], weights, k, taps, lead, border, made, p)


@inline
def scatter_folded(g, x, y, weights, k, taps, lead, border, made, p):
    """Add to the pixels that stand for those beyond the border."""
    height, width = made.shape[1:]
    left, top = first_tap(x, taps, lead), first_tap(y, taps, lead)
    for r in range(taps):
        row = fold(top + r, height, border)
        share = g * weights[taps + r, k]
        for c in range(taps):
            column = fold(left + c, width, border)
            if row >= 0 and column >= 0:
                made[p, row, column] += share * weights[c, k]


@inline
def first_tap(x, taps, lead):
    """Return the first row or column of the kernel about a position."""
    bounded = min(max(x, -FARTHEST), FARTHEST)
    return np.int64(np.floor(bounded + 0.5 if taps == 1 else bounded)) - lead


@inline
def strips(width, first, last):
    """Yield (v, left, n): strips of rows first <= v < last, in blocks, so that a turned picture stays in the cache."""
    for top in range(first, last, ROWS):
        for left in range(0, width, STRIP):
            for v in range(top, min(top + ROWS, last)):
                yield v, left, min(STRIP, width - left)


@inline
def locate(x, y, n, taps, lead, height, width, border, start, parts, edges):
    """Write where each kernel starts that lies inside the image (else PARTLY, or NOWHERE), and the fractions.

    Those PARTLY inside are listed in `edges`. Returns how many are inside, and how many nowhere.
    """
    shift, back = 0.5 if taps == 1 else 0.0, np.int64(lead * width + lead)
    low, high, deep = np.float64(lead), np.float64(width - taps + lead + 1), np.float64(height - taps + lead + 1)
    count = np.int32(0)
    for k in range(Index(n)):  # without a branch
        across, down = x[k] + shift, y[k] + shift
        is_inside = (across >= low) & (across < high) & (down >= low) & (down < deep)
        across, down = across if is_inside else low, down if is_inside else low
        i, j = np.int32(across), np.int32(down)
        start[k] = np.int64(j) * width + i - back if is_inside else PARTLY
        parts[Index(0), k], parts[Index(1), k] = across - i, down - j
        count += np.int32(is_inside)
    nowhere = partly = 0
    if count < n:
        for k in range(Index(n)):
            if start[k] < 0:
                if is_near(x[k] + shift, y[k] + shift, height, width, taps, lead, border):
                    edges[partly] = k
                    partly += 1
                    parts[Index(0), k], parts[Index(1), k] = fraction(x[k] + shift), fraction(y[k] + shift)
                else:
                    nowhere += 1
                    start[k] = NOWHERE
                    parts[Index(0), k], parts[Index(1), k] = 0.0, 0.0
    return count, nowhere


@inline
def weigh_taps(parts, n, taps, weights):
    """Write the weights of columns to rows 0 ... taps - 1, those of rows behind them."""
    for axis in range(2):
        a, at = Index(axis), Index(axis * taps)
        if taps == 1:
            for k in range(Index(n)):
                weights[a, k] = 1
        elif taps == 2:
            work = weights.dtype.type
            for k in range(Index(n)):
                t = work(parts[a, k])
                weights[at, k], weights[at + Index(1), k] = work(1) - t, t
        elif taps == 4:
            weigh_cubic(parts, axis, n, weights)
        else:
            weigh_lanczos(parts, axis, n, weights)


@allocating
def gather(upstream, image, made, matrices, is_map, xs, ys, border, fill, first, last, taps):
    count, rows, columns = upstream.shape
    height, width = image.shape[1:]
    lead = taps // 2 - 1
    x, y, start, parts = empty(STRIP), empty(STRIP), zeros(STRIP, np.int64), empty((2, STRIP))
    edges = empty(STRIP, np.int64)
    weights, slopes = empty((2 * taps, STRIP), image.dtype), empty((2 * taps, STRIP))
    q, derivative, passed = empty((taps * taps, STRIP), image.dtype), empty((4, STRIP)), empty((2, STRIP))
    each = count // (len(xs) if is_map else len(matrices))
    if taps == 2:
        slopes[::2], slopes[1::2] = -1.0, 1.0
    for i in range(first // rows, (last - 1) // rows + 1):
        matrix, x_line, y_line = matrices[i if not is_map else 0], xs[i if is_map else 0], ys[i if is_map else 0]
        top, bottom = max(first - i * rows, 0), min(last - i * rows, rows)
        for v, left, n in strips(columns, top, bottom):
            place(matrix, is_map, x_line, y_line, 1, columns, v, left, n, x, y)
            inside, nowhere = locate(x, y, n, taps, lead, height, width, border, start, parts, edges)
            if nowhere == n:
                continue
            weigh_taps(parts, n, taps, weights)
            if taps > 2:
                slope_taps(parts, n, taps, slopes)
            passed[:] = 0
            for p in range(i * each, (i + 1) * each):
                if taps == 2 and inside > 0:
                    differentiate_four(image, p, start, n, weights, derivative)
                    for e in range(n - inside - nowhere):
                        differentiate_folded(image, p, x, y, edges[e], weights, border, fill, derivative)
                else:
                    fetch(image, p, x, y, start, n, inside, taps, lead, border, fill, q)
                    differentiate(q, weights, slopes, taps, n, derivative)
                if count_finite(derivative, n) < n:
                    fetch(image, p, x, y, start, n, inside, taps, lead, border, fill, q)
                    differentiate_with_care(q, weights, slopes, taps, n, derivative)
                add_passed(upstream, p, v, left, start, n, derivative, passed)
            forget_the_far(x, y, n, passed)
            if is_map:
                keep_passed(passed, n, made, i, v * columns + left)
            else:
                pass_to_matrix(matrix, x, y, start, passed, v, left, n, made, i)


@inline
def fetch(image, p, x, y, start, n, inside, taps, lead, border, fill, q):
    """Fetch the pixels of every kernel: tap (r, c) to q[r * taps + c]."""
    flat, height, width = image.reshape(-1), image.shape[1], image.shape[2]
    if inside > 0:
        for i in range(taps * taps):
            base, to = (p * height + i // taps) * width + i % taps, Index(i)
            for k in range(Index(n)):
                q[to, k] = flat[Index(base + max(start[k], 0))]
    if inside < n:
        fetch_folded(image, p, x, y, start, n, taps, lead, border, fill, q)


@inline
def fetch_folded(image, p, x, y, start, n, taps, lead, border, fill, q):
    """Fetch the pixels of the other kernels, those that stand for what lies beyond the border."""
    height, width = image.shape[1:]
    for k in range(n):
        if start[k] == NOWHERE:
            for i in range(taps * taps):
                q[i, k] = 0
        elif start[k] == PARTLY:
            left, top = first_tap(x[k], taps, lead), first_tap(y[k], taps, lead)
            for r in range(taps):
                row = fold(top + r, height, border)
                for c in range(taps):
                    column = fold(left + c, width, border)
                    q[r * taps + c, k] = image[p, row, column] if row >= 0 and column >= 0 else fill


@inline
def differentiate_four(image, p, start, n, weights, derivative):
    """Write the derivatives of the mixes of four pixels inside by x and y to the first two rows; any for others."""
    plane, like, wide, r = image[p], vector_of(derivative), image.shape[2], weights.shape[1]
    source, factors, places, made = start_of(plane), start_of(weights), start_of(start), start_of(derivative)
    for k in range(0, n, lanes_of(like)):  # in whole vectors: behind n lies what strips before have left
        at = take(places, k, like)
        at = greatest(at, at - at)
        a, b = pairs(source, at)
        c, d = pairs(source, at + spread(wide, at))
        a, b, c, d = lift(a, like), lift(b, like), lift(c, like), lift(d, like)
        left, right = lift(take(factors, k, like), like), lift(take(factors, r + k, like), like)
        upper, lower = lift(take(factors, 2 * r + k, like), like), lift(take(factors, 3 * r + k, like), like)
        put(made, k, upper * (b - a) + lower * (d - c))
        put(made, r + k, left * (c - a) + right * (d - b))


@inline
def differentiate_folded(image, p, x, y, k, weights, border, fill, derivative):
    """Do the same for one that stands for what lies beyond the border."""
    height, width = image.shape[1:]
    left, top = first_tap(x[k], 2, 0), first_tap(y[k], 2, 0)
    across = down = 0.0
    for r in range(2):
        row, share = fold(top + r, height, border), np.float64(weights[2 + r, k])
        line = slope = 0.0
        for c in range(2):
            column, weight = fold(left + c, width, border), weights[c, k]
            value = np.float64(image[p, row, column] if row >= 0 and column >= 0 else fill)
            if weight != 0 or math.isfinite(value):
                line += weight * value
                slope += (2 * c - 1) * value
        across += weigh(share, slope)
        if share != 0 or math.isfinite(line):
            down += (2 * r - 1) * line
    derivative[0, k], derivative[1, k] = across, down


@inline
def differentiate(q, weights, slopes, taps, n, derivative):
    """Write the derivatives of the mix of taps² pixels by x and y to the first two rows."""
    across, down, line, slope = Index(0), Index(1), Index(2), Index(3)
    derivative[:2] = 0
    for r in range(taps):
        derivative[2:] = 0
        for c in range(taps):
            at, column = Index(r * taps + c), Index(c)
            for k in range(Index(n)):
                value = np.float64(q[at, k])
                derivative[line, k] += weights[column, k] * value
                derivative[slope, k] += slopes[column, k] * value
        row = Index(taps + r)
        for k in range(Index(n)):
            derivative[across, k] += weights[row, k] * derivative[slope, k]
            derivative[down, k] += slopes[row, k] * derivative[line, k]


@inline
def count_finite(derivative, n):
    count = np.int32(0)
    for k in range(Index(n)):
        count += np.int32(abs(derivative[Index(0), k]) + abs(derivative[Index(1), k]) < np.inf)
    return count


@inline
def add_passed(upstream, p, v, left, start, n, derivative, passed):
    """Add to what each position is passed, over the planes."""
    across, down, i, j, shift = Index(0), Index(1), Index(p), Index(v), Index(left)
    for k in range(Index(n)):
        g = np.float64(upstream[i, j, shift + k])
        is_somewhere = start[k] != NOWHERE
        passed[across, k] += g * derivative[across, k] if is_somewhere else 0.0
        passed[down, k] += g * derivative[down, k] if is_somewhere else 0.0


@inline
def differentiate_with_care(q, weights, slopes, taps, n, derivative):
    """Do the same: what is not finite and has no weight counts as 0, as in the mix."""
    for k in range(n):
        across = down = 0.0
        for r in range(taps):
            line = slope = 0.0
            for c in range(taps):
                weight, value = weights[c, k], np.float64(q[r * taps + c, k])
                if weight != 0 or math.isfinite(value):
                    line += weight * value
                    slope += slopes[c, k] * value
            weight = np.float64(weights[taps + r, k])
            across += weigh(weight, slope)
            if weight != 0 or math.isfinite(line):
                down += slopes[taps + r, k] * line
        derivative[0, k], derivative[1, k] = across, down


@inline
def keep_passed(passed, n, made, i, at):
    image, start = Index(i), Index(at)
    for k in range(Index(n)):
        made[Index(0), image, start + k], made[Index(1), image, start + k] = passed[Index(0), k], passed[Index(1), k]


@inline
def forget_the_far(x, y, n, passed):
    """Positions beyond FARTHEST were taken as that far: they can move unnoticed."""
    for k in range(Index(n)):
        if not abs(x[k]) <= FARTHEST:
            passed[Index(0), k] = 0
        if not abs(y[k]) <= FARTHEST:
            passed[Index(1), k] = 0


@inline
def pass_to_matrix(matrix, x, y, start, passed, v, left, n, made, image):
    """Add to the nine numbers: x = (a u + b v + c) / w, w = g u + h v + i, changes by u / w with a, -x u / w with g."""
    is_flat = is_affine(matrix)
    to_a = to_c = to_d = to_f = to_g = to_i = 0.0
    for k in range(Index(n)):
        if start[k] == NOWHERE:
            continue
        u = np.float64(np.int64(left) + np.int64(k))
        nearness = 1.0 if is_flat else 1 / (matrix[6] * u + (matrix[7] * v + matrix[8]))
        across, down = passed[Index(0), k] * nearness, passed[Index(1), k] * nearness
        away = across * x[k] + down * y[k]
        to_a += across * u
        to_c += across
        to_d += down * u
        to_f += down
        to_g -= away * u
        to_i -= away
    sums = (to_a, to_c * v, to_c, to_d, to_f * v, to_f, to_g, to_i * v, to_i)
    for i in range(9):
        made[image, v, i] += sums[i]


@allocating
def slope_taps(parts, n, taps, slopes):
    """Write the derivatives of the weights by the fraction; those of linear ones are -1 and 1."""
    lobes = empty(6)
    for axis in range(2):
        a, at = Index(axis), Index(axis * taps)
        for k in range(Index(n)):
            t = parts[a, k]
            if taps == 4:
                slopes[at, k] = t * (2 - 1.5 * t) - 0.5
                slopes[at + Index(1), k] = t * (4.5 * t - 5)
                slopes[at + Index(2), k] = t * (4 - 4.5 * t) + 0.5
                slopes[at + Index(3), k] = t * (1.5 * t - 1)
            else:
                slope_lanczos(t, lobes, slopes, at, k)


TURNS = tuple((math.cos((2 - i) * math.pi / 3), math.sin((2 - i) * math.pi / 3)) for i in range(6))


@inline
def slope_lanczos(t, lobes, slopes, at, k):
    """Differentiate lobes over their sum: (l / s)' = (l' - l s' / s) / s."""
    sine, cosine = math.sin(math.pi * t), math.cos(math.pi * t)
    slow_sine, slow_cosine = math.sin(math.pi / 3 * t), math.cos(math.pi / 3 * t)
    total = change = 0.0
    for i in range(6):
        c, s = TURNS[i]
        lobes[i], slopes[at + Index(i), k] = lobe(
            t + 2 - i, sine, cosine, slow_sine * c + slow_cosine * s, slow_cosine * c - slow_sine * s
        )
        total += lobes[i]
        change += slopes[at + Index(i), k]
        sine, cosine = -sine, -cosine
    for i in range(6):
        slopes[at + Index(i), k] = (slopes[at + Index(i), k] - lobes[i] * change / total) / total


@inline
def lobe(d, sine, cosine, slow_sine, slow_cosine):
    """Return sinc(d) sinc(d / 3) and its derivative, given sine and cosine of pi d and of pi d / 3."""
    a, b = math.pi * d, math.pi / 3 * d
    if abs(d) < 0.03:  # by series, where the quotients would cancel
        p, q = a * a, b * b
        one = 1 - p / 6 * (1 - p / 20 * (1 - p / 42))
        two = 1 - q / 6 * (1 - q / 20 * (1 - q / 42))
        slope_one = -a / 3 * (1 - p / 10 * (1 - p / 28 * (1 - p / 54)))
        slope_two = -b / 3 * (1 - q / 10 * (1 - q / 28 * (1 - q / 54)))
    else:
        one, two = sine / a, slow_sine / b
        slope_one, slope_two = (cosine - one) / a, (slow_cosine - two) / b
    return one * two, math.pi * (slope_one * two + one * slope_two / 3)
