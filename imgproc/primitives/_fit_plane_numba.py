"""Moving polynomial surfaces over bands of rows: every product of two fits is made down and across in one visit."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline, lift_pixel
from imgproc.primitives._fit_axis_numba import fit_end_of_line, weigh


@inline
def fit_end_rows(source, low, middle, basis, count, base, column, o, width):
    """Evaluate one term of the window of rows from `low` on: `count` times its coefficient, plus the middle row."""
    m, o = Index(middle), Index(o)
    for x in range(Index(width)):
        column[0, o + x] = 0
    for j in range(len(basis)):
        weight, i = count * basis[j], Index(low + j)
        for x in range(Index(width)):
            column[0, o + x] += weight * (source[i, x] - source[m, x])
    for x in range(Index(width)):
        column[0, o + x] += base * source[m, x]


@inline
def fit_row(column, into, y, weights, parity, base, basis, heads, tails, channels, length):
    """Fit across one row; its first and last windows serve the ends."""
    window, after = len(weights), len(weights) // 2
    tail = length - after
    weigh(
        column, 0, after * channels, 0, channels, weights, parity, base, into, y, after * channels,
        (tail - after) * channels,
    )  # fmt: skip
    for c in range(channels):
        fit_end_of_line(column, 0, into, y, 0, channels, c, window, after, basis, heads, 0, base, 0, after)
        fit_end_of_line(
            column, 0, into, y, length - window, channels, c, window, after, basis, tails, tail, base, tail, length
        )  # fmt: skip


@inline
def add_row(part, out, y):
    i = Index(y)
    for x in range(Index(out.shape[1])):
        out[i, x] += part[0, x]


def fit_plane(
    source, out, weights_y, weights_x, basis_y, basis_x, ends_y, ends_x, parity_y, parity_x, base_y, base_x, degrees,
    hidden, row_index, column_index, channels, fill, first, last,
):  # fmt: skip
    """Make rows first <= y < last of the sum over products p of a fit down and a fit across.

    Product p takes term degrees[p] down and all terms but the last degrees[p] across; hidden[p] says that it vanishes
    but at the first and last rows. `ends` hold the counts of the terms at the first samples, then at the last ones.
    The border tables are empty where the first and the last windows serve the ends.
    """
    height, width = out.shape[0], out.shape[1]
    length = width // channels
    window_y, window_x = weights_y.shape[1], weights_x.shape[1]
    half_y, half_x = window_y // 2, window_x // 2
    is_interp = len(row_index) == 0
    o = 0 if is_interp else half_x * channels
    column, part = empty((1, width + 2 * o), out.dtype), empty((1, width), out.dtype)
    tile = empty((1 if is_interp else window_y, width), out.dtype)
    heads_x, tails_x = ends_x[:, :half_x].copy(), ends_x[:, half_x:].copy()
    for y in range(first, last):
        is_end = y < half_y or y >= height - half_y
        if is_end and not is_interp:
            for j in range(window_y):
                row = row_index[y + j]
                for x in range(width):
                    tile[j, x] = fill if row < 0 else source[row, x]
        for p in range(len(degrees)):
            if hidden[p] and not (is_end and is_interp):
                continue
            k = degrees[p]
            if is_end and is_interp:
                low, place = (0, y) if y < half_y else (height - window_y, y - height + 2 * half_y)
                fit_end_rows(source, low, low + half_y, basis_y[k], ends_y[k, place], base_y[p], column, o, width)
            elif is_end:
                weigh(tile, half_y, 0, 1, 0, weights_y[p], parity_y, base_y[p], column, 0, o, width)
            else:
                weigh(source, y, 0, 1, 0, weights_y[p], parity_y, base_y[p], column, 0, o, width)
            into, row = (out, y) if p == 0 else (part, 0)
            if is_interp:
                terms = len(basis_x) - k
                fit_row(
                    column, into, row, weights_x[p], parity_x, base_x[p], basis_x[:terms], heads_x, tails_x, channels,
                    length,
                )  # fmt: skip
            else:
                outside = fill * base_y[p]
                for j in range(half_x):
                    lift_pixel(column_index[j], j * channels, o, channels, outside, column, 0)
                    after = length + half_x + j
                    lift_pixel(column_index[after], after * channels, o, channels, outside, column, 0)
                weigh(column, 0, o, 0, channels, weights_x[p], parity_x, base_x[p], into, row, 0, width)
            if p > 0:
                add_row(part, out, y)
