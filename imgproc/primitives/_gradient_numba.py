"""Gradients of a band of rows, and what is made of them row by row: magnitudes, and maxima along the gradient."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import zeros
from imgproc.primitives._bit_rows_numba import WORD, spread_found
from imgproc.primitives._correlate_numba import TILE, fold, fold_row, inline, keep_rows, lift_tile
from imgproc.primitives._vectors_numba import (
    aligned_rows,
    bits_of,
    double_vector_of,
    inlined,
    lanes_of,
    put,
    root,
    select,
    size_of,
    spread,
    take,
    vector_of,
)


@inline
def gradient_row(tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, width):
    """Smooth across, then differentiate: the same sums for an image and its transpose."""
    if len(smoothing) == 3:
        fill_row(
            tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, gx, 0, 0, width, True, False
        )  # fmt: skip
        return
    fold_row(tile, top * tile.shape[1], tile.shape[1], smoothing, 1, column, 0, tile.shape[1])
    fill_row(tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, gx, 0, 0, width, False, False)


@inline
def measured_row(
    tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, length, into, shift, width
):  # fmt: skip
    """Make `gradient_row`, and its length in length[into, shift:]: one root is under way while others are summed."""
    if len(smoothing) == 3:
        fill_row(
            tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, length, into, shift, width,
            True, True,
        )  # fmt: skip
        return
    fold_row(tile, top * tile.shape[1], tile.shape[1], smoothing, 1, column, 0, tile.shape[1])
    fill_row(
        tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, length, into, shift, width,
        False, True,
    )  # fmt: skip


@inlined
def fill_row(
    tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row, length, into, shift, width, is_three,
    is_measured,
):  # fmt: skip
    """Write both derivatives, and if wanted their length, of what is smoothed, or by `slopes_of_three`."""
    start, to, like = row * gx.shape[1], into * length.shape[1] + shift, double_vector_of(gx)
    lanes = lanes_of(like)
    if width < lanes:
        for x in range(width):
            a, b = slopes(tile, smoothed, top, smoothing, derivative, channels, column, x, is_three, smoothing[0])
            gx[row, x], gy[row, x] = a, b
            if is_measured:
                length[into, shift + x] = length_of(a, b, length)
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)  # the last vector overlaps the one before
        a, b = slopes(tile, smoothed, top, smoothing, derivative, channels, column, x, is_three, like)
        put(gx, start + x, a)
        put(gy, start + x, b)
        if is_measured and bits_of(~put_lengths(a, b, length, to + x, like)) != 0:
            measure_again(gx, gy, row, x, x + lanes, length, into, shift)


@inlined
def slopes(tile, smoothed, top, smoothing, derivative, channels, column, x, is_three, like):
    """Return both derivatives at the pixels of a vector from column `x` on."""
    if is_three:
        return slopes_of_three(tile, top * tile.shape[1] + x, tile.shape[1], smoothing, derivative, channels, like)
    gx = fold(column, x, channels, derivative, -1, like)
    gy = fold(smoothed, top * smoothed.shape[1] + x, smoothed.shape[1], derivative, -1, like)
    return gx, gy


@inlined
def slopes_of_three(tile, at, wide, smoothing, derivative, channels, like):
    """Return both derivatives at the pixels of a vector, whose north-west neighbours are at a flat index of `tile`."""
    center, side = spread(smoothing[1], like), spread(smoothing[2], like)
    middle, slope = spread(derivative[1], like), spread(derivative[2], like)
    north_west, north, north_east = take_three(tile, at, channels, like)
    west, here, east = take_three(tile, at + wide, channels, like)
    south_west, south, south_east = take_three(tile, at + 2 * wide, channels, like)
    column_west = center * west + side * (south_west + north_west)
    column_here = center * here + side * (south + north)
    column_east = center * east + side * (south_east + north_east)
    row_north = center * north + side * (north_east + north_west)
    row_here = center * here + side * (east + west)
    row_south = center * south + side * (south_east + south_west)
    gx = middle * column_here + slope * (column_east - column_west)
    gy = middle * row_here + slope * (row_south - row_north)
    return gx, gy


@inlined
def take_three(line, at, channels, like):
    return take(line, at, like), take(line, at + channels, like), take(line, at + 2 * channels, like)


@inline
def lift_smoothed(source, tile, smoothed, top, kept, end, row_index, column_index, channels, fill, smoothing):
    """Lift rows kept <= i < end of a tile, and smooth each along itself unless `slopes_of_three` will."""
    lift_tile(source, tile, top, kept, end, row_index, column_index, len(smoothing) // 2, channels, fill)
    if len(smoothing) == 3:
        return
    width = (len(column_index) - len(smoothing) + 1) * channels
    for i in range(kept, min(end, len(row_index) - top)):
        fold_row(tile, i * tile.shape[1], channels, smoothing, 1, smoothed, i * smoothed.shape[1], width)


@inline
def magnitude_row(gx, gy, row, made, into, shift, width):
    """made[into, shift:] = hypot(gx[row], gy[row])."""
    start, to = row * gx.shape[1], into * made.shape[1] + shift
    like = vector_of(made)
    lanes = lanes_of(like)
    if width < lanes:
        measure_again(gx, gy, row, 0, width, made, into, shift)
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)  # the last vector overlaps the one before
        is_right = put_lengths(take(gx, start + x, like), take(gy, start + x, like), made, to + x, like)
        if bits_of(~is_right) != 0:
            measure_again(gx, gy, row, x, x + lanes, made, into, shift)


@inline
def measure_again(gx, gy, row, first, last, made, into, shift):
    """Do as `magnitude_row` for columns first <= x < last, with care for squares that leave the range of the float."""
    for x in range(first, last):
        made[into, shift + x] = length_of(gx[row, x], gy[row, x], made)


@inline
def magnitudes_of_three(tile, rows, smoothing, derivative, channels, made, into):
    """Make `rows` rows of magnitudes by `slopes_of_three` from row `into` on, a strip of columns at a time."""
    width = made.shape[1]
    like = vector_of(made)
    lanes = lanes_of(like)
    if width < lanes:
        measure_pixels(tile, 0, width, rows, smoothing, derivative, channels, made, into)
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)  # the last vector overlaps the one before
        if not measure_strip(tile, x, rows, smoothing, derivative, channels, made, into, like):
            measure_pixels(tile, x, x + lanes, rows, smoothing, derivative, channels, made, into)


@inlined
def measure_strip(tile, x, rows, smoothing, derivative, channels, made, into, like):
    """Write the plain roots of a strip, and say whether all are right; going down, rows are read and smoothed once.

    One root is under way while others are summed.
    """
    wide, to = tile.shape[1], into * made.shape[1] + x
    center, side = spread(smoothing[1], like), spread(smoothing[2], like)
    middle, slope = spread(derivative[1], like), spread(derivative[2], like)
    north_west, north, north_east = take_three(tile, x, channels, like)
    west, here, east = take_three(tile, x + wide, channels, like)
    row_north = center * north + side * (north_east + north_west)
    row_here = center * here + side * (east + west)
    is_right = spread(0, like) == spread(0, like)
    for y in range(rows):
        south_west, south, south_east = take_three(tile, x + (y + 2) * wide, channels, like)
        row_south = center * south + side * (south_east + south_west)
        column_west = center * west + side * (south_west + north_west)
        column_here = center * here + side * (south + north)
        column_east = center * east + side * (south_east + north_east)
        gx = middle * column_here + slope * (column_east - column_west)
        gy = middle * row_here + slope * (row_south - row_north)
        is_right &= put_lengths(gx, gy, made, to + y * made.shape[1], like)
        north_west, north, north_east = west, here, east
        west, here, east = south_west, south, south_east
        row_north, row_here = row_here, row_south
    return bits_of(~is_right) == 0


@inline
def measure_pixels(tile, first, last, rows, smoothing, derivative, channels, made, into):
    for y in range(rows):
        for x in range(first, last):
            at = y * tile.shape[1] + x
            gx, gy = slopes_of_three(tile, at, tile.shape[1], smoothing, derivative, channels, smoothing[0])
            made[into + y, x] = length_of(gx, gy, made)


@inline
def length_of(a, b, made):
    """Return hypot(a, b); the plain root unless a square leaves the range of the float of `made`."""
    square = a * a + b * b
    if np.finfo(made.dtype).tiny <= square <= np.finfo(made.dtype).max:
        return made.dtype.type(math.sqrt(square))
    return made.dtype.type(math.hypot(a, b))


@inlined
def put_lengths(a, b, made, at, like):
    """Write the plain roots of a vector; return which of them are right, as `length_of` has it."""
    tiny, huge = spread(np.finfo(made.dtype).tiny, like), spread(np.finfo(made.dtype).max, like)
    square = a * a + b * b
    put(made, at, root(square))
    is_flat = (a == spread(0, like)) & (b == spread(0, like))
    return ((tiny <= square) & (square <= huge)) | is_flat


@inlined
def along_gradient(gx, gy, at, length, above, here, below, channels, like):
    """Return the lengths of gradients and of what lies before and behind them, for the pixels of a vector.

    `at` is a flat index of `gx` and `gy`; `above`, `here` and `below` are those of `length`, of the western neighbours.
    """
    a, b = take(gx, at, like), take(gy, at, like)
    zero, one = spread(0, like), spread(1, like)
    along_x, along_y = size_of(a), size_of(b)
    north_west, north, north_east = take_three(length, above, channels, like)
    west, center, east = take_three(length, here, channels, like)
    south_west, south, south_east = take_three(length, below, channels, like)
    rising = (a >= zero) ^ (b >= zero)
    steep = along_y > along_x
    greater = select(steep, along_y, along_x)
    lesser = select(steep, along_x, along_y)
    share = lesser / select(greater > zero, greater, one)
    straight_back, straight_on = select(steep, north, west), select(steep, south, east)
    corner_back = select(rising, select(steep, north_east, south_west), north_west)
    corner_on = select(rising, select(steep, south_west, north_east), south_east)
    back = straight_back * (one - share) + corner_back * share
    on = straight_on * (one - share) + corner_on * share
    return center, back, on


@inline
def suppress_row(gx, gy, row, length, above, here, below, channels, made, into):
    """made[into] = +magnitude at maxima along the gradient, -magnitude elsewhere; NaN where it cannot be told.

    `above`, `here`, `below` number rows of `length`, magnitudes with one pixel of zeros on either side.
    """
    start, to, width, wide = row * gx.shape[1], into * made.shape[1], made.shape[1], length.shape[1]
    like = vector_of(made)
    lanes = lanes_of(like)
    above, here, below = above * wide, here * wide, below * wide
    if width < lanes:
        for x in range(width):
            thin(gx, gy, start, length, above, here, below, channels, made, to, x, made.dtype.type(0))
        return
    for begin in range(0, width, lanes):
        x = min(begin, width - lanes)  # the last vector overlaps the one before
        thin(gx, gy, start, length, above, here, below, channels, made, to, x, like)


@inlined
def thin(gx, gy, start, length, above, here, below, channels, made, to, x, like):
    center, back, on = along_gradient(gx, gy, start + x, length, above + x, here + x, below + x, channels, like)
    signed = select((center > back) & (center >= on), center, -center)
    is_told = (center == center) & (back == back) & (on == on)
    put(made, to + x, select(is_told, signed, spread(np.nan, like)))


@inline
def mark_row(gx, gy, row, length, above, here, below, low, high, weak, strong, y):
    """Mark the maxima along the gradient of at least `low`, and those of at least `high`, in bits.

    Rows of one channel, zero beyond the image up to a whole word. Where nothing reaches `low` nothing is compared.
    """
    start, wide = row * gx.shape[1], length.shape[1]
    like = vector_of(gx)
    lanes = lanes_of(like)
    lows, highs = spread(low, like), spread(high, like)
    for word in range(weak.shape[1]):
        marked, sure = np.uint64(0), np.uint64(0)
        for part in range(0, WORD, lanes):
            x = word * WORD + part
            if bits_of(take(length, here * wide + x + 1, like) >= lows) == 0:
                continue
            center, back, on = along_gradient(
                gx, gy, start + x, length, above * wide + x, here * wide + x, below * wide + x, 1, like
            )  # fmt: skip
            is_most = (center > back) & (center >= on)
            marked |= bits_of(is_most & (center >= lows)) << np.uint64(part)
            sure |= bits_of(is_most & (center >= highs)) << np.uint64(part)
        weak[y, word], strong[y, word] = marked, sure


def gradient(source, gx, gy, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make both derivatives of rows first <= y < last."""
    kept, wide, width = len(smoothing) - 1, len(column_index) * channels, gx.shape[1]
    tile, column = aligned_rows(kept + TILE, wide, smoothing), aligned_rows(1, wide, smoothing)
    smoothed = aligned_rows(kept + TILE, width, smoothing)
    rows = row_index[: last + kept]
    lift_smoothed(source, tile, smoothed, first, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(first, last, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        for y in range(top, min(top + TILE, last)):
            gradient_row(tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, y, width)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)


def gradient_magnitude(source, out, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make the gradient's length of rows first <= y < last, without storing the derivatives."""
    kept, wide, width = len(smoothing) - 1, len(column_index) * channels, out.shape[1]
    tile, column = aligned_rows(kept + TILE, wide, smoothing), aligned_rows(1, wide, smoothing)
    smoothed = aligned_rows(kept + TILE, width, smoothing)
    gx, gy = aligned_rows(1, width, smoothing), aligned_rows(1, width, smoothing)
    rows = row_index[: last + kept]
    lift_smoothed(source, tile, smoothed, first, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(first, last, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        if kept == 2:
            magnitudes_of_three(tile, min(TILE, last - top), smoothing, derivative, channels, out, top)
            keep_rows(tile, kept)
            continue
        for y in range(top, min(top + TILE, last)):
            measured_row(tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, 0, out, y, 0, width)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)


def signed_strength(source, out, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make `suppress_row` of rows first <= y < last; three rows of magnitudes are alive at a time."""
    kept, height, width = len(smoothing) - 1, out.shape[0], out.shape[1]
    wide = len(column_index) * channels
    tile, column = aligned_rows(kept + TILE, wide, smoothing), aligned_rows(1, wide, smoothing)
    smoothed = aligned_rows(kept + TILE, width, smoothing)
    gx, gy = aligned_rows(3, width, smoothing), aligned_rows(3, width, smoothing)
    length = aligned_rows(4, width + 2 * channels, smoothing)  # row 3 stays zero: what lies outside
    begin, end = max(first - 1, 0), min(last + 1, height)
    rows = row_index[: end + kept]
    lift_smoothed(source, tile, smoothed, begin, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(begin, end, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        for y in range(top, min(top + TILE, end)):
            measured_row(
                tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, y % 3, length, y % 3,
                channels, width,
            )  # fmt: skip
            if y > first:
                suppress_before(gx, gy, (y - 1) % 3, length, y, y % 3, channels, out)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)
    if last == height:
        suppress_before(gx, gy, (height - 1) % 3, length, height, 3, channels, out)


@inline
def suppress_before(gx, gy, row, length, y, below, channels, out):
    """Make row y - 1 of `out`, whose gradient is in `row`, from a ring of three rows of magnitudes and one of zeros."""
    above = 3 if y == 1 else (y - 2) % 3
    suppress_row(gx, gy, row, length, above, (y - 1) % 3, below, channels, out, y - 1)


def mark_edges(
    source, weak, found, pending, stack, is_top, smoothing, derivative, row_index, column_index, fill, low, high, first,
    last,
):  # fmt: skip
    """Mark rows first <= y < last of one channel as `mark_row` does, and link them within this band."""
    is_top[first] = 1
    kept, height, wide = len(smoothing) - 1, weak.shape[0], len(column_index)
    width, whole = wide - kept, weak.shape[1] * WORD
    tile, column = aligned_rows(kept + TILE, wide, smoothing), aligned_rows(1, wide, smoothing)
    smoothed = aligned_rows(kept + TILE, width, smoothing)
    gx, gy = aligned_rows(3, whole, smoothing), aligned_rows(3, whole, smoothing)
    length = aligned_rows(4, whole + 2, smoothing)  # row 3 stays zero: what lies outside
    begin, end = max(first - 1, 0), min(last + 1, height)
    rows = row_index[: end + kept]
    lift_smoothed(source, tile, smoothed, begin, 0, kept, rows, column_index, 1, fill, smoothing)
    for top in range(begin, end, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, 1, fill, smoothing)
        for y in range(top, min(top + TILE, end)):
            measured_row(
                tile, smoothed, y - top, smoothing, derivative, 1, column, gx, gy, y % 3, length, y % 3, 1, width
            )  # fmt: skip
            if y > first:
                above = 3 if y == 1 else (y - 2) % 3
                mark_row(gx, gy, (y - 1) % 3, length, above, (y - 1) % 3, y % 3, low, high, weak, found, y - 1)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)
    if last == height:
        above, here = 3 if height == 1 else (height - 2) % 3, (height - 1) % 3
        mark_row(gx, gy, here, length, above, here, 3, low, high, weak, found, height - 1)
    spread_found(weak, found, pending, stack, first, last)


def magnitude(gx, gy, out, first, last):
    """Make hypot(gx, gy) of rows first <= y < last."""
    for y in range(first, last):
        magnitude_row(gx, gy, y, out, y, 0, out.shape[1])


def suppress(gx, gy, out, channels, first, last):
    """Make magnitudes, zero where they are no maximum along the gradient, of rows first <= y < last."""
    height, width = out.shape
    length = zeros((4, width + 2 * channels), out.dtype)
    for y in range(max(first - 1, 0), min(last + 1, height)):
        magnitude_row(gx, gy, y, length, y % 3, channels, width)
        if y > first:
            suppress_before(gx, gy, y - 1, length, y, y % 3, channels, out)
    if last == height:
        suppress_before(gx, gy, height - 1, length, height, 3, channels, out)
    for y in range(first, last):
        for x in range(width):
            out[y, x] = 0 if out[y, x] < 0 else out[y, x]
