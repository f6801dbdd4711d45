"""Gradients of a band of rows, and what is made of them row by row: magnitudes, and maxima along the gradient."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._correlate_numba import TILE, Index, combine, inline, keep_rows, lift_tile


@inline
def gradient_row(tile, smoothed, top, smoothing, derivative, channels, column, gx, gy, row):
    """Smooth across, then differentiate: the same sums for an image and its transpose."""
    if len(smoothing) == 3:
        gradient_row_of_three(tile, top, smoothing, derivative, channels, gx, gy, row)
        return
    combine(tile, top, 1, 0, smoothing, 1, column, 0, tile.shape[1])
    combine(column, 0, 0, channels, derivative, -1, gx, row, gx.shape[1])
    combine(smoothed, top, 1, 0, derivative, -1, gy, row, gy.shape[1])


@inline
def gradient_row_of_three(tile, top, smoothing, derivative, channels, gx, gy, row):
    """Make the same sums in one pass, smoothing three times over rather than storing what is smoothed."""
    center, side = smoothing[1], smoothing[2]
    middle, slope = derivative[1], derivative[2]
    n, m, s, o = Index(top), Index(top + 1), Index(top + 2), Index(row)
    one, two = Index(channels), Index(2 * channels)
    for x in range(Index(gx.shape[1])):
        west, here, east = x, x + one, x + two
        column_west = center * tile[m, west] + side * (tile[s, west] + tile[n, west])
        column_here = center * tile[m, here] + side * (tile[s, here] + tile[n, here])
        column_east = center * tile[m, east] + side * (tile[s, east] + tile[n, east])
        row_north = center * tile[n, here] + side * (tile[n, east] + tile[n, west])
        row_here = center * tile[m, here] + side * (tile[m, east] + tile[m, west])
        row_south = center * tile[s, here] + side * (tile[s, east] + tile[s, west])
        gx[o, x] = middle * column_here + slope * (column_east - column_west)
        gy[o, x] = middle * row_here + slope * (row_south - row_north)


@inline
def lift_smoothed(source, tile, smoothed, top, kept, end, row_index, column_index, channels, fill, smoothing):
    """Lift rows kept <= i < end of a tile, and smooth each along itself unless `gradient_row_of_three` will."""
    lift_tile(source, tile, top, kept, end, row_index, column_index, len(smoothing) // 2, channels, fill)
    if len(smoothing) == 3:
        return
    for i in range(kept, min(end, len(row_index) - top)):
        combine(tile, i, 0, channels, smoothing, 1, smoothed, i, smoothed.shape[1])


@inline
def magnitude_row(gx, gy, row, made, into, shift):
    """made[into, shift:] = hypot(gx[row], gy[row]); the plain root unless a square leaves the range of the float."""
    tiny, huge = np.finfo(made.dtype).tiny, np.finfo(made.dtype).max
    strange = 0
    i, o, s = Index(row), Index(into), Index(shift)
    for x in range(Index(gx.shape[1])):
        square = gx[i, x] * gx[i, x] + gy[i, x] * gy[i, x]
        is_flat = (gx[i, x] == 0) & (gy[i, x] == 0)
        strange += not ((tiny <= square <= huge) | is_flat)
        made[o, s + x] = math.sqrt(square)
    if strange > 0:
        for x in range(Index(gx.shape[1])):
            if not (tiny <= made[o, s + x] * made[o, s + x] <= huge):
                made[o, s + x] = math.hypot(gx[i, x], gy[i, x])


@inline
def suppress_row(gx, gy, row, length, above, here, below, channels, made, into):
    """made[into] = +magnitude at maxima along the gradient, -magnitude elsewhere; NaN where it cannot be told.

    `above`, `here`, `below` number rows of `length`, magnitudes with one pixel of zeros on either side.
    """
    i, o = Index(row), Index(into)
    n, m, s = Index(above), Index(here), Index(below)
    center_at, right_at = Index(channels), Index(2 * channels)
    for x in range(Index(made.shape[1])):
        a, b = gx[i, x], gy[i, x]
        along_x, along_y = abs(a), abs(b)
        west, center, east = length[m, x], length[m, x + center_at], length[m, x + right_at]
        north_west, north, north_east = length[n, x], length[n, x + center_at], length[n, x + right_at]
        south_west, south, south_east = length[s, x], length[s, x + center_at], length[s, x + right_at]
        falling = (a >= 0) == (b >= 0)
        steep = along_y > along_x
        greater = along_y if steep else along_x
        lesser = along_x if steep else along_y
        share = lesser / greater if greater > 0 else lesser
        straight_back = north if steep else west
        straight_on = south if steep else east
        corner_back = north_west if falling else (north_east if steep else south_west)
        corner_on = south_east if falling else (south_west if steep else north_east)
        back = straight_back * (1 - share) + corner_back * share
        on = straight_on * (1 - share) + corner_on * share
        stays = (center > back) & (center >= on)
        told = (center == center) & (back == back) & (on == on)
        signed = center if stays else -center
        made[o, x] = signed if told else np.nan


def gradient(source, gx, gy, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make both derivatives of rows first <= y < last."""
    kept, wide = len(smoothing) - 1, len(column_index) * channels
    tile, column = np.empty((kept + TILE, wide), smoothing.dtype), np.empty((1, wide), smoothing.dtype)
    smoothed = np.empty((kept + TILE, gx.shape[1]), smoothing.dtype)
    rows = row_index[: last + kept]
    lift_smoothed(source, tile, smoothed, first, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(first, last, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        for y in range(top, min(top + TILE, last)):
            gradient_row(tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, y)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)


def gradient_magnitude(source, out, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make the gradient's length of rows first <= y < last, without storing the derivatives."""
    kept, wide, width = len(smoothing) - 1, len(column_index) * channels, out.shape[1]
    tile, column = np.empty((kept + TILE, wide), smoothing.dtype), np.empty((1, wide), smoothing.dtype)
    smoothed = np.empty((kept + TILE, width), smoothing.dtype)
    gx, gy = np.empty((1, width), smoothing.dtype), np.empty((1, width), smoothing.dtype)
    rows = row_index[: last + kept]
    lift_smoothed(source, tile, smoothed, first, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(first, last, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        for y in range(top, min(top + TILE, last)):
            gradient_row(tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, 0)
            magnitude_row(gx, gy, 0, out, y, 0)
        keep_rows(tile, kept)
        keep_rows(smoothed, kept)


def signed_strength(source, out, smoothing, derivative, row_index, column_index, channels, fill, first, last):
    """Make `suppress_row` of rows first <= y < last; three rows of magnitudes are alive at a time."""
    kept, height, width = len(smoothing) - 1, out.shape[0], out.shape[1]
    wide = len(column_index) * channels
    tile, column = np.empty((kept + TILE, wide), smoothing.dtype), np.empty((1, wide), smoothing.dtype)
    smoothed = np.empty((kept + TILE, width), smoothing.dtype)
    gx, gy = np.empty((3, width), smoothing.dtype), np.empty((3, width), smoothing.dtype)
    length = np.zeros((4, width + 2 * channels), smoothing.dtype)  # row 3 stays zero: what lies outside
    begin, end = max(first - 1, 0), min(last + 1, height)
    rows = row_index[: end + kept]
    lift_smoothed(source, tile, smoothed, begin, 0, kept, rows, column_index, channels, fill, smoothing)
    for top in range(begin, end, TILE):
        lift_smoothed(source, tile, smoothed, top, kept, len(tile), rows, column_index, channels, fill, smoothing)
        for y in range(top, min(top + TILE, end)):
            gradient_row(tile, smoothed, y - top, smoothing, derivative, channels, column, gx, gy, y % 3)
            magnitude_row(gx, gy, y % 3, length, y % 3, channels)
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


def magnitude(gx, gy, out, first, last):
    """Make hypot(gx, gy) of rows first <= y < last."""
    for y in range(first, last):
        magnitude_row(gx, gy, y, out, y, 0)


def suppress(gx, gy, out, channels, first, last):
    """Make magnitudes, zero where they are no maximum along the gradient, of rows first <= y < last."""
    height, width = out.shape
    length = np.zeros((4, width + 2 * channels), out.dtype)
    for y in range(max(first - 1, 0), min(last + 1, height)):
        magnitude_row(gx, gy, y, length, y % 3, channels)
        if y > first:
            suppress_before(gx, gy, y - 1, length, y, y % 3, channels, out)
    if last == height:
        suppress_before(gx, gy, height - 1, length, height, 3, channels, out)
    for y in range(first, last):
        for x in range(width):
            out[y, x] = 0 if out[y, x] < 0 else out[y, x]
